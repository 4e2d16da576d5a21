"""The screen as a source: the part that was asked for, in its true colours, and what is asked of each system."""

import time

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.screen_grab import Area, ScreenSource, grab_arguments
from livebrush.realtime.live.sources.source import SourceLost
from tests.realtime.live.screen.virtual_screen import HEIGHT, WIDTH, Screen, wait_until


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("640x480", Area(640, 480)),
        ("640x480+10+20", Area(640, 480, 10, 20)),
        ("640X480-1920+0", Area(640, 480, -1920, 0)),
    ],
)
def test_a_part_is_written_as_x_writes_it(text: str, area: Area) -> None:
    assert Area.parsed(text) == area and Area.parsed(str(area)) == area


@pytest.mark.parametrize(
    "text", ["", "640", "640x", "0x480", "640x480+10", "640x480+10+20+30", "a x b", "9" * 400]
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(LivebrushError, match="is no part of a screen: write WIDTHxHEIGHT"):
        Area.parsed(text)


def test_each_system_is_asked_in_its_own_way() -> None:
    area = Area(640, 480, 10, 20)
    assert grab_arguments("linux", ":3", area, 25) == (
        "x11grab", ":3+10,20", {"framerate": "25", "video_size": "640x480"},
    )  # fmt: skip
    assert grab_arguments("win32", "", area, 29.97) == (
        "gdigrab", "desktop",
        {"framerate": "29.97", "video_size": "640x480", "offset_x": "10", "offset_y": "20"},
    )  # fmt: skip
    assert grab_arguments("win32", "", None, 30) == ("gdigrab", "desktop", {"framerate": "30"})
    assert grab_arguments("darwin", "", area, 30)[:2] == ("avfoundation", "Capture screen 0:none")


def test_what_is_on_the_screen_is_grabbed() -> None:
    with Screen() as screen:
        screen.fill(0xC83214)
        with ScreenSource(Area(64, 48, 100, 50), 30, display=screen.display) as source:
            delivered = source.read()
            assert delivered is not None and delivered.pixels.shape == (48, 64, 3)
            assert set(map(tuple, delivered.pixels.reshape(-1, 3).tolist())) == {(0xC8, 0x32, 0x14)}
            assert delivered.captured_s is not None and 0 <= time.monotonic() - delivered.captured_s < 10
            screen.fill(0x0A64F0)

            def is_blue() -> bool:
                delivered = source.read()
                return delivered is not None and tuple(delivered.pixels[0, 0]) == (0x0A, 0x64, 0xF0)

            wait_until(is_blue, "the new colour")
        with ScreenSource(display=screen.display) as whole:
            delivered = whole.read()
            assert delivered is not None and delivered.pixels.shape == (HEIGHT, WIDTH, 3)


def test_a_part_beyond_the_edge_is_refused() -> None:
    with Screen() as screen:
        source = ScreenSource(Area(640, 480, WIDTH - 10, 0), display=screen.display)
        with pytest.raises(
            LivebrushError, match=r"screen 640x480\+990\+0 cannot be grabbed .* lies on the screen"
        ):
            source.open()


def test_a_screen_that_goes_away_is_lost() -> None:
    with Screen() as screen:
        source = ScreenSource(Area(64, 48), 30, display=screen.display)
        source.open()
        assert source.read()
    with pytest.raises(SourceLost, match=r"screen 64x48\+0\+0"):
        for _ in range(100):
            source.read()
    source.close()


def test_without_a_screen_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(LivebrushError, match=r"no screen to grab \(DISPLAY is not set\)"):
        ScreenSource(platform="linux").open()
