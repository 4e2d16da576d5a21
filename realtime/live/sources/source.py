"""What every live source does; livebrush.realtime.live.capture runs one in a thread of its own."""

from typing import Protocol, runtime_checkable

import numpy as np

from livebrush.models.errors import LivebrushError


class SourceLost(LivebrushError):
    """The source stopped delivering: unplugged, disconnected, stalled. Opening it again may help."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="unavailable")


class SourceEnded(Exception):
    """The source has no more frames: a film is over."""


class LiveSource(Protocol):
    """Delivers frames at its own pace.

    name:   for messages and the HUD: "Logitech C920", "film.mp4"
    faces_viewer: people see themselves in it: the window shows it mirrored
    rate_hz: frames a second it announces, None where it does not
    skipped: frames it left out itself because they were late
    """

    name: str
    faces_viewer: bool

    @property
    def rate_hz(self) -> float | None: ...

    @property
    def skipped(self) -> int: ...

    def open(self) -> None:
        """Get ready; also after `close`, to connect again.

        raises: LivebrushError saying what is wrong and what to do
        """
        ...

    def read(self) -> np.ndarray | None:
        """The next frame, (H, W, 3) uint8 RGB, when it is due; its own memory, not touched again.

        None when there is none yet: it waits at most a tenth of a second where the system lets it.

        raises: SourceLost; SourceEnded
        """
        ...

    def close(self) -> None:
        """Let go of the device or file; may be called twice, and without `open`."""
        ...


@runtime_checkable
class Playable(Protocol):
    """A source that can be paused and wound: a film. Methods may be called from any thread."""

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
