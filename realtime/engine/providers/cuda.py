"""NVIDIA GPUs by ONNX Runtime's CUDA: as fast as it is right."""

import itertools
import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
import onnx
import onnxruntime as ort

from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.half_precision import bears_half, in_half_precision
from livebrush.realtime.engine.memory import DeviceMemory
from livebrush.realtime.engine.nvidia_driver import has_nvidia_driver
from livebrush.realtime.engine.provider import (
    Opened,
    Provider,
    came_up,
    create_session,
    first_painting,
    levels_off,
    session_options,
)

OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC"}  # EXHAUSTIVE stalls for half a second at each new size


class Device(Provider):
    """execution_provider, memory: ONNX Runtime's names for what runs the models and for where their buffers lie."""

    place = 10
    in_parallel = False
    execution_provider: ClassVar[str] = "CUDAExecutionProvider"
    memory: ClassVar[str] = "cuda"

    def problem(self) -> LivebrushError | None:
        if self.execution_provider not in ort.get_available_providers():
            said = "this ONNX Runtime is built without CUDA"
        elif not self.has_driver():
            said = "no NVIDIA driver is installed on this machine"
        else:
            return None
        return LivebrushError(said, code="unavailable", remedy="cuda_or_cpu")

    def suits(self, model: StyleModel, precision: str) -> bool:
        return self.has_driver()

    def has_driver(self) -> bool:
        return has_nvidia_driver()

    def create(
        self, graph: bytes, name: str, provider_options: dict[str, str], options: ort.SessionOptions
    ) -> ort.InferenceSession:
        """raises: LivebrushError"""
        return create_session(graph, name, options, self.execution_provider, provider_options)

    def open(
        self, model: StyleModel, threads: int, precision: str = "auto", size: tuple[int, int] | None = None
    ) -> Opened:
        """In float16 where that paints the same, as a CUDA graph where all frames have one size."""
        if problem := self.problem():
            raise problem
        if hasattr(ort, "preload_dlls"):
            ort.preload_dlls()
        start = _Start(self, model, threads, size)
        graph = onnx.load(model.path)
        if precision == "float16":
            if not bears_half(graph):
                raise LivebrushError(
                    f"{model.path.name} takes statistics of whole pictures, which float16 cannot hold: use auto or "
                    "float32",
                    code="unsupported",
                )
            opened, _ = start.started(in_half_precision(graph))
            return replace(opened, precision="float16")
        note = ""
        if precision == "auto" and bears_half(graph):
            try:
                opened, painting = start.started(in_half_precision(graph))
                off = levels_off(painting, model, size)
                if off <= self.farthest:
                    return replace(opened, precision="float16")
                note = f"computing in float32: float16 paints {off:.1f} levels off"
            except LivebrushError as error:
                note = f"computing in float32: {error}"
        opened, _ = start.started(graph)
        return replace(opened, note="; ".join(filter(None, (note, opened.note))))


@dataclass(frozen=True)
class _Start:
    """One model on its way to the GPU; see `Provider.open`."""

    device: Device
    model: StyleModel
    threads: int
    size: tuple[int, int] | None

    def started(self, graph: onnx.ModelProto) -> tuple[Opened, np.ndarray]:
        """What has painted its first picture, so that what cannot run fails here; and that painting."""
        if self.size is None:
            return self._first_run(graph, OPTIONS)
        try:
            return self._first_run(graph, OPTIONS | {"enable_cuda_graph": "1"})
        except LivebrushError as error:
            opened, painting = self._first_run(graph, OPTIONS)
            return replace(opened, note=f"without a CUDA graph: {error}"), painting

    def _first_run(
        self, graph: onnx.ModelProto, provider_options: dict[str, str]
    ) -> tuple[Opened, np.ndarray]:
        name, options = self.model.path.name, session_options(self.threads, self.size)
        options.log_severity_level = 4  # what goes wrong is said once, by the error
        session = self.device.create(graph.SerializeToString(), name, provider_options, options)
        came_up(session, self.device.execution_provider, "CUDA", "cuda_or_cpu")
        begin = partial(
            DeviceMemory, session, self.model, self.device.memory, itertools.count(), threading.Lock()
        )
        memory = begin()
        turns = 2 if self.model.carries_state else 1  # of the state, each with a graph of its own
        paintings = [first_painting(memory, self.model, "CUDA", self.size) for _ in range(turns)]
        return Opened(session.get_providers()[0], begin), paintings[0]
