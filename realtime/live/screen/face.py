"""The window of a live session: what it shows, the keys pressed in it, and when it is there."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.layers import Layer
from livebrush.realtime.engine.runs import stopped_by_signals
from livebrush.realtime.live.commands import PAGE
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.screen.display import check_display
from livebrush.realtime.live.screen.hud import Hud
from livebrush.realtime.live.screen.keys import command_for
from livebrush.realtime.live.screen.style_map import StyleMap
from livebrush.realtime.live.screen.view import LEAST_HEIGHT, compose
from livebrush.realtime.live.screen.window import Window
from livebrush.realtime.live.session import LiveSession
from livebrush.realtime.live.settings import ViewSettings
from livebrush.realtime.live.thumbnails import thumbnail

MOST_LINES, MOST_COLUMNS = 800, 1280  # of a new window: it can be made larger, and leaves room for others
_OPENING_S = 0.25
_KEYS_AT_ONCE = 8  # a key that is held down repeats faster than slow frames come
_REDRAW_S = 0.25  # without new frames: notices go, the recording's clock runs
_IDLE_S = 0.01  # how often keys are looked at when no frame comes
_AWAY_S = 0.05  # and whether a window is wanted, where there is none


def play(session: LiveSession) -> None:
    """Run a session until it is over, in a window while its view says so; in the main thread.

    raises: LivebrushError as LiveSession does; KeyboardInterrupt on Ctrl-C, after everything was completed
    """
    with stopped_by_signals():
        face = Face(session)
        try:
            face.begin()
            while not session.wait(0):
                face.turn()
        finally:
            with _shielded():
                session.stop()
                face.close()


class Face:
    """Opens and closes the window as the session's view says, shows it what is painted, and gives its commands.

    Everything is called in the main thread, where OpenCV wants its windows to be.
    """

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self._window: ShowingWindow | None = None
        session.actions.opens_window = check_display

    def begin(self) -> None:
        """Open the source, then the window, then start: with nothing else to do, Qt 5 draws what it should.

        raises: LivebrushError as LiveSession.start does, and where a window is wanted and none can be opened
        """
        if self._session.controls.view.window:
            check_display()
        first = self._session.open()
        if self._session.controls.view.window:
            self._window = ShowingWindow(self._session, first)
        self._session.watch(self._window is not None)
        self._session.start()
        if self._window:
            self._session.notices.say("press h for the keys")

    def turn(self) -> PaintedFrame | None:
        """Show the next frame, where one comes within a hundredth of a second, and do what keys ask for.

        returns: the frame that was shown, None where there was none, or nothing to show it in
        """
        self._open_or_close()
        if self._window is None:
            self._session.wait(_AWAY_S)
            return None
        painted = self._session.painted.take(_IDLE_S)
        self._window.show(painted)
        if painted:
            self._session.shown(painted)
        return painted

    def close(self) -> None:
        if self._window:
            self._window.close()
            self._window = None

    def _open_or_close(self) -> None:
        session, last = self._session, self._session.last
        wanted = session.controls.view.window
        if wanted and self._window is None and last:
            try:
                self._window = ShowingWindow(session, last.frame)
            except LivebrushError as error:
                session.controls.set_view(window=False)
                session.notices.say(str(error))
        elif not wanted:
            self.close()
        if session.watched != (self._window is not None):
            session.watch(self._window is not None)


class ShowingWindow:
    """A window with the painting, the HUD and the map of styles, and the keys and the mouse in it.

    first: tells its size; shown until something is painted

    On a machine with too much to do, Qt 5 now and then misses that its window is on the screen, and never draws in
    it: it is opened with time to itself.
    """

    def __init__(self, session: LiveSession, first: Frame, title: str = "livebrush") -> None:
        self._session, self._hud = session, Hud()
        self._last: PaintedFrame | None = None
        self._drawn_s = 0.0
        self._drawn_as: object = None
        self._thumbnails: dict[str, tuple[tuple[Layer, ...], np.ndarray | None]] = {}
        self._shown_size = first.pixels.shape[:2]
        self._drags: str | None = None
        self._window = Window(title, _window_size(first.pixels))
        until_s = time.monotonic() + _OPENING_S
        while time.monotonic() < until_s:
            self._window.show(first.pixels)
            self._window.poll()

    def show(self, painted: PaintedFrame | None) -> None:
        """A new frame, or the last one as the view is now; then the keys."""
        self._last = painted or self._last
        if self._last is None:
            return
        view = self._session.controls.view
        self._window.full_screen(view.full_screen)
        if view.map and self._last:
            self._paint_a_thumbnail(self._last.frame.pixels)
        stale = view != self._drawn_as or time.monotonic() - self._drawn_s >= _REDRAW_S
        if painted or stale:
            self._draw(self._last, view)
        self._listen()

    def close(self) -> None:
        self._window.close()

    def _draw(self, painted: PaintedFrame, view: ViewSettings) -> None:
        picture = compose(painted, view, self._window.screen_size if view.full_screen else None)
        now = time.monotonic()
        if view.help:
            self._hud.draw_help(picture)
        elif view.hud:
            self._hud.draw(picture, self._session.state(), now)
        if view.map and not view.help:
            styles = self._map()
            styles.draw(picture, self._thumbnail, styles.place(self._session.controls.paint.shares))
        self._window.show(picture)
        self._drawn_as, self._drawn_s, self._shown_size = view, now, picture.shape[:2]

    def _map(self) -> StyleMap:
        """Of the page of the moment."""
        controls = self._session.controls
        first = PAGE * (controls.page - 1)
        return StyleMap(controls.deck.names[first : first + PAGE])

    def _thumbnail(self, name: str) -> np.ndarray | None:
        return self._thumbnails[name][1] if name in self._thumbnails else None

    def _paint_a_thumbnail(self, pixels: np.ndarray) -> None:
        """One that is missing, or of a style that was read anew: all at once would hold up the picture."""
        for name in self._map().names:
            layers = self._session.deck.layers(name)
            if name not in self._thumbnails or self._thumbnails[name][0] is not layers:
                self._thumbnails[name] = layers, thumbnail(pixels, layers)
                break

    def _listen(self) -> None:
        controls = self._session.controls
        for _ in range(_KEYS_AT_ONCE):
            if (key := self._window.poll()) is None:
                break
            if command := command_for(key):
                controls.obey(*command)
        self._drag(self._window.dragged_to)
        if self._window.closed:
            controls.do("quit")

    def _drag(self, to: tuple[float, float] | None) -> None:
        """Mix on the map where the button was pressed on it, else move the line.

        to: 0..1 of the picture's width and height; None where the button is not held
        """
        controls = self._session.controls
        if to is None:
            self._drags = None
            return
        across, down = self._on_map(to)
        if self._drags is None:
            shown = controls.view.map and not controls.view.help
            on_map = shown and 0 <= across <= 1 and 0 <= down <= 1
            self._drags = "map" if on_map else "line"
        if self._drags == "map":
            mix = self._map().at(across, down)
            if mix != controls.paint.shares or controls.paint.original:
                controls.do("mix", dict(mix))
        elif controls.view.split:
            controls.do("split_at", to[0])

    def _on_map(self, place: tuple[float, float]) -> tuple[float, float]:
        """A place in the picture as one of the map: 0..1 inside it."""
        shown_height, shown_width = self._shown_size
        top, left, height, width = self._map().area(shown_height, shown_width)
        return (place[0] * shown_width - left) / width, (place[1] * shown_height - top) / height


def _window_size(pixels: np.ndarray) -> tuple[int, int]:
    """The frame's own (height, width), within what most screens hold."""
    height, width = pixels.shape[:2]
    scale = min(1.0, MOST_LINES / height, MOST_COLUMNS / width)
    scale = max(scale, min(LEAST_HEIGHT / height, MOST_COLUMNS / width))
    return round(height * scale), round(width * scale)


@contextmanager
def _shielded() -> Iterator[None]:
    """A second Ctrl-C does not cut off what is being completed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
