"""A screen of its own for tests of the window: Xvfb with a window manager, real keys and mouse, screenshots."""

import ctypes
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import numpy as np
import pytest

HEIGHT, WIDTH = 600, 1000


class Screen:
    """Skips the test where the programs are missing. Use it in a `with` block.

    cookie: lets in only whoever knows it: nobody
    """

    def __init__(self, cookie: bool = False) -> None:
        missing = [name for name in ("Xvfb", "openbox", "xdotool") if not shutil.which(name)]
        if missing:
            pytest.skip(f"needs {', '.join(missing)}: apt-get install xvfb openbox xdotool")
        self._cookie = cookie
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp())
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._started):
            process.send_signal(signal.SIGTERM)
            process.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> None:
        reading, writing = os.pipe()
        # Xvfb finds a free display number itself, and keeps its pixels in a file. Without -noreset it starts
        # again whenever its last client leaves, and refuses whoever comes meanwhile
        self._start(
            "Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp",
            "-noreset", "-fbdir", str(self._folder), *(["-auth", str(self._write_cookie())] if self._cookie else []),
            pass_fds=(writing,),
        )  # fmt: skip
        os.close(writing)
        with os.fdopen(reading) as answer:
            self.display = f":{answer.readline().strip()}"
        # No session bus, no home of a real person, no Wayland
        self.environment = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("QT_", "WAYLAND_", "XDG_", "XAUTHORITY"))
        } | {"DISPLAY": self.display, "HOME": str(self._folder)}  # fmt: skip
        if not self._cookie:
            self._start("openbox", "--sm-disable", env=self.environment)
            # Window managers count desktops
            wait_until(lambda: self.do("get_num_desktops").strip(), "openbox to start")

    def _write_cookie(self) -> Path:
        """An X authority file (Xau's format) of one secret for every address."""
        path = self._folder / "authority"
        fields = (b"", b"0", b"MIT-MAGIC-COOKIE-1", bytes(range(16)))
        record = b"".join(struct.pack(">H", len(field)) + field for field in fields)
        path.write_bytes(struct.pack(">H", 0xFFFF) + record)
        return path

    def do(self, *arguments: object) -> str:
        """xdotool: do("key", "a"), do("mousemove", 10, 20)."""
        command = ["xdotool", *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment, check=False, capture_output=True, text=True, timeout=20
        ).stdout

    def windows(self, title: str) -> list[str]:
        """Ids of the visible windows of this title."""
        return self.do("search", "--onlyvisible", "--name", f"^{title}$").split()

    def picture(self) -> np.ndarray:
        """What is on the screen, (HEIGHT, WIDTH, 3) uint8 RGB."""
        data = (self._folder / "Xvfb_screen0").read_bytes()
        fields = struct.unpack(">25I", data[:100])  # the header of X11's XWDFile.h
        height, line, start = fields[5], fields[12], fields[0] + 12 * fields[19]
        rows = np.frombuffer(data, np.uint8, height * line, start).reshape(height, -1, 4)
        return rows[:, :WIDTH, 2::-1].copy()

    def fill(self, colour: int) -> None:
        """Paint the background, 0xRRGGBB."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XDefaultRootWindow.restype = ctypes.c_ulong
        display = ctypes.c_void_p(x11.XOpenDisplay(self.display.encode()))
        root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
        x11.XSetWindowBackground(display, root, ctypes.c_ulong(colour))
        x11.XClearWindow(display, root)
        x11.XCloseDisplay(display)

    def _start(self, *command: str, **options: object) -> None:
        self._started.append(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)  # type: ignore
        )


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Busy machines are slow: the time is for hanging ones."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s:g} s for {what}"
        time.sleep(0.02)
