"""What a person sees of a show and presses in it; or nobody."""

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from livebrush.realtime.live.controls import Controls
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.screen.display import check_display
from livebrush.realtime.live.screen.hud import Hud, HudNumbers
from livebrush.realtime.live.screen.keys import command_for
from livebrush.realtime.live.screen.view import LEAST_HEIGHT, compose
from livebrush.realtime.live.screen.window import Window
from livebrush.realtime.live.settings import ViewSettings

Numbers = Callable[[], HudNumbers]

MOST_LINES, MOST_COLUMNS = 800, 1280  # of a new window: it can be made larger, and leaves room for others
_OPENING_S = 0.25
_KEYS_AT_ONCE = 8  # a key that is held down repeats faster than slow frames come
_REDRAW_S = 0.25  # without new frames: notices go, the recording's clock runs


class Viewer(Protocol):
    """blind: nobody sees anything"""

    blind: bool

    def begin(self, frame: Frame) -> None:
        """Called once, with the first frame, before styles are made ready for it."""
        ...

    def show(self, painted: PaintedFrame | None, controls: Controls, numbers: Numbers) -> None:
        """Called in the main thread, again and again.

        painted:  a frame to show, None when there is no new one
        controls: say how it is shown, and take what the person asks for
        numbers:  for the HUD
        """
        ...

    def close(self) -> None: ...


class NoViewer:
    """A show without a window."""

    blind = True

    def begin(self, frame: Frame) -> None: ...

    def show(self, painted: PaintedFrame | None, controls: Controls, numbers: Numbers) -> None: ...

    def close(self) -> None: ...


class WindowViewer:
    """A window with the HUD, and the keys pressed in it; it opens with the first frame, at the frame's size.

    raises: LivebrushError where no window can be opened
    """

    blind = False

    def __init__(self, title: str = "livebrush") -> None:
        check_display()
        self._title, self._hud = title, Hud()
        self._window: Window | None = None
        self._said = False
        self._last: PaintedFrame | None = None
        self._drawn_s = 0.0
        self._drawn_as: object = None

    def begin(self, frame: Frame) -> None:
        """Opens the window with the frame as it is, while nothing else is busy: on a machine with too much to do,
        Qt 5 now and then misses that its window is on the screen, and never draws in it."""
        self._window = Window(self._title, _window_size(frame.pixels))
        until_s = time.monotonic() + _OPENING_S
        while time.monotonic() < until_s:
            self._window.show(frame.pixels)
            self._window.poll()

    def show(self, painted: PaintedFrame | None, controls: Controls, numbers: Numbers) -> None:
        self._last = painted or self._last
        if self._last is None or self._window is None:
            return
        if not self._said:
            controls.notices.say("press h for the keys")
            self._said = True
        view = controls.view
        self._window.full_screen(view.full_screen)
        stale = view != self._drawn_as or time.monotonic() - self._drawn_s >= _REDRAW_S
        if painted or stale:
            self._draw(self._last, self._window, view, numbers)
        self._listen(self._window, controls)

    def close(self) -> None:
        if self._window:
            self._window.close()

    def _draw(self, painted: PaintedFrame, window: Window, view: ViewSettings, numbers: Numbers) -> None:
        picture = compose(painted, view, window.screen_size if view.full_screen else None)
        now = time.monotonic()
        if view.help:
            self._hud.draw_help(picture)
        elif view.hud:
            self._hud.draw(picture, numbers(), now)
        window.show(picture)
        self._drawn_as, self._drawn_s = view, now

    def _listen(self, window: Window, controls: Controls) -> None:
        for _ in range(_KEYS_AT_ONCE):
            if (key := window.poll()) is None:
                break
            if binding := command_for(key):
                controls.obey(binding.command, binding.value)
        if controls.view.split and window.dragged_to is not None:
            controls.do("split_at", window.dragged_to)
        if window.closed:
            controls.do("quit")


def _window_size(pixels: np.ndarray) -> tuple[int, int]:
    """The frame's own (height, width), within what most screens hold."""
    height, width = pixels.shape[:2]
    scale = min(1.0, MOST_LINES / height, MOST_COLUMNS / width)
    scale = max(scale, min(LEAST_HEIGHT / height, MOST_COLUMNS / width))
    return round(height * scale), round(width * scale)
