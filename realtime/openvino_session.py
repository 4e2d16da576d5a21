"""OpenVINO, a second engine for the CPU: half of ONNX Runtime's time where the processor multiplies bfloat16."""

import functools
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.cores import usable_cores


def is_installed() -> bool:
    return find_spec("openvino") is not None


def multiplies_bfloat16() -> bool:
    """Whether OpenVINO is here and this processor multiplies bfloat16; without that it is slower than ONNX Runtime."""
    return is_installed() and "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@functools.cache
def _core() -> Any:
    # Of use to its conversion tools alone, which bring a stand-in that sends nothing
    sys.modules.setdefault("openvino_telemetry", None)  # pyright: ignore[reportArgumentType]
    import openvino

    return openvino.Core()


class OpenVinoSession:
    """A model on the CPU by OpenVINO, with what painting needs of `onnxruntime.InferenceSession`.

    threads:   that one frame is painted by; as many frames as the cores allow are painted at once
    precision: "float32" or "bfloat16"
    raises:    LivebrushError when OpenVINO is not installed or cannot load the model
    """

    def __init__(self, path: Path, threads: int, precision: str) -> None:
        if not is_installed():
            raise LivebrushError("OpenVINO is not installed", code="not_installed", remedy="openvino_or_cpu")
        streams = max(1, usable_cores() // threads)
        settings = {
            "INFERENCE_NUM_THREADS": threads * streams,
            "NUM_STREAMS": streams,
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
        }
        try:
            self._model = _core().compile_model(path, "CPU", settings)
        except Exception as error:  # OpenVINO raises what its plugins raise
            raise LivebrushError(
                f"OpenVINO cannot load {path.name}: {_reason(error)}", code="unsupported"
            ) from error
        self._own = threading.local()  # each thread has a request of its own

    def run(
        self, outputs: Sequence[str] | None, feeds: Mapping[str, np.ndarray], _options: Any = None
    ) -> list[np.ndarray]:
        """In several threads at once.

        outputs:  names; None for all, in the model's order
        feeds:    input name -> array
        _options: ONNX Runtime's for one run, which mean nothing here
        raises:  RuntimeError when an input does not fit the model
        """
        if not hasattr(self._own, "request"):
            self._own.request = self._model.create_infer_request()
        found = self._own.request.infer(dict(feeds))
        return [found[name] for name in outputs or range(len(self._model.outputs))]

    def get_providers(self) -> list[str]:
        return ["OpenVINO"]


def _reason(error: Exception) -> str:
    """The line of OpenVINO's message that says something: the others tell where in its source that was."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("Exception from ", "Check '"))]
    return (telling or lines or [type(error).__name__])[0]
