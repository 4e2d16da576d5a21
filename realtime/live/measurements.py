"""What is measured while a session runs, for its state, and for the line at the end."""

import time
from dataclasses import dataclass

from livebrush.realtime.live.capture import Capture
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.paint_loop import PaintLoop
from livebrush.realtime.live.rates import RateMeter, Spread


@dataclass(frozen=True)
class LiveReport:
    """What a session did; the spreads are in seconds.

    latency_s: from capture to the screen, or to the outputs where there is no window
    net_s, paint_s, between_s: see PaintLoop
    """

    seconds: float
    captured: int
    shown: int
    dropped: int
    latency_s: Spread
    net_s: Spread
    paint_s: Spread
    between_s: Spread


class Measurements:
    """Counts and times of a running session.

    capture: may be replaced while it runs, by `captured_by`
    waiting: holds frames until they are painted; unseen: holds painted ones until they are shown
    """

    def __init__(
        self, capture: Capture, loop: PaintLoop, waiting: Mailbox[Frame], unseen: Mailbox[PaintedFrame]
    ) -> None:
        self._capture, self._loop, self._waiting, self._unseen = capture, loop, waiting, unseen
        self._shown, self._latency_s = RateMeter(), Spread()
        self._started_s: float | None = None
        self._stopped_s: float | None = None
        # What counts is what came and was dropped since: negative for what earlier captures had
        self._came_before = self._skipped_before = self._dropped_before = 0

    def start(self) -> None:
        """What came before, while styles were loaded, does not count."""
        self._started_s = time.monotonic()
        # The first frame is still to be shown
        self._came_before = max(0, self._capture.frames + self._capture.source.skipped - 1)
        self._skipped_before = self._capture.source.skipped
        self._dropped_before = self._replaced

    def stop(self) -> None:
        self._stopped_s = self._stopped_s or time.monotonic()

    def captured_by(self, capture: Capture) -> None:
        """Another source is captured from now on."""
        self._came_before -= self._capture.frames + self._capture.source.skipped
        self._skipped_before -= self._capture.source.skipped
        self._capture = capture

    def shown(self, painted: PaintedFrame) -> None:
        """A frame is on the screen, or was handed to the outputs where nobody watches."""
        self._shown.tick()
        self._latency_s.add(time.monotonic() - painted.frame.captured_s)

    @property
    def seconds(self) -> float:
        """From the start to the end, or until now; 0 before the start."""
        if self._started_s is None:
            return 0.0
        return (self._stopped_s or time.monotonic()) - self._started_s

    @property
    def shown_hz(self) -> float:
        return self._shown.rate_hz

    @property
    def captured_hz(self) -> float:
        return self._capture.rate_hz

    @property
    def latency_ms(self) -> float:
        """Of the last second or so."""
        return 1e3 * self._latency_s.percentile(0.5, last=30)

    @property
    def dropped(self) -> int:
        """Frames that came and were not shown: late, or replaced by a newer one while the net was busy."""
        return self._replaced - self._dropped_before + self._capture.source.skipped - self._skipped_before

    @property
    def came(self) -> int:
        """Frames that the source had, those among them that it left out itself because they were late."""
        return self._capture.frames + self._capture.source.skipped - self._came_before

    @property
    def _replaced(self) -> int:
        return self._waiting.dropped + self._unseen.dropped

    def report(self) -> LiveReport:
        loop = self._loop
        return LiveReport(
            self.seconds, self.came, self._shown.count, self.dropped,
            self._latency_s, loop.net_s, loop.paint_s, loop.between_s,
        )  # fmt: skip
