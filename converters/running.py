"""Models run by ONNX Runtime as livebrush itself would run them on the CPU, and timed."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

from livebrush.models.errors import LivebrushError

Feeds = Mapping[str, np.ndarray]
_CODES = re.compile(r"^(\[ONNXRuntimeError\] : \d+ : \w+ : )?(/\S+:\d+ .*\) (?=[A-Z]))?")


def session(model: onnx.ModelProto | Path, name: str, level: str = "ORT_ENABLE_ALL") -> ort.InferenceSession:
    """level: of ONNX Runtime's own rewrites

    raises: LivebrushError when ONNX Runtime does not take the model
    """
    options = ort.SessionOptions()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False
    options.log_severity_level = 4  # what fails is told once, by the exception
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level)
    source = str(model) if isinstance(model, Path) else model.SerializeToString()
    try:
        return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"], enable_fallback=0)
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise LivebrushError(
            f"{name} cannot be loaded by ONNX Runtime: {reason(error)}", code="unsupported"
        ) from error


def folded(model: onnx.ModelProto, name: str, folder: Path) -> onnx.ModelProto:
    """The model after ONNX Runtime's basic rewrites: constants folded, batch norms in convolutions, identities gone.

    folder: for a file in between
    """
    target = folder / "folded.onnx"
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    options.log_severity_level = 4
    try:
        ort.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise LivebrushError(
            f"{name} cannot be loaded by ONNX Runtime: {reason(error)}", code="unsupported"
        ) from error
    result = onnx.load(target)
    used = {node.domain for node in result.graph.node} | {""}
    imports = [entry for entry in result.opset_import if entry.domain in used]
    del result.opset_import[:]
    result.opset_import.extend(imports)
    return result


_FINE_S = 1e-4
WORK = time.process_time if time.get_clock_info("process_time").resolution < _FINE_S else time.perf_counter
"""processor time of all threads, which other programs disturb less; Windows counts it too coarsely"""


def times_ms(
    sessions: Sequence[ort.InferenceSession],
    feeds: Sequence[Feeds],
    runs: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """The fastest of some runs of each, taken in turn so that a busy machine treats all alike."""
    best = [float("inf")] * len(sessions)
    for session, given in zip(sessions, feeds, strict=True):
        session.run(None, dict(given))
    for _ in range(runs):
        for index, (session, given) in enumerate(zip(sessions, feeds, strict=True)):
            begun = clock()
            session.run(None, dict(given))
            best[index] = min(best[index], (clock() - begun) * 1000)
    return best


def reason(error: Exception) -> str:
    """The line of an exception of ONNX Runtime that says what is wrong, without its codes and places in its source."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    line = (lines or [type(error).__name__])[0].rpartition("Status Message: ")[2]
    return _CODES.sub("", line)[:300]
