"""The screen of this machine as a live source."""

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources import screen_process
from livebrush.realtime.live.sources.screen_process import HEADER
from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceLost

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
        self._process: subprocess.Popen[bytes] | None = None
        self._first: Delivered | None = None

    def open(self) -> None:
        """raises: LivebrushError where the screen cannot be grabbed"""
        self.close()
        if self._platform.startswith("linux") and not self._display:
            raise LivebrushError(
                "there is no screen to grab (DISPLAY is not set): start it on a desktop with X11",
                code="unavailable",
            )
        form, place, options = grab_arguments(self._platform, self._display, self._area, self.rate_hz or 30.0)
        self._process = subprocess.Popen(
            # -P: a module of this folder is not taken for one of Python's
            [sys.executable, "-P", screen_process.__file__, form, place, json.dumps(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C is for the program: the grabbing ends when nobody reads it
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        try:
            self._first = self._frame()
        except SourceLost as error:
            raise LivebrushError(
                f"{self.name} cannot be grabbed ({self._said()}): {_advice(self._platform)}",
                code="unavailable",
            ) from error

    def read(self) -> Delivered | None:
        """The next frame.

        raises: SourceLost where the screen has gone
        """
        first, self._first = self._first, None
        return first or self._frame()

    def _frame(self) -> Delivered:
        if self._process is None:
            raise SourceLost(f"{self.name} is closed")
        height, width = HEADER.unpack(self._bytes(HEADER.size))
        pixels = np.frombuffer(self._bytes(height * width * 3), np.uint8).reshape(height, width, 3)
        if self._area and self._platform == "darwin":  # avfoundation knows whole screens only
            area = self._area
            pixels = pixels[max(area.top, 0) :, max(area.left, 0) :][: area.height, : area.width].copy()
        return Delivered(pixels)

    def _bytes(self, count: int) -> bytearray:
        """Exactly so many. raises: SourceLost where no more come"""
        got, read = bytearray(count), 0
        assert self._process and self._process.stdout
        view = memoryview(got)
        while read < count:
            try:
                more = self._process.stdout.readinto(view[read:])  # pyright: ignore[reportAttributeAccessIssue]
            except ValueError:  # closed meanwhile, by another thread
                more = 0
            if not more:
                raise SourceLost(f"{self.name} has gone")
            read += more
        return got

    def _said(self) -> str:
        """Why the process ended."""
        process = self._process
        if process is None or process.stderr is None:
            return "it was closed"
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        said = process.stderr.read().decode(errors="replace").strip() if process.poll() is not None else ""
        self.close()
        return said.splitlines()[-1] if said else "it says nothing"

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


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
