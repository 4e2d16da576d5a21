"""What a person sees of a show and presses in it; or nobody."""

import time
from typing import TYPE_CHECKING, Protocol

from models.errors import LivebrushError
from realtime.live.display import check_display
from realtime.live.frame import PaintedFrame
from realtime.live.hud import Hud, HudNumbers
from realtime.live.keys import command_for
from realtime.live.settings import PaintSettings
from realtime.live.view import LEAST_HEIGHT, compose
from realtime.live.window import Window

if TYPE_CHECKING:
    from realtime.live.show import Show

MOST_LINES, MOST_COLUMNS = 800, 1280  # of a new window: it can be made larger, and leaves room for others
_REDRAW_S = 0.25  # without new frames: notices go, the recording's clock runs


class Viewer(Protocol):
    def show(self, show: "Show", painted: PaintedFrame | None) -> None:
        """Called in the main thread, again and again; painted: a frame to show, None when there is no new one."""
        ...

    def close(self) -> None: ...


class NoViewer:
    """A show without a window."""

    def show(self, show: "Show", painted: PaintedFrame | None) -> None: ...

    def close(self) -> None: ...


class WindowViewer:
    """A window with the HUD, and the keys pressed in it; it opens with the first frame, at the frame's size.

    raises: LivebrushError where no window can be opened
    """

    def __init__(self, title: str = "livebrush") -> None:
        check_display()
        self._title, self._hud = title, Hud()
        self._window: Window | None = None
        self._drawn_s = 0.0
        self._drawn_as: object = None

    def show(self, show: "Show", painted: PaintedFrame | None) -> None:
        current = painted or show.last
        if current is None:
            return
        if self._window is None:
            self._window = Window(self._title, _window_size(current))
            show.notices.say("press h for the keys")
        view = show.controls.view
        self._window.full_screen(view.full_screen)
        stale = view != self._drawn_as or time.monotonic() - self._drawn_s >= _REDRAW_S
        if painted or stale:
            self._draw(show, current, self._window)
        self._obey(show, self._window)

    def close(self) -> None:
        if self._window:
            self._window.close()

    def _draw(self, show: "Show", painted: PaintedFrame, window: Window) -> None:
        view = show.controls.view
        picture = compose(painted, view, window.screen_size if view.full_screen else None)
        now = time.monotonic()
        if view.hud:
            self._hud.draw(picture, hud_numbers(show), now)
        if view.help:
            self._hud.draw_help(picture)
        window.show(picture)
        self._drawn_as, self._drawn_s = view, now

    def _obey(self, show: "Show", window: Window) -> None:
        controls = show.controls
        key = window.poll()
        if key is not None and (binding := command_for(key)):
            try:
                controls.do(binding.command, binding.value)
            except LivebrushError as error:
                show.notices.say(str(error))
        if controls.view.split and window.dragged_to is not None:
            controls.do("split_at", window.dragged_to)
        if window.closed:
            controls.do("quit")


def _window_size(painted: PaintedFrame) -> tuple[int, int]:
    """The frame's own (height, width), within what most screens hold."""
    height, width = painted.painted.shape[:2]
    scale = min(1.0, MOST_LINES / height, MOST_COLUMNS / width)
    scale = max(scale, min(LEAST_HEIGHT / height, MOST_COLUMNS / width))
    return round(height * scale), round(width * scale)


def hud_numbers(show: "Show") -> HudNumbers:
    """What the HUD tells about a show now."""
    controls, paint, names = show.controls, show.controls.paint, show.deck.names
    recording, capture = show.taps.recording, show.capture
    return HudNumbers(
        style="original" if paint.original else paint.style,
        place=f"{names.index(paint.style) + 1}/{len(names)}",
        strength=paint.strength,
        keep_colours=paint.keep_colours,
        blend=_blend(paint),
        shown_hz=show.shown.rate_hz,
        captured_hz=capture.rate_hz,
        latency_ms=1e3 * show.latency_s.percentile(0.5, last=30),
        dropped=show.dropped,
        provider=show.deck.session(paint.style).provider.removesuffix("ExecutionProvider"),
        net_size=show.painter.net_size if any(show.painter.net_size) else None,
        frame_size=show.last.frame.pixels.shape[:2] if show.last else None,
        recording_s=recording.seconds if recording else None,
        position_s=show.film.position_s if show.film else None,
        duration_s=show.film.duration_s if show.film else None,
        paused=controls.paused,
        state="" if capture.state in ("playing", "ended") else f"{capture.state}: {capture.trouble}",
        notices=show.notices.current(),
        autoplay=controls.autoplay,
    )


def _blend(paint: PaintSettings) -> str:
    if not paint.blend:
        return ""
    share = round(100 * paint.blend_amount)
    return f"{share} % {paint.style}, {100 - share} % {paint.previous}"
