"""`livebrush live` on a real screen: real keys, and what is then to be seen."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.realtime.live.screen.style_map import StyleMap
from tests.realtime.live.screen.virtual_screen import HEIGHT, WIDTH, Screen, wait_until
from tests.realtime.live.styles import write_grey

TITLE = "livebrush"


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen() as screen:
        yield screen


@pytest.fixture
def show(screen: Screen, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A test pattern painted in one of two greys, without crossfade and numbers."""
    styles = [
        str(write_grey(tmp_path / f"{name}.onnx", level)) for name, level in (("dark", 40), ("light", 200))
    ]
    arguments = [
        "live", "--test-pattern", "--only-these", "-s", styles[0], "-s", styles[1], "--crossfade", "0", "--no-hud",
        "--net-size", "full", "--out-dir", str(tmp_path),
    ]  # fmt: skip
    code = f"from livebrush.realtime import cli; raise SystemExit(cli.run({arguments!r}))"
    running = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code], stderr=subprocess.PIPE, text=True,
        env=screen.environment | {"LIVEBRUSH_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    yield running
    if running.poll() is None:
        running.kill()
    running.communicate()


def levels(screen: Screen) -> set[int]:
    """The values right below the middle of the screen: the window is there, and the pointer is not."""
    top, left = HEIGHT // 2 + 60, WIDTH // 2 + 60
    return set(np.unique(screen.picture()[top : top + 40, left : left + 40]).tolist())


def wait_for(screen: Screen, level: int) -> None:
    wait_until(lambda: levels(screen) == {level}, f"the grey {level}")


def begin(screen: Screen) -> None:
    """Qt 5 now and then misses on a busy machine that its window was shown: shown again, it draws."""
    wait_until(lambda: screen.windows(TITLE), "the window", timeout_s=60)
    try:
        wait_until(lambda: levels(screen) == {40}, "the first style", timeout_s=6)
    except AssertionError:
        window = screen.do("search", "--name", f"^{TITLE}$").split()
        for action in ("windowunmap", "windowmap"):
            screen.do(action, *window)
        wait_for(screen, 40)
        screen.do("windowfocus", *window)


def test_keys_do_what_the_table_says(show: subprocess.Popen[str], screen: Screen, tmp_path: Path) -> None:
    begin(screen)
    screen.do("key", "2")
    wait_for(screen, 200)
    screen.do("key", "Up")
    wait_for(screen, 40)
    screen.do("key", "b")  # half of each
    wait_for(screen, 120)
    screen.do("key", "b")
    screen.do("key", "0")
    wait_until(lambda: len(levels(screen)) > 5, "the original")
    screen.do("key", "0")
    wait_for(screen, 40)
    screen.do("key", "s")
    wait_until(lambda: list(tmp_path.glob("livebrush_*_dark.png")), "a snapshot")
    screen.do("key", "r")
    wait_until(lambda: any(path.stat().st_size > 1000 for path in tmp_path.glob("*.mkv")), "a recording")
    screen.do("key", "r")
    screen.do("key", "w")  # nothing else would take commands: it stays, and says so
    time.sleep(0.3)  # OpenCV keeps one key between two looks at them
    screen.do("key", "q")
    _, said = show.communicate(timeout=30)
    assert show.returncode == 0, said
    (recording,) = tmp_path.glob("livebrush_*.mkv")
    with av.open(str(recording)) as container:
        middles = [frame.to_ndarray(format="rgb24")[100, 100] for frame in container.decode(video=0)]
    assert middles and all(abs(int(value) - 40) <= 3 for value in middles[-1])
    assert f"to {recording}" in said
    assert "the window stays" in said


def test_styles_are_mixed_with_the_mouse_on_their_map(show: subprocess.Popen[str], screen: Screen) -> None:
    begin(screen)
    window = screen.do("search", "--name", f"^{TITLE}$").split()[-1]
    places = dict(line.split("=") for line in screen.do("getwindowgeometry", "--shell", window).splitlines())
    styles = StyleMap(["dark", "light"])
    top, left, height, width = styles.area(480, 640)

    def point(across: float) -> None:
        x, y = left + across * width, top + 0.5 * height
        screen.do("mousemove", int(places["X"]) + round(x), int(places["Y"]) + round(y))

    point(0.75)
    screen.do("click", 1)  # without a map it is only a picture
    screen.do("key", "k")
    wait_until(lambda: window_has(screen, 200), "the map, with the other style")
    assert levels(screen) == {40}
    screen.do("mousedown", 1)
    wait_for(screen, 200)
    point(0.5)
    wait_for(screen, 120)
    point(0.4)
    wait_for(screen, 40 + round(0.3 * 160))
    screen.do("mouseup", 1)
    point(0.75)  # nobody holds it
    screen.do("key", "k")
    wait_until(lambda: not window_has(screen, 200), "no map")
    assert levels(screen) == {88}


def window_has(screen: Screen, level: int) -> bool:
    """Whether so much of the screen has this level that it is a tile of the map."""
    return int((screen.picture() == level).all(2).sum()) > 5000


def test_the_window_is_closed_with_the_mouse(show: subprocess.Popen[str], screen: Screen) -> None:
    begin(screen)
    # Openbox closes the window that has the focus, which a new one has in a moment
    wait_until(
        lambda: screen.do("key", "alt+F4") or screen.do("search", "--name", f"^{TITLE}$") == "", "the end"
    )
    _, said = show.communicate(timeout=30)
    assert show.returncode == 0, said
    assert "frames shown" in said


def test_the_window_comes_and_goes_by_command(screen: Screen, tmp_path: Path) -> None:
    style = str(write_grey(tmp_path / "dark.onnx", 40))
    arguments = [
        "live", "--test-pattern", "--only-these", "-s", style, "--no-hud", "--net-size", "full", "--no-window",
        "--control", "stdin", "-t", "60",
    ]  # fmt: skip
    code = f"from livebrush.realtime import cli; raise SystemExit(cli.run({arguments!r}))"
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=screen.environment | {"LIVEBRUSH_HOME": str(tmp_path / "home")},
    ) as running:  # fmt: skip
        assert running.stdin and running.stdout

        def ask(command: str, value: object = None) -> dict[str, object]:
            assert running.stdin and running.stdout
            running.stdin.write(json.dumps({"command": command, "value": value}) + "\n")
            running.stdin.flush()
            return json.loads(running.stdout.readline())

        assert ask("status")["window"] is False and not screen.windows(TITLE)
        assert ask("window", True)["window"] is True
        wait_until(lambda: screen.windows(TITLE), "the window", timeout_s=60)
        begin(screen)
        screen.do("key", "w")
        wait_until(lambda: not screen.windows(TITLE), "the window to go")
        state = ask("status")
        assert state["window"] is False and state["state"] == "playing"
        assert ask("window")["window"] is True
        wait_until(lambda: screen.windows(TITLE), "the window again", timeout_s=60)
        assert ask("quit")["ok"]
        assert running.wait(30) == 0
