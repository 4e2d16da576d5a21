"""A style model loaded on a device: no memory of its own, so that any number of streams share it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.feeds import feeds
from livebrush.realtime.engine.memory import Memory
from livebrush.realtime.engine.opening import open_model
from livebrush.realtime.engine.padding import padded, padded_masks
from livebrush.realtime.engine.provider import Provider, reason, test_picture
from livebrush.realtime.engine.regions import shared_finder

WARM_UP_S = 20.0
"""a net that has not painted one frame by then never will in time"""


class Engine:
    """A model, ready to run. Everything may be called from several threads, each with a memory of its own.

    model:     what to load
    device:    "cpu" (ONNX Runtime), another name of the table of providers, or "auto": CUDA where there is an NVIDIA
        driver and it comes up, else OpenVINO where it is installed and the processor multiplies bfloat16, else the CPU
    threads:   on the CPU; None takes every core this process may use, and more are no use
    precision: of the arithmetic: "float32", "float16" (CUDA), or "auto": float16 on CUDA, bfloat16 by OpenVINO, where
        that paints the same
    size:      (height, width) of every frame that will come: CUDA records its work for them once and replays it,
        and refuses others; None, and always on the CPU: any size
    among:     the table of providers; None: all that there are
    raises:    LivebrushError when the file cannot be run, or the device that was named does not come up

    provider:  what runs it, as the session itself tells: "OpenVINO", or ONNX Runtime's execution provider
    precision: that came out
    note:      what came out otherwise than it was asked for, or ""
    """

    def __init__(
        self,
        model: StyleModel,
        device: str = "auto",
        threads: int | None = None,
        precision: str = "auto",
        size: tuple[int, int] | None = None,
        among: Mapping[str, Provider] | None = None,
    ) -> None:
        self.model = model
        self._threads = min(threads or usable_cores(), usable_cores())
        if size:
            size = self.pad(np.empty((*size, 3), np.uint8)).shape[:2]
        provider, opened = open_model(model, device, self._threads, precision, size, among)
        self._begin = opened.begin
        self.provider, self.precision, self.note = opened.title, opened.precision, opened.note
        self._in_parallel = provider.in_parallel
        self.finder = shared_finder(self._threads) if model.takes_masks else None

    @property
    def in_parallel(self) -> bool:
        """Whether several frames of a stream can be painted at once: not where one leaves something to the next."""
        return self._in_parallel and not self.model.carries_state and self.finder is None

    @property
    def on_gpu(self) -> bool:
        return not self._in_parallel

    def begin(self) -> Memory:
        """A memory for one more stream."""
        return self._begin()

    def pad(self, frame: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 with the margin that the model asks for, and sides that are a multiple of what it takes."""
        return padded(frame, self.model.metadata.margin, self.model.metadata.multiple)

    def feeds(self, frame: np.ndarray, conditions: Conditions) -> dict[str, np.ndarray]:
        """What the model takes with a frame of any size, but for its state; see `livebrush.realtime.engine.feeds`."""
        whole = self.pad(frame)
        if conditions.masks is not None:
            masks = padded_masks(
                conditions.masks, frame.shape[:2], whole.shape[:2], self.model.metadata.margin
            )
            conditions = replace(conditions, masks=masks)
        return feeds(self.model, whole, conditions)

    def paint(
        self, frame: np.ndarray, conditions: Conditions, memory: Memory, limit_s: float | None = None
    ) -> np.ndarray:
        """The net alone.

        frame:   (H, W, 3) uint8, RGB, of any size
        memory:  of the stream that the frame belongs to
        limit_s: seconds after which painting is given up, where it can be
        returns: (H, W, 3) uint8, RGB
        raises:  LivebrushError when the device runs out of memory or the model fails
        """
        height, width = frame.shape[:2]
        given = self.feeds(frame, conditions)
        expected = given["frames"].shape[1:]
        try:
            painted = memory.paint(given, limit_s)
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise LivebrushError(
                f"{self.model.path.name} failed on a {expected[1]}x{expected[0]} frame, margin included: "
                f"{reason(error)}",
                code="failed",
                remedy="smaller_or_cpu",
            ) from error
        if painted.shape != expected or painted.dtype != np.uint8:
            got, wanted = "x".join(map(str, painted.shape)), "x".join(map(str, expected))
            raise LivebrushError(
                f"{self.model.path.name} gave {painted.dtype} {got} for a frame of uint8 {wanted}: a style model "
                "gives back the size that it was given; export it again",
                code="unsupported",
            )
        margin = self.model.metadata.margin
        return painted[margin : margin + height, margin : margin + width]

    def warm_up(self, height: int, width: int) -> None:
        """Paint black frames of a size, so that the first real one takes no longer than the rest.

        raises: LivebrushError when it cannot paint them, or not within WARM_UP_S
        """
        memory = self.begin()
        for _ in range(2):
            self.paint(np.zeros((height, width, 3), np.uint8), self._any_conditions, memory, WARM_UP_S)

    @cached_property
    def _any_conditions(self) -> Conditions:
        return Conditions(style_picture=test_picture(self.model, None))
