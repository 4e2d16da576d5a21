"""The window on a real screen: colours, keys, the mouse, full screen, closing."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from tests.realtime.live.screen.virtual_screen import HEIGHT, WIDTH, Screen, wait_until
from tests.realtime.live.screen.window_program import LEFT, RIGHT, TITLE


def area_picture(program: "Program") -> np.ndarray:
    left, top, width, height = program.told["area"]
    return program.screen.picture()[top : top + height, left : left + width]


class Program:
    """window_program in a process of its own."""

    def __init__(self, screen: Screen, **environment: str) -> None:
        self.screen, self.told, self.keys = screen, {}, []
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.realtime.live.screen.window_program"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=screen.environment | environment,
        )  # fmt: skip
        self._errors: str | None = None
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            wait_until(
                lambda: self.told.get("shown", 0) >= 3 or self._process.poll() is not None, "the window"
            )
            self._wait_until_it_is_in_place()
        except BaseException:
            self._process.kill()
            self._process.wait()
            with suppress(AssertionError):
                self.end()
            raise

    def _wait_until_it_is_in_place(self) -> None:
        """The window manager moves a new window: what is told of its place holds once the picture is there."""
        try:
            wait_until(self._is_in_place, "the picture", timeout_s=3)
        except AssertionError:
            # On a machine with too much to do, Qt 5's windows now and then stay unmapped or never draw, with a
            # window manager and without: shown again they do
            window = self.screen.do("search", "--name", f"^{TITLE}$").split()
            self.screen.do("windowunmap", *window)
            self.screen.do("windowmap", *window)
            wait_until(self._is_in_place, "the window on the screen")

    def _is_in_place(self) -> bool:
        seen = area_picture(self)
        return seen.shape == (240, 320, 3) and all(
            tuple(seen[row, column]) == colour
            for row in (1, 238)
            for column, colour in ((1, LEFT), (158, LEFT), (161, RIGHT), (318, RIGHT))
        )

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            said: dict[str, Any] = json.loads(line)
            if "command" in said:
                self.keys.append((said["command"], said["value"]))
            else:
                self.told = said

    def order(self, what: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()

    def press(self, *keys: str) -> list[tuple[str | None, Any]]:
        """One after the other, because OpenCV keeps only the last key between two polls; what they meant."""
        first = len(self.keys)
        for number, key in enumerate(keys):
            self.screen.do("key", key)
            wait_until(lambda n=number: len(self.keys) > first + n, f"the key {key}")
        return self.keys[first:]

    def point(self, across: float, down: float = 0.5) -> None:
        """Move the mouse to this share of the picture area."""
        left, top, width, height = self.told["area"]
        self.screen.do("mousemove", left + round(across * width), top + round(down * height))

    def end(self) -> str:
        """Let it quit; what it said on stderr. May be called twice."""
        if self._errors is not None:
            return self._errors
        if self._process.poll() is None:
            self.order("quit")
        assert self._process.stderr
        self._errors = errors = self._process.stderr.read()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe
            pipe.close()
        assert self._process.wait(20) == 0, errors
        return errors


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with Screen() as opened:
        yield opened


@pytest.fixture
def program(screen: Screen) -> Iterator[Program]:
    running = Program(screen)
    yield running
    running.end()


def test_colours_are_red_green_blue_on_the_screen(program: Program) -> None:
    assert tuple(area_picture(program)[120, 40]) == LEFT
    assert tuple(area_picture(program)[120, 280]) == RIGHT


def test_keys_mean_what_the_table_says(program: Program) -> None:
    pressed = program.press(
        "s", "5", "0", "Up", "Down", "Left", "Right", "space", "bracketleft", "bracketright", "comma", "period",
        "shift+equal", "equal", "minus", "KP_Add", "KP_Subtract", "KP_3", "question", "shift+r", "Escape",
    )  # fmt: skip
    meant = [
        ("snapshot", None), ("page_style", 5), ("original", None), ("previous_style", None), ("next_style", None),
        ("back", None), ("forward", None), ("pause", None), ("net_smaller", None), ("net_larger", None),
        ("blend_by", -0.1), ("blend_by", 0.1), ("strength_by", 0.1), ("strength_by", 0.1), ("strength_by", -0.1),
        ("strength_by", 0.1), ("strength_by", -0.1), ("page_style", 3), ("help", None), ("record", None),
        ("quit", None),
    ]  # fmt: skip
    assert pressed == meant


def test_locks_do_not_change_what_keys_mean(program: Program) -> None:
    try:
        program.screen.do("key", "Caps_Lock", "key", "Num_Lock")
        assert program.press("m", "Left", "7") == [("mirror", None), ("back", None), ("page_style", 7)]
    finally:
        program.screen.do("key", "Caps_Lock", "key", "Num_Lock")


def test_full_screen_is_black_beside_the_picture(program: Program) -> None:
    program.order("full screen")
    wait_until(lambda: program.told["screen_size"] == [HEIGHT, WIDTH], "full screen")
    # 320x240 on 1000x600 is 800x600: bars of 100 pixels
    wait_until(lambda: not program.screen.picture()[300, 90].any(), "black beside the picture")
    seen = program.screen.picture()
    assert not seen[:, :98].any() and not seen[:, -98:].any()
    assert all(tuple(seen[row, 110]) == LEFT for row in (0, 300, 599))
    assert all(tuple(seen[row, 890]) == RIGHT for row in (0, 300, 599))
    program.order("window")
    wait_until(
        lambda: program.told["screen_size"] is None and program.told["area"][2:] == [320, 240], "a window"
    )


def test_a_window_of_another_shape_has_black_bars_and_the_mouse_knows(program: Program) -> None:
    program.screen.do("windowsize", program.screen.windows(TITLE)[0], 640, 240)
    wait_until(lambda: program.told["area"][2:] == [640, 240], "the new size")
    wait_until(lambda: not area_picture(program)[120, 150].any(), "black beside the picture")
    seen = area_picture(program)
    assert tuple(seen[120, 170]) == LEFT and tuple(seen[120, 470]) == RIGHT
    assert not seen[5:-5, 5:155].any() and not seen[5:-5, -155:-5].any()
    program.point(0.5)
    program.screen.do("mousedown", 1)
    program.point(0.625)  # the picture goes from a quarter to three quarters
    wait_until(lambda: program.told["dragged_to"] == pytest.approx([0.75, 0.5], abs=0.01), "the mouse")
    program.screen.do("mouseup", 1)


def test_the_mouse_drags_while_its_button_is_held(program: Program) -> None:
    program.point(0.1)
    program.point(0.25)
    program.screen.do("mousedown", 1)
    wait_until(lambda: program.told["dragged_to"] == pytest.approx([0.25, 0.5], abs=0.01), "a press")
    program.point(0.8, 0.2)
    wait_until(lambda: program.told["dragged_to"] == pytest.approx([0.8, 0.2], abs=0.01), "a drag")
    program.point(1.3)
    wait_until(
        lambda: program.told["dragged_to"] == [1, pytest.approx(0.5, abs=0.01)], "a drag out of the window"
    )
    program.screen.do("mouseup", 1)
    wait_until(lambda: program.told["dragged_to"] is None, "letting go")
    program.point(0.5)
    program.press("s")
    assert program.told["dragged_to"] is None


def test_closed_by_the_window_manager_it_stays_closed(program: Program) -> None:
    program.screen.do("key", "alt+F4")
    wait_until(lambda: program.told["closed"], "closing")
    # The program goes on showing pictures: that must not open it again
    wait_until(lambda: not program.screen.windows(TITLE), "the window to go")
    program.order("full screen")
    assert program.end() == "" and not program.screen.windows(TITLE)


def test_closing_takes_it_from_the_screen(program: Program) -> None:
    program.order("close")
    wait_until(lambda: program.told["closed"] and not program.screen.windows(TITLE), "the window to go")
    assert program._process.poll() is None


@pytest.mark.parametrize("session", [{}, {"XDG_SESSION_TYPE": "wayland", "WAYLAND_DISPLAY": "wayland-0"}])
def test_nothing_is_said_on_stderr(screen: Screen, session: dict[str, str]) -> None:
    assert Program(screen, **session).end() == ""
