"""One visitor's live picture: settings, painter and own styles, over the deck that all share."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from livebrush.models.catalogue import Choice
from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.layers import Layer
from livebrush.realtime.live.controls import Controls
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.net_size import NetSizer
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.painter import Painter
from livebrush.realtime.live.rates import RateMeter, Spread
from livebrush.realtime.live.settings import PaintSettings, ViewSettings
from livebrush.realtime.live.state import LiveState
from livebrush.realtime.live.thumbnails import thumbnail
from livebrush.realtime.studio.live.messages import as_jpeg, as_png
from livebrush.realtime.studio.live.page_commands import PageActions, is_for_pages
from livebrush.realtime.studio.live.workers import ALONE_HZ

MOST_OWN_STYLES = 12
_THUMBNAIL_QUALITY = 80
_PAUSE_S = 1.0  # a frame that comes later than this does not follow the one before


class Visitor:
    """What a session is to the window, this is to a page: it paints frames that the page sends, one after the other.

    shared: the deck that all visitors share

    key:    known to nobody else: whoever has it may add styles
    last:   the last painted frame, None before the first
    own:    names of the visitor's own styles
    """

    def __init__(self, shared: Deck, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.key = secrets.token_urlsafe(24)
        self.deck, self.actions, self.notices = shared.branch(), PageActions(), Notices()
        self._sizer = NetSizer(ALONE_HZ)
        self.controls = Controls(
            self.deck,
            self._sizer,
            PaintSettings(self.deck.names[0]),
            ViewSettings(),
            self.actions,
            self.notices,
        )
        self._painter = Painter(self.deck, self._sizer, self.notices)
        self._shown, self._took_s = RateMeter(clock), Spread()
        self._last_s, self._style, self._style_since_s = 0.0, "", 0.0
        self._net_size = (0, 0)
        self.last: PaintedFrame | None = None
        self.own: list[str] = []

    def obey(self, request: dict[str, Any]) -> None:
        """Carry out {"command": …, "value": …}.

        raises: LivebrushError for what is refused
        """
        name = request.get("command", "")
        if not is_for_pages(name):
            raise LivebrushError(
                f"{name} is for the machine that paints, not for its visitors", code="unsupported"
            )
        self.controls.do(name, request.get("value"))

    def paint(self, pixels: np.ndarray, number: int, came_s: float, rate_hz: float) -> PaintedFrame:
        """Paint a frame, (H, W, 3) uint8 RGB.

        came_s:  when it came in, on the clock
        rate_hz: of paintings that the machine has to make, for all visitors
        """
        self._sizer.target_hz = rate_hz
        if came_s - self._last_s > _PAUSE_S or (self.last and self.last.frame.pixels.shape != pixels.shape):
            self._painter.restart()
        self._last_s = came_s
        self._walk_through_styles(came_s)
        self.last = self._painter.paint(Frame(pixels, came_s, number), self.controls.paint)
        self._net_size = self._painter.net_size
        self._shown.tick()
        self._took_s.add(self._clock() - came_s)
        return self.last

    def snapshot(self) -> bytes:
        """The last frame painted as well as it can be, as PNG.

        raises: LivebrushError where there is none, or its style fails
        """
        if self.last is None:
            raise LivebrushError("there is no picture yet", code="not_found")
        paint = self.controls.paint
        if not self._painter.can_repeat(paint):
            return as_png(self.last.painted)
        return as_png(self._painter.paint_in_full(self.last.frame.pixels, paint))

    def thumbnail(self, name: str) -> bytes | None:
        """The last frame, small, in one style of the deck, as JPEG; None where there is none, or the style fails."""
        if self.last is None or name not in self.deck.names:
            return None
        small = thumbnail(self.last.frame.pixels, self.deck.layers(name))
        return None if small is None else as_jpeg(small, _THUMBNAIL_QUALITY)

    def add(self, model: StyleModel) -> str:
        """Put a style of the visitor's own into the deck, and paint in it; returns its name.

        raises: LivebrushError where there are too many, or it cannot be run
        """
        name = Choice(model).name
        if name not in self.own and len(self.own) >= MOST_OWN_STYLES:
            raise LivebrushError(
                f"there are {MOST_OWN_STYLES} styles of your own already", code="unsupported"
            )
        if name in self.deck.names and name not in self.own:
            raise LivebrushError(
                f"there is a style {name} already: give the picture another name", code="exists"
            )
        self.deck.renew(model)
        if name not in self.own:
            self.own.append(name)
        self.controls.choose(name)
        return name

    def styles(self) -> list[dict[str, Any]]:
        """The deck as a page shows it, in order."""
        return [self._about(name, self.deck.layers(name)) for name in self.deck.names]

    def state(self) -> LiveState:
        """Settings, measurements and notices, now."""
        controls, net_size = self.controls, self._net_size
        return LiveState(
            controls.paint, controls.view, self.deck.names, controls.page, controls.paused, controls.autoplay,
            controls.autoplay_s, source="page", state="playing" if self.last else "starting",
            shown_hz=self._shown.rate_hz, latency_ms=1e3 * self._took_s.percentile(0.5, last=30),
            provider=self.deck.layers(controls.paint.style)[0].engine.provider,
            painted_size=net_size if any(net_size) else None,
            frame_size=self.last.frame.pixels.shape[:2] if self.last else None,
            notices=tuple(self.notices.current()),
        )  # fmt: skip

    def _about(self, name: str, layers: tuple[Layer, ...]) -> dict[str, Any]:
        metadata = layers[0].engine.model.metadata
        weights = layers[0].conditions.weights
        style = metadata.styles[weights.index(1.0) if weights else 0]
        is_look = metadata.kind == "photo"  # the photo's own title says nothing of its light
        return {
            "name": name, "title": name.replace("_", " ").capitalize() if is_look or not style.title else style.title,
            "artist": f"after a photo: {style.title}" if is_look and style.title else style.artist,
            "year": None if is_look else style.year, "kind": metadata.kind, "own": name in self.own,
        }  # fmt: skip

    def _walk_through_styles(self, now_s: float) -> None:
        controls = self.controls
        if controls.paint.style != self._style:
            self._style, self._style_since_s = controls.paint.style, now_s
        elif controls.autoplay and now_s - self._style_since_s >= controls.style_s:
            controls.step(1)
