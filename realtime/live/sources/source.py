"""What every live source does; livebrush.realtime.live.capture runs one in a thread of its own."""

from abc import ABC, abstractmethod
from typing import NamedTuple, Protocol, Self, runtime_checkable

import numpy as np

from livebrush.models.errors import LivebrushError


class SourceLost(LivebrushError):
    """The source stopped delivering: unplugged, disconnected, stalled. Opening it again may help."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="unavailable")


class SourceEnded(Exception):
    """The source has no more frames: a video is over."""


class Delivered(NamedTuple):
    """A frame as its source hands it over.

    pixels:     (H, W, 3) uint8, RGB; its own memory, not touched again
    captured_s: when it was captured, on the monotonic clock, where the source knows; None: when it arrives
    """

    pixels: np.ndarray
    captured_s: float | None = None


class LiveSource(ABC):
    """Delivers frames at its own pace; a `with` block opens and closes it.

    name:   for messages and the HUD: "Logitech C920", "video.mp4"
    faces_viewer: people see themselves in it: the window shows it mirrored
    rate_hz: frames a second it announces, None where it does not
    skipped: frames it left out itself because they were late
    """

    name: str
    faces_viewer: bool = False
    rate_hz: float | None = None
    skipped: int = 0

    @abstractmethod
    def open(self) -> None:
        """Get ready; also after `close`, to connect again.

        raises: LivebrushError saying what is wrong and what to do
        """

    @abstractmethod
    def read(self) -> Delivered | None:
        """The next frame, when it is due.

        None when there is none yet: it waits at most a tenth of a second where the system lets it.

        raises: SourceLost, when it is closed as well; SourceEnded
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the device or file; may be called twice, and without `open`."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@runtime_checkable
class Playable(Protocol):
    """A source that can be paused and wound: a video. Methods may be called from any thread."""

    def pause(self, paused: bool) -> None: ...

    def seek_by(self, seconds: float) -> None:
        """Forwards, or backwards where negative; stops at the ends."""
        ...

    @property
    def position_s(self) -> float: ...

    @property
    def duration_s(self) -> float | None: ...

    @property
    def notes(self) -> list[str]:
        """What is wrong with the file or its sound so far, one line each; it may grow while it plays."""
        ...
