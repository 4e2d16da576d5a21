"""No window where none can be opened, and one line that says why: OpenCV alone would end the process."""

import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.commands.remedies import said
from livebrush.realtime.live.screen import display
from livebrush.realtime.live.screen.display import check_display, gui
from tests.realtime.live.screen.virtual_screen import Screen

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's screens")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XAUTHORITY"):
        monkeypatch.delenv(name, raising=False)


def reason() -> str:
    with pytest.raises(LivebrushError) as raised:
        check_display()
    message = said(raised.value)
    assert "\n" not in message and "--no-window with --record" in message
    return message


@linux
def test_no_screen_is_an_error_that_says_what_else_there_is() -> None:
    assert "DISPLAY is not set" in reason()


@linux
def test_a_screen_that_is_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISPLAY", ":64123")
    assert "DISPLAY=:64123 cannot be opened" in reason()
    assert capfd.readouterr().err == ""


@linux
def test_a_screen_of_somebody_else_is_an_error_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "none"))
    with Screen(cookie=True) as screen:
        monkeypatch.setenv("DISPLAY", screen.display)
        assert "Authorization required" in reason()
    assert capfd.readouterr().err == ""


@linux
def test_wayland_alone_needs_xwayland(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setattr(display, "qt_platforms", lambda: {"xcb": Path("libc.so.6")})
    assert "install xwayland" in reason()


@linux
def test_a_build_that_speaks_wayland_needs_no_x11(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setattr(display, "qt_platforms", dict)
    check_display()


@linux
def test_a_qt_platform_that_is_not_in_the_wheel_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland;eglfs:/dev/fb0")
    monkeypatch.setattr(display, "qt_platforms", lambda: {"xcb": Path("libc.so.6")})
    message = reason()
    assert "QT_QPA_PLATFORM is wayland;eglfs:/dev/fb0" in message and "QT_QPA_PLATFORM=xcb" in message


@linux
def test_a_missing_system_library_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "libqxcb.so"
    broken.write_bytes(b"no library")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(display, "qt_platforms", lambda: {"xcb": broken})
    assert "libqxcb.so" in reason()


def test_a_headless_opencv_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    built = cv2.getBuildInformation().replace(f"{gui()}\n", "NONE\n")
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: built)
    assert "opencv-python-headless" in reason()


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_there_is_always_a_screen(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    check_display()


@linux
@pytest.mark.parametrize("qt_platform", ["", "xcb", "wayland;xcb:some_option"])
def test_a_screen_that_works_passes(monkeypatch: pytest.MonkeyPatch, qt_platform: str) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", qt_platform)
    with Screen() as screen:
        monkeypatch.setenv("DISPLAY", screen.display)
        check_display()


@linux
def test_opening_a_window_without_a_screen_does_not_end_the_process() -> None:
    code = (
        "from livebrush.models.errors import LivebrushError\n"
        "from livebrush.realtime.live.screen.window import Window\n"
        "try: Window('none', (24, 32))\n"
        "except LivebrushError: print('alive')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "alive\n" and done.stderr == ""
