"""A style model loaded on a device. It remembers nothing, so any number of streams can share it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from livebrush.models.contract import LEAST_SIDE, StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.feeds import feeds
from livebrush.realtime.engine.memory import Memory
from livebrush.realtime.engine.opening import open_model
from livebrush.realtime.engine.padding import padded, padded_masks
from livebrush.realtime.engine.provider import Provider, reason, test_picture
from livebrush.realtime.engine.regions import RegionFinder, shared_finder, shared_person_finder
from livebrush.realtime.engine.super_resolution import shared_super_resolution

WARM_UP_S = 20.0
"""a net that has not painted one frame by then never will in time"""


class Engine:
    """A model that is loaded and ready to run. All methods may be called from several threads.

    model:     the style model to load
    device:    "cpu", another device that `livebrush doctor` lists, or "auto": CUDA if there is an NVIDIA driver and it
        works; else OpenVINO if it is installed and the processor is faster in bfloat16; else the CPU
    threads:   CPU threads; None: one for each core that this process may use, which is also the most
    precision: "float32", "float16" (CUDA only), or "auto": float16 with CUDA and bfloat16 with OpenVINO, if the result
        looks the same
    size:      (height, width) of all frames to come: CUDA records its work once and replays it, and refuses frames of
        other sizes. None: any size; the CPU always takes any size
    among:     the devices to choose from; None: all
    raises:    LivebrushError if the file cannot be run, or the named device does not work

    threads:   CPU threads that are used
    provider:  what runs the model, as the session reports it: "OpenVINO", or an execution provider of ONNX Runtime
    precision: what is used
    note:      what differs from what was asked for, or ""
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
        self.threads = min(threads or usable_cores(), usable_cores())
        if size:
            size = self.pad(np.empty((*size, 3), np.uint8)).shape[:2]
        provider, opened = open_model(model, device, self.threads, precision, size, among)
        self._begin, self._prepare = opened.begin, opened.prepare
        self.provider, self.precision, self.note = opened.title, opened.precision, opened.note
        self._provider, self._in_parallel = provider, provider.in_parallel
        self.finder = shared_finder(provider, self.threads) if model.takes_masks else None

    @property
    def in_parallel(self) -> bool:
        """Whether several frames of a stream can be painted at once: not if one frame depends on the one before."""
        return self._in_parallel and not self.model.carries_state and self.finder is None

    @property
    def on_gpu(self) -> bool:
        return not self._in_parallel

    def begin(self) -> Memory:
        """A memory for a new stream."""
        return self._begin()

    def pad(self, frame: np.ndarray) -> np.ndarray:
        """The frame, (H, W, 3) uint8, with the margin of the model, filled up to a multiple of what it needs and to
        LEAST_SIDE."""
        return padded(frame, self.model.metadata.margin, self.model.metadata.multiple, LEAST_SIDE)

    def feeds(self, frame: np.ndarray, conditions: Conditions) -> dict[str, np.ndarray]:
        """The inputs of the model for a frame of any size, except its state; see `livebrush.realtime.engine.feeds`."""
        whole = self.pad(frame)
        if conditions.masks is not None:
            masks = padded_masks(
                conditions.masks, frame.shape[:2], whole.shape[:2], self.model.metadata.margin
            )
            conditions = replace(conditions, masks=masks)
        return feeds(self.model, whole, conditions)

    def paint(
        self,
        frame: np.ndarray,
        conditions: Conditions,
        memory: Memory,
        limit_s: float | None = None,
        in_time: bool = False,
    ) -> np.ndarray:
        """Run the model on one frame, without strength, colours or steadiness.

        frame:   (H, W, 3) uint8, RGB, of any size
        memory:  of the stream that the frame belongs to
        limit_s: seconds after which painting is given up, on devices that can
        in_time: at once, where the device would be faster after it had prepared for frames of this size
        returns: (H, W, 3) uint8, RGB; the memory tells whether the device was `ready`
        raises:  LivebrushError if the device runs out of memory or the model fails
        """
        height, width = frame.shape[:2]
        given = self.feeds(frame, conditions)
        expected = given["frames"].shape[1:]
        try:
            memory.ready = self._prepare(given, in_time)
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

    def doubled(self, painting: np.ndarray) -> np.ndarray:
        """A painting, (H, W, 3) uint8, at twice its size, see `SuperResolution.doubled`."""
        return shared_super_resolution(self._provider, self.threads).doubled(painting)

    def person_finder(self) -> RegionFinder:
        """What finds persons in frames, see `shared_person_finder`."""
        return shared_person_finder(self._provider, self.threads)

    def warm_up(self, height: int, width: int, in_time: bool = False) -> None:
        """Paint black frames of this size, so that the first real frame takes no longer than the others.

        in_time: as they will be painted, see `paint`
        raises: LivebrushError if they cannot be painted, or not within WARM_UP_S seconds
        """
        memory = self.begin()
        for _ in range(2):
            self.paint(
                np.zeros((height, width, 3), np.uint8), self._any_conditions, memory, WARM_UP_S, in_time
            )

    @cached_property
    def _any_conditions(self) -> Conditions:
        return Conditions(style_picture=test_picture(self.model, None))


class Engines:
    """Engines that are loaded when they are first asked for, one for each file; how, see `Engine`."""

    def __init__(
        self,
        device: str = "auto",
        threads: int | None = None,
        precision: str = "auto",
        size: tuple[int, int] | None = None,
    ) -> None:
        self._how = (device, threads, precision, size)
        self._of: dict[Path, Engine] = {}

    def of(self, model: StyleModel) -> Engine:
        """raises: LivebrushError as `Engine` does"""
        if model.path not in self._of:
            self._of[model.path] = Engine(model, *self._how)
        return self._of[model.path]

    def put(self, engine: Engine) -> None:
        """One that was loaded elsewhere, in place of its file's."""
        self._of[engine.model.path] = engine

    @property
    def loaded(self) -> list[Engine]:
        return list(self._of.values())
