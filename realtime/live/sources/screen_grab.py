"""The screen of this machine as a live source."""

import os
import re
import sys
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceLost
from livebrush.realtime.video.colour import Colour, RgbReader

_FORMS = "write WIDTHxHEIGHT+LEFT+TOP, such as 1280x720+0+0"


@dataclass(frozen=True)
class Area:
    """A part of the screen, in pixels; left and top may be negative on systems with several screens."""

    width: int
    height: int
    left: int = 0
    top: int = 0

    @classmethod
    def parsed(cls, text: str) -> "Area":
        """From X's own form, WxH+X+Y, or WxH for the top left corner.

        raises: LivebrushError for other text
        """
        match = re.fullmatch(r"(\d{1,5})x(\d{1,5})(?:([+-]\d{1,5})([+-]\d{1,5}))?", text.lower())
        if not match or not int(match[1]) or not int(match[2]):
            raise LivebrushError(f"{text[:40]!r} is no part of a screen: {_FORMS}", code="invalid")
        return cls(int(match[1]), int(match[2]), int(match[3] or 0), int(match[4] or 0))

    def __str__(self) -> str:
        return f"{self.width}x{self.height}{self.left:+d}{self.top:+d}"


class ScreenSource(LiveSource):
    """Grabs the screen, or a part of it, with FFmpeg: x11grab, gdigrab (Windows) or avfoundation (macOS).

    area:     what is grabbed; None: the whole screen
    rate_hz:  frames a second
    platform: as sys.platform
    display:  of X; None: the environment's

    The window that shows the painting is best kept out of the part that is grabbed: it would paint itself.
    """

    def __init__(
        self,
        area: Area | None = None,
        rate_hz: float = 30.0,
        platform: str = sys.platform,
        display: str | None = None,
    ) -> None:
        self.name = f"screen {area}" if area else "screen"
        self.rate_hz = rate_hz
        self._area, self._platform = area, platform
        self._display = display or os.environ.get("DISPLAY", "")
        self._container: InputContainer | None = None

    def open(self) -> None:
        """raises: LivebrushError where the screen cannot be grabbed"""
        self.close()
        if self._platform.startswith("linux") and not self._display:
            raise LivebrushError(
                "there is no screen to grab (DISPLAY is not set): start it on a desktop with X11",
                code="unavailable",
            )
        form, place, options = grab_arguments(self._platform, self._display, self._area, self.rate_hz or 30.0)
        try:
            container = av.open(place, format=form, options=options)
        except (FFmpegError, OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or error
            raise LivebrushError(
                f"{self.name} cannot be grabbed ({said}): {_advice(self._platform)}", code="unavailable"
            ) from error
        self._container = container
        self._frames = container.decode(video=0)
        self._reader: tuple[tuple[int, int], RgbReader] | None = None

    def read(self) -> Delivered | None:
        """The next frame.

        raises: SourceLost where the screen has gone
        """
        if self._container is None:
            raise SourceLost(f"{self.name} is closed")
        try:
            frame = next(self._frames, None)
        except (FFmpegError, OSError) as error:
            raise SourceLost(
                f"{self.name} broke off ({getattr(error, 'strerror', None) or error})"
            ) from error
        if frame is None:
            raise SourceLost(f"{self.name} has gone")
        size = (frame.height, frame.width)
        if self._reader is None or self._reader[0] != size:
            self._reader = size, RgbReader(Colour.of(frame), size, alpha=False)
        pixels = self._reader[1].read(frame)[0]
        if self._area and self._platform == "darwin":  # avfoundation knows whole screens only
            area = self._area
            pixels = pixels[max(area.top, 0) :, max(area.left, 0) :][: area.height, : area.width].copy()
        return Delivered(pixels)

    def close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()


def grab_arguments(
    platform: str, display: str, area: Area | None, rate_hz: float
) -> tuple[str, str, dict[str, str]]:
    """FFmpeg's input format, what it opens, and its options."""
    options = {"framerate": f"{rate_hz:g}"}
    if platform == "darwin":
        return "avfoundation", "Capture screen 0:none", options | {"capture_cursor": "1"}
    if area:
        options["video_size"] = f"{area.width}x{area.height}"
    left, top = (area.left, area.top) if area else (0, 0)
    if platform == "win32":
        place = {"offset_x": str(left), "offset_y": str(top)} if area else {}
        return "gdigrab", "desktop", options | place
    return "x11grab", f"{display}+{left},{top}", options


def _advice(platform: str) -> str:
    if platform == "darwin":
        return "allow it to your terminal in System Settings > Privacy & Security > Screen Recording"
    if platform == "win32":
        return "check that the part lies on the screen"
    return (
        "check that the part lies on the screen, and that this is an X11 desktop: Wayland lets nobody grab it"
    )
