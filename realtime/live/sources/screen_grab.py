"""The screen of this machine as a live source."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.sources import screen_relay
from livebrush.realtime.live.sources.screen_relay import HEADER
from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceLost

_FIRST_FRAME_S = 10.0
_LONGEST_WAIT_S = 0.1
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

    A process of its own grabs, see screen_relay.py; a thread reads what it sends, the newest frame wins. The window
    that shows the painting is best kept out of the part that is grabbed: it would paint itself.
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
        self._newest: Mailbox[Delivered] = Mailbox()
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    @property
    def skipped(self) -> int:
        """Frames that nobody read in time."""
        return self._newest.dropped

    def open(self) -> None:
        """Start grabbing, and wait for the first frame.

        raises: LivebrushError where the screen cannot be grabbed
        """
        self.close()
        if self._platform.startswith("linux") and not self._display:
            raise LivebrushError(
                "there is no screen to grab (DISPLAY is not set): start it on a desktop with X11",
                code="unavailable",
            )
        form, place, options = grab_arguments(self._platform, self._display, self._area, self.rate_hz or 30.0)
        self._newest = Mailbox()
        self._process = subprocess.Popen(
            # -P: a module of this folder is not taken for one of Python's
            [sys.executable, "-P", screen_relay.__file__, form, place, json.dumps(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the program
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._reader = threading.Thread(
            target=self._read_all, args=(self._process, self._newest), name="livebrush-screen", daemon=True
        )
        self._reader.start()
        first = self._newest.take(_FIRST_FRAME_S)
        if first is None:
            said = self._ended() or f"nothing came in {_FIRST_FRAME_S:g} s"
            self.close()
            raise LivebrushError(
                f"{self.name} cannot be grabbed ({said}): {_advice(self._platform)}", code="unavailable"
            )
        self._newest.put(first)

    def read(self) -> Delivered | None:
        """The newest frame, captured when it came; None where none does within a tenth of a second.

        raises: SourceLost where the screen has gone
        """
        if self._process is None:
            raise SourceLost(f"{self.name} is closed")
        delivered = self._newest.take(_LONGEST_WAIT_S)
        if delivered is None and self._reader and not self._reader.is_alive():
            raise SourceLost(f"{self.name} broke off ({self._ended() or 'the grabber ended'})")
        return delivered

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if self._reader:
            self._reader.join()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()

    def _read_all(self, process: "subprocess.Popen[bytes]", newest: Mailbox[Delivered]) -> None:
        """In a thread of its own: until the process ends."""
        assert process.stdout
        while len(header := process.stdout.read(HEADER.size)) == HEADER.size:
            height, width = HEADER.unpack(header)
            data = process.stdout.read(height * width * 3)
            if len(data) < height * width * 3:
                break
            pixels = np.frombuffer(data, np.uint8).reshape(height, width, 3)
            newest.put(Delivered(self._cut(pixels), time.monotonic()))
        newest.close()

    def _cut(self, pixels: np.ndarray) -> np.ndarray:
        """avfoundation knows whole screens only."""
        area = self._area
        if area is None or self._platform != "darwin":
            return pixels
        return pixels[max(area.top, 0) :, max(area.left, 0) :][: area.height, : area.width].copy()

    def _ended(self) -> str:
        """Why the process ended; "" while it runs."""
        process = self._process
        if process is None or not process.stderr:
            return ""
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            return ""
        said = process.stderr.read().decode(errors="replace").split("\n")
        return next((line for line in reversed(said) if line.strip()), "")


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
