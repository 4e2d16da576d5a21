"""A style model loaded and ready: frames in, painted frames out, on the CPU or on an NVIDIA GPU."""

from typing import Any

import cv2
import numpy as np
import onnxruntime as ort

from livebrush.models.catalogue import Choice
from livebrush.models.errors import LivebrushError
from livebrush.realtime.cores import usable_cores
from livebrush.realtime.device_frames import DeviceFrames, first_state, style_weights
from livebrush.realtime.mask_feed import MaskFeed
from livebrush.realtime.providers import open_model
from livebrush.realtime.runs import run_options

WARM_UP_S = 20.0
"""a net that has not painted one frame by then never will in time"""


class StyleSession:
    """One style, run by ONNX Runtime or OpenVINO.

    choice:    which model, and which of its styles
    device:    "cpu" (ONNX Runtime), "openvino", "cuda", or "auto": CUDA where there is an NVIDIA driver and it comes
        up, else OpenVINO where it is installed and the processor multiplies bfloat16, else ONNX Runtime on the CPU
    threads:   on the CPU; None takes every core this process may use, and more are no use
    precision: of the arithmetic: "float32", "float16" (CUDA), or "auto": float16 on CUDA, bfloat16 by OpenVINO, where
        that paints the same
    size:      (height, width) of every frame that will come: CUDA records its work for them once and replays it,
        and refuses others; None, and always on the CPU: any size
    raises:    LivebrushError when the file cannot be run, or the device that was named does not come up
    """

    def __init__(
        self,
        choice: Choice,
        device: str = "auto",
        threads: int | None = None,
        precision: str = "auto",
        size: tuple[int, int] | None = None,
    ) -> None:
        self.choice, self.metadata = choice, choice.model.metadata
        height, width = self.pad(np.empty((*size, 3), np.uint8)).shape[:2] if size else (0, 0)
        opened = open_model(
            choice,
            device,
            min(threads or usable_cores(), usable_cores()),
            precision,
            (height, width) if size else None,
        )
        self._session, self._frames = opened.session, opened.frames
        self.precision, self.note = opened.precision, opened.note
        self._regions = MaskFeed(threads) if choice.model.takes_masks else None
        self._limit_s: float | None = None
        self.reset()

    @property
    def provider(self) -> str:
        """What runs it, "OpenVINO" or ONNX Runtime's execution provider: only the session itself knows."""
        return self._session.get_providers()[0]

    @property
    def on_gpu(self) -> bool:
        """Whether frames are painted in a device's memory, one after the other."""
        return self._frames is not None

    @property
    def carries_state(self) -> bool:
        """Whether a frame's painting depends on the frames before it."""
        return self.choice.model.state_shape is not None

    @property
    def decides_in_a_small_copy(self) -> bool:
        """Whether a smaller frame would save little: maps of colours are found in a copy of one size, and applied."""
        return self.choice.model.takes_masks

    def warm_up(self, height: int, width: int) -> None:
        """Paint black frames of a size, so that the first real one takes no longer than the rest.

        raises: LivebrushError when it cannot paint them, or not within WARM_UP_S
        """
        self._limit_s = WARM_UP_S
        try:
            for _ in range(2):
                self.stylize(np.zeros((height, width, 3), np.uint8))
        finally:
            self._limit_s = None
        self.reset()

    def reset(self) -> None:
        """Forget what the model carries from frame to frame: at the start, after a seek, after a cut."""
        self._state: np.ndarray | None = None
        if self._frames:
            self._frames.reset()
        if self._regions:
            self._regions.reset()

    def stylize(self, frame: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
        """Paint one frame of any size.

        frame:   (H, W, 3) uint8, RGB
        masks:   (h, w, 10) uint8, of any size, for a style that wants regions: who knows better than the net that
            finds them
        returns: (H, W, 3) uint8, RGB
        raises:  LivebrushError when the device runs out of memory or the model fails
        """
        height, width = frame.shape[:2]
        margin = self.metadata.margin
        painted = self.paint(self.pad(frame), masks)
        return painted[margin : margin + height, margin : margin + width]

    def pad(self, frame: np.ndarray) -> np.ndarray:
        """A frame with the margin that the model asks for, and its sides a multiple of what it takes."""
        return pad_to_multiple(pad_margin(frame, self.metadata.margin), self.metadata.multiple)

    def paint(self, padded: np.ndarray, masks: np.ndarray | None = None) -> np.ndarray:
        """The net alone: a padded frame in, the same size out."""
        try:
            if self._regions and masks is None:
                masks = self._regions.masks(padded)
            painted = self._frames.paint(padded, masks) if self._frames else self._paint_on_cpu(padded, masks)
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            reason = str(error).splitlines()[0]
            raise LivebrushError(
                f"{self.choice.model.path.name} failed on a {padded.shape[1]}x{padded.shape[0]} frame, margin "
                f"included: {reason}",
                code="failed",
                remedy="smaller_or_cpu",
            ) from error
        if painted.shape != padded.shape or painted.dtype != np.uint8:
            got, given = "x".join(map(str, painted.shape)), "x".join(map(str, padded.shape))
            raise LivebrushError(
                f"{self.choice.model.path.name} gave {painted.dtype} {got} for a frame of uint8 {given}: a style model "
                "gives back the size that it was given; export it again",
                code="unsupported",
            )
        return painted

    def device_frames(self) -> DeviceFrames:
        """The model's own buffers on its device, for painting what lies there already: a benchmark of the net."""
        if self._frames:
            return self._frames
        assert isinstance(self._session, ort.InferenceSession), "OpenVINO has no buffers to bind"
        return DeviceFrames(self._session, self.choice)

    def _paint_on_cpu(self, padded: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        """In several threads at once, where the model carries no state."""
        feeds: dict[str, Any] = {"frames": padded[None]}
        weights = style_weights(self.choice)
        if weights is not None:
            feeds["style"] = weights
        if masks is not None:
            feeds["masks"] = masks[None]
        wanted = ["stylized"]
        if self.carries_state:
            wanted.append("state_out")
            feeds["state"] = (
                first_state(self.choice, *padded.shape[:2]) if self._state is None else self._state
            )
        with run_options(self._limit_s) as options:
            painted, *state = self._session.run(wanted, feeds, options)
        if state:
            self._state = state[0]
        return painted[0]


def pad_margin(frame: np.ndarray, margin: int) -> np.ndarray:
    """(H, W, 3) -> (H + 2 margin, W + 2 margin, 3), reflected; replicated where too small to reflect."""
    if margin == 0:
        return frame
    return cv2.copyMakeBorder(frame, margin, margin, margin, margin, _border(frame, margin))


def pad_to_multiple(frame: np.ndarray, multiple: int) -> np.ndarray:
    """Fill bottom and right until both sides divide by `multiple`."""
    bottom, right = -frame.shape[0] % multiple, -frame.shape[1] % multiple
    if not bottom and not right:
        return frame
    return cv2.copyMakeBorder(frame, 0, bottom, 0, right, _border(frame, max(bottom, right)))


def _border(frame: np.ndarray, by: int) -> int:
    return cv2.BORDER_REFLECT_101 if by < min(frame.shape[:2]) else cv2.BORDER_REPLICATE
