"""OpenVINO, a second engine for the CPU: half of ONNX Runtime's time where the processor is fast in bfloat16."""

import functools
import math
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.feeds import Feeds
from livebrush.realtime.engine.memory import HostMemory
from livebrush.realtime.engine.provider import (
    Opened,
    Provider,
    RunHelper,
    always_ready,
    first_painting,
    levels_off,
)

Sizes = tuple[tuple[str, tuple[int, ...]], ...]
"""the inputs' names and shapes"""
KEPT_VALUES = 3 * 8_000_000
"""of the inputs of all sizes that a model stays compiled for: a live window paints at a few, a folder of photos has
many, and each takes memory"""
_GAIN = 0.8
"""of float32's time, or less, is worth bfloat16's coarser numbers"""


class Device(Provider):
    place = 50

    def problem(self) -> LivebrushError | None:
        if find_spec("openvino"):
            return None
        return LivebrushError("OpenVINO is not installed", code="not_installed", remedy="openvino_or_cpu")

    def suits(self, model: StyleModel, precision: str) -> bool:
        """Looks are maps of colours found in a small copy, and gain nothing; in float32 it may be the slower one."""
        return model.metadata.kind == "painting" and precision == "auto" and self.gains_by_bfloat16()

    def gains_by_bfloat16(self) -> bool:
        """Whether OpenVINO is here and this processor is faster in bfloat16 than in float32."""
        return not self.problem() and _gains_by_bfloat16()

    def open(
        self, model: StyleModel, threads: int, precision: str = "auto", size: tuple[int, int] | None = None
    ) -> Opened:
        """In bfloat16 where the processor gains by that; in neither precision where it paints something else."""
        if problem := self.problem():
            raise problem
        if precision == "float16":
            raise LivebrushError(
                "OpenVINO computes in bfloat16 or float32 on a CPU: use auto or float32", code="unsupported"
            )
        note = ""
        if precision == "auto" and self.gains_by_bfloat16():
            opened, off = _opened(model, threads, "bfloat16")
            if off <= self.farthest:
                return opened
            note = f"computing in float32: bfloat16 paints {off:.1f} levels off"
        opened, off = _opened(model, threads, "float32")
        if off > self.farthest:
            raise LivebrushError(
                f"OpenVINO paints {off:.1f} levels off what ONNX Runtime paints of {model.path.name}",
                code="unsupported",
            )
        return replace(opened, note=note)

    def open_helper(self, path: Path, threads: int) -> RunHelper:
        """By OpenVINO where the processor gains by bfloat16, as `suits` has it."""
        if not self.gains_by_bfloat16():
            return super().open_helper(path, threads)
        session = OpenVinoSession(path, threads, "bfloat16")

        def run(feeds: Feeds, options: Any) -> list[np.ndarray]:
            session.prepare(feeds, False)
            return session.run(None, feeds, options)

        return run


def _opened(model: StyleModel, threads: int, precision: str) -> tuple[Opened, float]:
    """And how many levels it is off."""
    session = OpenVinoSession(model.path, threads, precision)
    prepare = always_ready if model.carries_state else session.prepare
    opened = Opened("OpenVINO", partial(HostMemory, session, model), precision, prepare=prepare)
    return opened, levels_off(first_painting(opened.begin(), model, "OpenVINO", prepare=prepare), model)


@functools.cache
def _core() -> Any:
    # Of use to its conversion tools alone, which bring a stand-in that sends nothing
    sys.modules.setdefault("openvino_telemetry", None)  # pyright: ignore[reportArgumentType]
    import openvino

    return openvino.Core()


@functools.cache
def _gains_by_bfloat16() -> bool:
    """Measured, in a tenth of a second: some processors have its instructions and take twice float32's time by them."""
    if "BF16" not in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return False
    from openvino import Model, opset8

    features = found = opset8.parameter([1, 32, 60, 80], np.float32)
    for _ in range(4):  # a body such as the nets have
        weights = opset8.constant(np.full((32, 32, 3, 3), 1 / 288, np.float32))
        found = opset8.relu(opset8.convolution(found, weights, [1, 1], [1, 1], [1, 1], [1, 1]))
    body = Model([found], [features])  # pyright: ignore[reportGeneralTypeIssues]
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    requests = {
        precision: _core()
        .compile_model(body, "CPU", settings | {"INFERENCE_PRECISION_HINT": precision})
        .create_infer_request()
        for precision in ("f32", "bf16")
    }
    pixels = np.ones((1, 32, 60, 80), np.float32)
    fastest = dict.fromkeys(requests, math.inf)
    for _ in range(6):  # in turn, so that what else runs slows down both
        for precision, request in requests.items():
            begun = time.perf_counter()
            request.infer([pixels])
            fastest[precision] = min(fastest[precision], time.perf_counter() - begun)
    return fastest["bf16"] < _GAIN * fastest["f32"]


