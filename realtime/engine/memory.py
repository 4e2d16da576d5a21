"""What one stream keeps at a model between two frames: its state, and on a GPU its buffers."""

import threading
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import onnxruntime as ort

from livebrush.models.contract import StyleModel
from livebrush.realtime.engine.feeds import Feeds, first_state
from livebrush.realtime.engine.runs import run_options


class Memory(Protocol):
    """A session paints for many streams, each with a memory of its own.

    ready: whether the last frame was painted as fast as the device can, see `Opened.prepare`
    """

    ready: bool

    def paint(self, feeds: Feeds, limit_s: float | None = None) -> np.ndarray:
        """Run the model once.

        feeds:   see `livebrush.realtime.engine.feeds`
        limit_s: seconds after which the run is ended, where it can be
        returns: (H, W, 3) uint8, RGB
        raises:  whatever the session raises
        """
        ...

    def reset(self) -> None:
        """Forget: the next frame does not follow the last one."""
        ...


class HostMemory:
    """For sessions that take arrays and give arrays. In several threads at once, where the model carries no state.

    session: has `run(outputs, feeds, options)`, as `onnxruntime.InferenceSession` has
    """

    def __init__(self, session: Any, model: StyleModel) -> None:
        self._session, self._model = session, model
        self.ready = True
        self.reset()

    def paint(self, feeds: Feeds, limit_s: float | None = None) -> np.ndarray:
        with run_options(limit_s) as options:
            if not self._model.carries_state:
                return self._session.run(["stylized"], feeds, options)[0][0]
            state = (
                first_state(self._model, *feeds["frames"].shape[1:3]) if self._state is None else self._state
            )
            painted, self._state = self._session.run(
                ["stylized", "state_out"], {**feeds, "state": state}, options
            )
            return painted[0]

    def reset(self) -> None:
        self._state: np.ndarray | None = None


class DeviceMemory:
    """Inputs and outputs in the memory of the device, bound once (ONNX Runtime's IO binding).

    `put`, `run` and `get` are the three parts of `paint`; `run` alone copies nothing, which is what a benchmark of
    the net wants. `state` never leaves the device: it has two buffers, which take turns at being what goes in and what
    comes out. A CUDA graph works on the addresses that it was recorded with, so each turn has its own. Buffers stay
    where they are until something of another size comes. One frame at a time, from one thread.

    device:  "cuda" or "cpu", where the buffers lie: ONNX Runtime's name for what the session runs on
    numbers: of the session's CUDA graphs, none of which is given twice
    lock:    held while the session runs: other streams have memories of their own, but the session is one
    """

    def __init__(
        self,
        session: ort.InferenceSession,
        model: StyleModel,
        device: str,
        numbers: Iterator[int],
        lock: threading.Lock,
    ) -> None:
        self._session, self._model, self._device = session, model, device
        self._numbers, self._lock = numbers, lock
        self._inputs: dict[str, ort.OrtValue] = {}
        self._states: list[ort.OrtValue] = []
        self._bindings: list[ort.IOBinding] = []
        self._graphs: list[int] = []
        self._turn, self.ready = 0, True

    def paint(self, feeds: Feeds, limit_s: float | None = None) -> np.ndarray:
        self.put(feeds)
        self.run(limit_s)
        return self.get()

    def put(self, feeds: Feeds) -> None:
        """Copy a frame, and what it is painted with, to the device. Another size of frame starts the state anew.

        raises: ValueError when the session was opened for another size
        """
        moved = [name for name, feed in feeds.items() if self._size(name) != feed.shape]
        for name in moved:
            self._inputs[name] = self._buffer(feeds[name].shape, feeds[name].dtype)
        if "frames" in moved:
            self._begin(feeds["frames"].shape)
        elif moved:
            self._bind()
        for name, feed in feeds.items():
            self._inputs[name].update_inplace(np.ascontiguousarray(feed))

    def run(self, limit_s: float | None = None) -> None:
        """Paint what was put."""
        with run_options(limit_s) as options, self._lock:
            options.add_run_config_entry("gpu_graph_id", str(self._graphs[self._turn]))
            self._session.run_with_iobinding(self._bindings[self._turn], options)
        self._turn = (self._turn + 1) % len(self._bindings)  # what came out goes in with the next frame

    def get(self) -> np.ndarray:
        """Copy the painting back. returns: (H, W, 3) uint8, RGB"""
        painted = self._painted.numpy()[0]
        # On the CPU it is the buffer itself, which the next frame overwrites
        return painted.copy() if self._device == "cpu" else painted

    def reset(self) -> None:
        if self._states:
            _, height, width, _ = self._inputs["frames"].shape()
            self._states[self._turn].update_inplace(first_state(self._model, height, width))

    def _size(self, name: str) -> tuple[int, ...] | None:
        return tuple(self._inputs[name].shape()) if name in self._inputs else None

    def _begin(self, shape: tuple[int, ...]) -> None:
        """Frames of another size: a painting, and a state, of that size."""
        expected = next(i.shape for i in self._session.get_inputs() if i.name == "frames")[1:3]
        if any(isinstance(e, int) and e != got for e, got in zip(expected, shape[1:], strict=False)):
            del self._inputs["frames"]
            raise ValueError(
                f"the session was opened for {expected[1]}x{expected[0]} frames, got {shape[2]}x{shape[1]}"
            )
        self._painted = self._buffer(shape, np.uint8)
        if self._model.carries_state:
            first = first_state(self._model, *shape[1:3])
            self._states = [self._buffer(first.shape, np.float32) for _ in range(2)]
        self._turn = 0
        self._bind()
        self.reset()

    def _bind(self) -> None:
        self._bindings = [self._bound(turn) for turn in range(len(self._states) or 1)]
        self._graphs = [next(self._numbers) for _ in self._bindings]

    def _bound(self, turn: int) -> ort.IOBinding:
        binding = self._session.io_binding()
        for name, value in self._inputs.items():
            binding.bind_ortvalue_input(name, value)
        binding.bind_ortvalue_output("stylized", self._painted)
        if self._states:
            binding.bind_ortvalue_input("state", self._states[turn])
            binding.bind_ortvalue_output("state_out", self._states[1 - turn])
        return binding

    def _buffer(self, shape: tuple[int, ...], dtype: Any) -> ort.OrtValue:
        return ort.OrtValue.ortvalue_from_shape_and_type(shape, dtype, self._device)
