"""Frames in the memory of the device that paints them: one copy there, one copy back."""

import numpy as np
import onnxruntime as ort

from livebrush.models.catalogue import Choice
from livebrush.models.contract import MASK_GROUPS
from livebrush.realtime.runs import run_options


class DeviceFrames:
    """A style model's inputs and outputs on its device, bound once (ONNX Runtime's IO binding).

    `put`, `run` and `get` are the three parts of `paint`; `run` alone copies nothing, which is what a benchmark of
    the net wants. `state` never leaves the device: it has two buffers, which take turns at being what goes in and what
    comes out. A CUDA graph works on the addresses that it was recorded with, so each turn has its own. Buffers stay
    where they are until frames, or masks, of another size come. One frame at a time, from one thread.

    session: runs on the CPU or on the first CUDA device
    choice:  the model in the session, and which of its styles
    """

    def __init__(self, session: ort.InferenceSession, choice: Choice) -> None:
        self._session, self._choice = session, choice
        self._device = "cuda" if session.get_providers()[0] == "CUDAExecutionProvider" else "cpu"
        self._shape: tuple[int, ...] | None = None
        self._states: list[ort.OrtValue] = []
        self._masks: ort.OrtValue | None = None
        self._turn = self._recordings = 0

    def paint(self, padded: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
        """(H, W, 3) uint8, RGB -> the same; see `put`. raises: whatever ONNX Runtime raises"""
        self.put(padded, masks)
        self.run()
        return self.get()

    def put(self, padded: np.ndarray, masks: np.ndarray | None = None) -> None:
        """Copy a frame to the device. A size unlike that of the frame before starts the state anew.

        padded: (H, W, 3) uint8, RGB
        masks:  (h, w, 10) uint8, for a model that takes them; None: all of the frame is one region
        raises: ValueError when the session was opened for another size
        """
        if padded.shape != self._shape:
            self._allocate(padded.shape)
        self._frame.update_inplace(np.ascontiguousarray(padded[None]))
        if self._choice.model.takes_masks:
            self._put_masks(np.zeros((1, 1, MASK_GROUPS), np.uint8) if masks is None else masks)

    def run(self) -> None:
        """Paint what was put."""
        with run_options() as options:
            options.add_run_config_entry("gpu_graph_id", str(self._recordings + self._turn))
            self._session.run_with_iobinding(self._bindings[self._turn], options)
        self._turn = (self._turn + 1) % len(self._bindings)  # what came out goes in with the next frame

    def get(self) -> np.ndarray:
        """Copy the painting back. returns: (H, W, 3) uint8, RGB"""
        painted = self._painted.numpy()[0]
        # On the CPU it is the buffer itself, which the next frame overwrites
        return painted.copy() if self._device == "cpu" else painted

    def reset(self) -> None:
        """Forget the state."""
        if self._states:
            self._states[self._turn].update_inplace(self._first_state())

    def _allocate(self, shape: tuple[int, ...]) -> None:
        expected = next(i.shape for i in self._session.get_inputs() if i.name == "frames")[1:3]
        if any(isinstance(e, int) and e != got for e, got in zip(expected, shape, strict=False)):
            raise ValueError(
                f"the session was opened for {expected[1]}x{expected[0]} frames, got {shape[1]}x{shape[0]}"
            )
        self._shape = shape
        self._frame = self._buffer((1, *shape), np.uint8)
        self._painted = self._buffer((1, *shape), np.uint8)
        self._masks = None
        if self._choice.model.state_shape is not None:
            first = self._first_state()
            self._states = [self._buffer(first.shape, np.float32) for _ in range(2)]
        weights = style_weights(self._choice)
        style = None if weights is None else ort.OrtValue.ortvalue_from_numpy(weights, self._device)
        self._turn = 0
        self._bindings = [self._bound(style, turn) for turn in range(len(self._states) or 1)]
        self._recordings += len(self._bindings)
        self.reset()

    def _bound(self, style: ort.OrtValue | None, turn: int) -> ort.IOBinding:
        binding = self._session.io_binding()
        binding.bind_ortvalue_input("frames", self._frame)
        binding.bind_ortvalue_output("stylized", self._painted)
        if style is not None:
            binding.bind_ortvalue_input("style", style)
        if self._states:
            binding.bind_ortvalue_input("state", self._states[turn])
            binding.bind_ortvalue_output("state_out", self._states[1 - turn])
        return binding

    def _put_masks(self, masks: np.ndarray) -> None:
        masks = np.ascontiguousarray(masks[None])
        if self._masks is None or tuple(self._masks.shape()) != masks.shape:
            self._masks = self._buffer(masks.shape, np.uint8)
            for binding in self._bindings:
                binding.bind_ortvalue_input("masks", self._masks)
            self._recordings += len(self._bindings)
        self._masks.update_inplace(masks)

    def _buffer(self, shape: tuple[int, ...], dtype: type) -> ort.OrtValue:
        return ort.OrtValue.ortvalue_from_shape_and_type(shape, dtype, self._device)

    def _first_state(self) -> np.ndarray:
        assert self._shape is not None
        return first_state(self._choice, *self._shape[:2])


def style_weights(choice: Choice) -> np.ndarray | None:
    """The input `style`: (K,) float32, one for the chosen style; None for a file of one style."""
    styles = len(choice.model.metadata.styles)
    return np.eye(styles, dtype=np.float32)[choice.style] if styles > 1 else None


def first_state(choice: Choice, height: int, width: int) -> np.ndarray:
    """Zeros; free sizes of the state are named after the frame's N, H and W."""
    assert choice.model.state_shape is not None
    sizes = {"N": 1, "H": height, "W": width}
    return np.zeros(
        [s if isinstance(s, int) else sizes.get(s, 1) for s in choice.model.state_shape], np.float32
    )


def first_feeds(choice: Choice, padded: np.ndarray) -> dict[str, np.ndarray]:
    """Everything that a style model takes with its first frame; where it takes masks, all of that is one region.

    padded: (H, W, 3) uint8, RGB
    """
    feeds = {"frames": padded[None]}
    weights = style_weights(choice)
    if weights is not None:
        feeds["style"] = weights
    if choice.model.takes_masks:
        feeds["masks"] = np.zeros((1, 1, 1, MASK_GROUPS), np.uint8)
    if choice.model.state_shape is not None:
        feeds["state"] = first_state(choice, *padded.shape[:2])
    return feeds
