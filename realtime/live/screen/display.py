"""Whether a window can be opened: OpenCV ends the process where it cannot, so this is found out before."""

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from livebrush.models.errors import LivebrushError


def check_display() -> None:
    """Say why no window can be opened here, before OpenCV tries.

    raises: LivebrushError: a headless OpenCV, no screen, a screen that refuses, a Qt that misses a library
    """
    if gui() == "NONE":
        raise LivebrushError(
            "this OpenCV is built without windows",
            code="not_installed",
            remedy="no_window",
            first="'pip uninstall opencv-python-headless' and install opencv-python again",
        )
    if sys.platform.startswith("linux"):
        _check_linux()


def gui() -> str:
    """What OpenCV draws its windows with: "QT5", "GTK3", "WIN32UI", "COCOA"; "NONE" in headless builds."""
    found = re.search(r"^\s*GUI:\s*(\S+)", cv2.getBuildInformation(), re.MULTILINE)
    return found[1] if found else ""


def qt_platforms() -> dict[str, Path]:
    """The systems that the Qt inside OpenCV's wheel can draw on, {"xcb": its plugin}; {} for other builds."""
    folder = Path(cv2.__file__).parent / "qt" / "plugins" / "platforms"
    return {plugin.stem.removeprefix("libq"): plugin for plugin in folder.glob("libq*.so")}


def _check_linux() -> None:
    display, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    platforms = qt_platforms()
    if not display and not wayland:
        raise LivebrushError(
            "there is no screen to open a window on (DISPLAY is not set)",
            code="unavailable",
            remedy="no_window",
            first="run on a desktop",
        )
    if platforms:
        _check_qt(platforms)
    if not display and "xcb" in platforms and "wayland" not in platforms:
        raise LivebrushError(
            "OpenCV's windows need X11, and this Wayland desktop offers none (DISPLAY is not set)",
            code="unavailable",
            remedy="no_window",
            first="install xwayland and log in again",
        )
    # Builds that speak Wayland themselves do without DISPLAY
    if display and (platforms or not wayland) and (reason := _refusal(display)) is not None:
        raise LivebrushError(
            f"the screen DISPLAY={display} cannot be opened{reason}",
            code="unavailable",
            remedy="no_window",
            first="log in on the desktop as the same user",
        )


def _check_qt(platforms: dict[str, Path]) -> None:
    """Qt aborts when it is told to use what it has not got, and when its plugin misses a system library."""
    wanted = os.environ.get("QT_QPA_PLATFORM", "")
    names = [name.split(":")[0] for name in wanted.split(";") if name]
    if names and not platforms.keys() & set(names):
        raise LivebrushError(
            f"QT_QPA_PLATFORM is {wanted}, but the Qt inside OpenCV has only {', '.join(sorted(platforms))}",
            code="unavailable",
            remedy="no_window",
            first=f"start with QT_QPA_PLATFORM={min(platforms)}",
        )
    if "xcb" in platforms:
        try:
            ctypes.CDLL(str(platforms["xcb"]))
        except OSError as error:
            raise LivebrushError(
                f"OpenCV's windows miss a system library ({str(error).splitlines()[0]})",
                code="not_installed",
                remedy="no_window",
                first="install it, on Debian and Ubuntu by 'apt-get install libsm6 libxext6 libgl1'",
            ) from error


def _refusal(display: str) -> str | None:
    """None when the X server lets us in or cannot be asked; else what it says, "" or " (…)"."""
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    with _captured_stderr() as said:
        connection = x11.XOpenDisplay(display.encode())
    if connection:
        x11.XCloseDisplay(connection)
        return None
    text = " ".join(said.decode(errors="replace").split())
    return f" ({text})" if text else ""


@contextmanager
def _captured_stderr() -> Iterator[bytearray]:
    """Libraries in C write past sys.stderr: what they wrote, once the block is left."""
    said, saved = bytearray(), os.dup(2)
    reading, writing = os.pipe()
    try:
        os.set_blocking(writing, False)
        os.dup2(writing, 2)
        yield said
    finally:
        os.dup2(saved, 2)
        for handle in (saved, writing):
            os.close(handle)
        said += os.read(reading, 4096)
        os.close(reading)
