"""A camera that is no camera: stands in for cv2.VideoCapture and plays a looped clip."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from livebrush.realtime.live.sources.camera_device import Camera
from tests.realtime.video.clips import picture

CAMERA = Camera(index=0, name="Testcam", backend=cv2.CAP_V4L2, path="/dev/video0")


@dataclass
class FakeCamera:
    """What the camera has, what it does, and what was asked of it; one camera, however often it is opened.

    pictures:     RGB, delivered in a loop, scaled to the mode that was agreed
    modes:        (height, width, rate_hz) that it has; it agrees to the nearest
    says_hz:      what it announces in place of its rate
    frame_s:      waits so long before each picture
    refused:      so many openings fail
    failing:      numbers of the reads, counted from 0 over its whole life, that deliver nothing
    empty:        those that deliver an empty picture
    stalls:       read number -> seconds that it takes
    resized:      read number -> (height, width) from then on
    """

    pictures: Sequence[np.ndarray] = field(default_factory=lambda: [picture(i, 48, 64) for i in range(10)])
    modes: Sequence[tuple[int, int, float]] = ((480, 640, 30.0), (720, 1280, 30.0))
    says_hz: float | None = None
    frame_s: float = 0.0
    refused: int = 0
    failing: Collection[int] = ()
    empty: Collection[int] = ()
    stalls: dict[int, float] = field(default_factory=dict)
    resized: dict[int, tuple[int, int]] = field(default_factory=dict)

    reads: int = 0
    opened: list[tuple[int, int]] = field(default_factory=list)  # (index, backend) of each opening
    released: int = 0
    asked: list[tuple[int, float]] = field(default_factory=list)  # (property, value) in order

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "FakeCamera":
        monkeypatch.setattr(cv2, "VideoCapture", lambda index, backend=0: _Device(self, index, backend))
        return self


class _Device:
    """One opening of the camera, with the methods of cv2.VideoCapture that livebrush uses."""

    def __init__(self, camera: FakeCamera, index: int, backend: int) -> None:
        self.camera = camera
        camera.opened.append((index, backend))
        self.open = camera.refused == 0
        camera.refused = max(0, camera.refused - 1)
        self.wanted: dict[int, float] = {}
        self.mode = camera.modes[0]

    def isOpened(self) -> bool:
        return self.open

    def set(self, what: int, value: float) -> bool:
        self.camera.asked.append((what, value))
        self.wanted[what] = value
        if what in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS):
            self.mode = min(self.camera.modes, key=self._distance)
        return True

    def _distance(self, mode: tuple[int, int, float]) -> tuple[float, float]:
        height, width, rate_hz = mode
        far = abs(self.wanted.get(cv2.CAP_PROP_FRAME_HEIGHT, height) - height)
        far += abs(self.wanted.get(cv2.CAP_PROP_FRAME_WIDTH, width) - width)
        return far, abs(self.wanted.get(cv2.CAP_PROP_FPS, rate_hz) - rate_hz)

    def get(self, what: int) -> float:
        height, width, rate_hz = self.mode
        rate_hz = rate_hz if self.camera.says_hz is None else self.camera.says_hz
        sizes = {
            cv2.CAP_PROP_FRAME_HEIGHT: height,
            cv2.CAP_PROP_FRAME_WIDTH: width,
            cv2.CAP_PROP_FPS: rate_hz,
        }
        return float(sizes[what])

    def read(self) -> tuple[bool, np.ndarray | None]:
        number = self.camera.reads
        self.camera.reads += 1
        time.sleep(self.camera.frame_s + self.camera.stalls.get(number, 0))
        if not self.open or number in self.camera.failing:
            return False, None
        if number in self.camera.empty:
            return True, np.zeros((0, 0, 3), np.uint8)
        height, width = self.mode[:2]
        for since, size in self.camera.resized.items():
            height, width = size if number >= since else (height, width)
        shown = self.camera.pictures[number % len(self.camera.pictures)]
        return True, cv2.cvtColor(cv2.resize(shown, (width, height)), cv2.COLOR_RGB2BGR)

    def release(self) -> None:
        self.camera.released += self.open
        self.open = False
