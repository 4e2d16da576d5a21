"""Before the first frame is shown: the source has delivered one, and every style is ready for its size."""

import time

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.capture import Capture
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.frame import Frame
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.net_size import NetSizer
from livebrush.realtime.live.painter import Painter
from livebrush.realtime.live.settings import PaintSettings

FIRST_FRAME_S = 15.0  # how long a camera or stream may take to deliver its first frame
_TRIES = 5  # the first runs at a size take longer


def first_frame(capture: Capture, captured: Mailbox[Frame]) -> Frame:
    """What a source that was just started delivers first.

    raises: LivebrushError where nothing comes; the error of the capture
    """
    deadline = time.monotonic() + FIRST_FRAME_S
    while time.monotonic() < deadline:
        if frame := captured.take(0.1):
            return frame
        if capture.state in ("failed", "ended", "reconnecting"):
            break
    if capture.error:
        raise capture.error
    name = capture.source.name
    reason = capture.trouble.removeprefix(f"{name}: ") or f"nothing came in {FIRST_FRAME_S:g} s"
    raise LivebrushError(f"{name}: no frame to begin with: {reason}", code="unavailable")


def make_ready(
    frame: Frame,
    paint: PaintSettings,
    painter: Painter,
    sizer: NetSizer,
    deck: Deck,
) -> None:
    """Choose the net's size for frames like this one, and warm up every style at it.

    raises: LivebrushError when no style can paint it
    """
    times_s = []
    for _ in range(_TRIES):
        started = time.monotonic()
        painter.paint_when_ready(frame, paint)
        times_s.append(time.monotonic() - started)
    if painter.is_sized(paint):
        sizer.calibrate(sizer.scale(frame.pixels.shape[0], paint.net_size), min(times_s))
        painter.paint_when_ready(frame, paint)
    height, width = painter.net_size if any(painter.net_size) else frame.pixels.shape[:2]
    deck.warm_up(height, width)
    painter.restart()
