"""One live frame to its painting: net size, style, blend, crossfade, strength."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.models.regions import ALL
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.engine.layers import Layer, painting
from livebrush.realtime.engine.stream import Stream
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.net_size import LATE, NetSizer
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.settings import PaintSettings, Shares

ORIGINAL = "original"


@dataclass(frozen=True)
class _Look:
    """What makes two paintings of one frame differ at a glance: a change of it is crossfaded.

    names:  of the styles; () for any mixture, which goes over into the next without a fade
    only:   see `PaintSettings`
    shares: of the styles by name; a change of these alone is none
    """

    names: tuple[str, ...] = (ORIGINAL,)
    only: str = ALL
    shares: Shares = field(default=(), compare=False)

    @property
    def style(self) -> str:
        """The name of what is seen most of."""
        return max(self.shares, key=lambda part: part[1])[0] if self.shares else ORIGINAL


@dataclass(frozen=True)
class _Fade:
    """A look on its way out: still painted where there is time for two nets, else its last picture fades.

    look: None where the picture is itself a mixture, from a fade that was cut short
    """

    look: _Look | None
    picture: np.ndarray
    started_s: float


class Painter:
    """Paints frames one after the other, as the settings of the moment ask for.

    crossfade_s: how long one style takes to become the next; 0 cuts

    net_size: height and width that the net painted last; (0, 0) where the original was shown
    """

    def __init__(
        self,
        deck: Deck,
        sizer: NetSizer,
        notices: Notices,
        crossfade_s: float = 0.4,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deck, self._sizer, self._notices = deck, sizer, notices
        self._crossfade_s, self._clock = crossfade_s, clock
        self._stream, self._failed = Stream(in_time=True), set[Engine]()
        self._shown: tuple[_Look, np.ndarray] | None = None
        self._fade: _Fade | None = None
        self._last_s, self.net_size = 0.0, (0, 0)
        self._took_s: dict[_Look, float] = {}

    def paint_when_ready(self, frame: Frame, settings: PaintSettings) -> PaintedFrame:
        """As `paint`, but waits for the device to get ready for frames of this size: before the first is shown."""
        self._stream.in_time = False
        try:
            return self.paint(frame, settings)
        finally:
            self._stream.in_time = True

    def paint(self, frame: Frame, settings: PaintSettings) -> PaintedFrame:
        """Never fails because of a style: one that does is reported, and the frame itself is shown."""
        started = self._clock()
        look = self._look(settings)
        painted = self._paint_look(look, frame.pixels, settings)
        net_s, self.net_size = self._stream.net_s, self._stream.net_size
        painted = self._faded(painted, look, frame.pixels, settings, started)
        self._shown = (look, painted)
        self._last_s = self._clock() - started
        return PaintedFrame(frame, painted, look.style, net_s)

    def paint_in_full(self, pixels: np.ndarray, settings: PaintSettings) -> np.ndarray:
        """The best picture of a frame, however long it takes: (H, W, 3) uint8, RGB, for a snapshot.

        It may run beside `paint`. raises: LivebrushError when the style fails
        """
        look = self._look(settings)
        if not look.shares:
            return pixels
        finish = Finish(settings.strength, settings.keep_colours)
        return Stream(in_time=True).paint(pixels, self._layers(look), finish)

    def can_repeat(self, settings: PaintSettings) -> bool:
        """Whether `paint_in_full` paints what is shown: not so for a style that carries state."""
        look = self._look(settings)
        return not any(engine.model.carries_state for engine in self._engines(look))

    def is_sized(self, settings: PaintSettings) -> bool:
        """Whether the sizer says how large a copy is painted. With net_size "auto" it does not for styles that decide
        in a small copy: a smaller frame would be less sharp for nothing, and their times tell nothing of others'.
        """
        return self._is_sized(self._look(settings), settings)

    def _is_sized(self, look: _Look, settings: PaintSettings) -> bool:
        if settings.net_size != "auto":
            return True
        return any(engine.model.metadata.sized_by_frame for engine in self._engines(look))

    def restart(self) -> None:
        """The next frame does not follow the last one: after a seek, a reconnection, a pause."""
        self._fade = self._shown = None
        self._stream.reset()

    def _look(self, settings: PaintSettings) -> _Look:
        if settings.original or settings.strength == 0:
            return _Look()
        shares = settings.shares
        if not {name for name, _ in shares} <= set(self._deck.names):
            shares = ((settings.style, 1.0),)
        names = () if shares == settings.mix else tuple(name for name, _ in shares)
        look = _Look(names, settings.only, shares)
        return _Look() if self._failed.intersection(self._engines(look)) else look

    def _layers(self, look: _Look) -> list[Layer]:
        if len(look.shares) > 1:
            return painting(self._deck.mixed(look.shares), look.only)
        return [layer for name, _ in look.shares for layer in painting(self._deck.layers(name), look.only)]

    def _engines(self, look: _Look) -> list[Engine]:
        """Of the styles themselves."""
        return [
            layer.engine for name, _ in look.shares for layer in painting(self._deck.layers(name), look.only)
        ]

    def _paint_look(self, look: _Look, pixels: np.ndarray, settings: PaintSettings) -> np.ndarray:
        if not look.shares:
            return self._stream.paint(pixels, [], Finish(strength=0))
        started = self._clock()
        sized = self._is_sized(look, settings)
        scale = self._sizer.scale(pixels.shape[0], settings.net_size) if sized else 1.0
        finish = Finish(settings.strength, settings.keep_colours, settings.steady)
        layers = self._layers(look)
        try:
            painted = self._stream.paint(pixels, layers, finish, scale)
        except LivebrushError as error:
            self._give_up(look, error)
            return pixels
        self._took_s[look] = self._clock() - started
        if sized and self._stream.ready:
            self._sizer.observed(scale, self._took_s[look])
        return painted

    def _give_up(self, look: _Look, error: LivebrushError) -> None:
        """A style that failed is not tried again until its file is replaced."""
        self._failed.update(self._engines(look))
        self._notices.say(f"{look.style} failed, the original is shown: {error}")

    def _faded(
        self, painted: np.ndarray, look: _Look, pixels: np.ndarray, settings: PaintSettings, now: float
    ) -> np.ndarray:
        if self._shown and look != self._shown[0] and self._crossfade_s > 0:
            before, picture = self._shown
            # The first frame of a fade is already a step on its way
            self._fade = _Fade(None if self._fade else before, picture, started_s=now - self._last_s)
        fade = self._fade
        if fade is None:
            return painted
        share = (now - fade.started_s) / self._crossfade_s
        if share >= 1 or fade.picture.shape != painted.shape:
            self._fade = None
            return painted
        outgoing = fade.picture
        if fade.look and self._has_time_for_both(fade.look, look, settings):
            outgoing = self._paint_look(fade.look, pixels, settings)
            self._fade = replace(fade, picture=outgoing)  # should there be no time for the next
        return cv2.addWeighted(painted, share, outgoing, 1 - share, 0)

    def _has_time_for_both(self, outgoing: _Look, look: _Look, settings: PaintSettings) -> bool:
        """Whether a frame can be painted in both before the next one comes."""
        if self._is_sized(outgoing, settings) or self._is_sized(look, settings):
            return self._sizer.has_time_for_two()
        # The sizer does not watch them
        took_s = sum(self._took_s.get(one, 0.0) for one in (outgoing, look))
        return took_s <= LATE / self._sizer.target_hz