class OpenVinoSession:
    """A model on the CPU by OpenVINO, with what painting needs of `onnxruntime.InferenceSession`.

    threads:   that one frame is painted by; as many frames as the cores allow are painted at once
    precision: "float32" or "bfloat16"
    raises:    LivebrushError when OpenVINO cannot load the model
    """

    def __init__(self, path: Path, threads: int, precision: str) -> None:
        self._path = path
        streams = max(1, usable_cores() // threads)
        self._settings = {
            "INFERENCE_NUM_THREADS": threads * streams,
            "NUM_STREAMS": streams,
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
        }
        with _loading(path):
            self._graph = _core().read_model(path)
        self._lock, self._compiling = threading.Lock(), threading.Lock()
        self._compiled: OrderedDict[Sizes, _Compiled] = OrderedDict()
        self._for_any_size: _Compiled | None = None
        self._coming: Sizes | None = None
        self._unfit: set[Sizes] = set()

    def prepare(self, feeds: Feeds, in_time: bool) -> bool:
        """Compile for frames of this size: a third less time a frame than compiled for any.

        in_time: in the background, so that a frame does not wait; until then, others are painted as those of any size
        returns: whether it is done
        raises:  LivebrushError when it cannot be compiled
        """
        sizes = _sizes_of(feeds)
        with self._lock:
            if sizes in self._compiled:
                self._compiled.move_to_end(sizes)
                return True
            if in_time:
                if sizes in self._unfit:
                    return True
                if self._coming is None:  # one at a time: this one's turn comes with a later frame
                    self._coming = sizes
                    threading.Thread(target=self._compile_behind, args=(sizes,)).start()
                return False
        with self._compiling:
            if sizes not in self._compiled:
                self._keep(sizes, self._compile(sizes))
        return True

    def run(
        self, outputs: Sequence[str] | None, feeds: Mapping[str, np.ndarray], _options: Any = None
    ) -> list[np.ndarray]:
        """In several threads at once.

        outputs:  names; None for all, in the model's order
        feeds:    input name -> array
        _options: ONNX Runtime's for one run, which mean nothing here
        raises:   RuntimeError when an input does not fit the model, LivebrushError when it cannot be compiled
        """
        with self._lock:
            compiled = self._compiled.get(_sizes_of(feeds)) or self._for_any_size
        if compiled is None:
            with self._compiling:
                compiled = self._for_any_size = self._for_any_size or self._compile(())
        found = compiled.request().infer(dict(feeds))
        return [found[name] for name in outputs or range(len(compiled.model.outputs))]

    def _compile_behind(self, sizes: Sizes) -> None:
        try:
            self._keep(sizes, self._compile(sizes))
        except Exception:  # of whatever kind: a frame would find out, and say so
            self._unfit.add(sizes)  # its frames go on as those of any
        finally:
            self._coming = None

    def _compile(self, sizes: Sizes) -> "_Compiled":
        """sizes: none for any"""
        with _loading(self._path):
            graph = self._graph.clone()
            if sizes:
                graph.reshape({name: list(shape) for name, shape in sizes})
            return _Compiled(_core().compile_model(graph, "CPU", self._settings))

    def _keep(self, sizes: Sizes, compiled: "_Compiled") -> None:
        with self._lock:
            self._compiled[sizes] = compiled
            while len(self._compiled) > 1 and sum(map(_values, self._compiled)) > KEPT_VALUES:
                self._compiled.popitem(last=False)


def _values(sizes: Sizes) -> int:
    return sum(math.prod(shape) for _, shape in sizes)


def _sizes_of(feeds: Mapping[str, np.ndarray]) -> Sizes:
    return tuple((name, feed.shape) for name, feed in feeds.items())


class _Compiled:
    """A model for frames of one size, or of any."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._own = threading.local()

    def request(self) -> Any:
        """Each thread has one of its own."""
        if not hasattr(self._own, "request"):
            self._own.request = self.model.create_infer_request()
        return self._own.request


@contextmanager
def _loading(path: Path) -> Iterator[None]:
    """raises: LivebrushError for what OpenVINO's plugins raise"""
    try:
        yield
    except Exception as error:
        raise LivebrushError(
            f"OpenVINO cannot load {path.name}: {_reason(error)}", code="unsupported"
        ) from error


def _reason(error: Exception) -> str:
    """The line of OpenVINO's message that says something: the others tell where in its source that was."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("Exception from ", "Check '"))]
    return (telling or lines or [type(error).__name__])[0]
