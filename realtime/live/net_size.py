"""The size of the copy that the net paints: a share of the frame's height that keeps the pace."""

import statistics
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

from livebrush.realtime.live.settings import NET_SCALES

NetSize = int | Literal["auto", "full"]

ROOM = 0.85  # a rung is taken when its frames should need no more than this share of the interval
LATE = 0.97  # and left when they need more than this; what lies between keeps the two from taking turns
WINDOW_S, FEWEST = 0.5, 5  # what is judged: the frames of the last half second, and at least this many
SETTLE_S = 0.3  # nothing is judged sooner after a change
UP_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0
HELD_S = 20.0  # a step up that lasts this long was right
FASTER = 0.8  # a machine that needs less than this share of the seconds is another machine

# The share of a full-size frame's time that does not shrink with the picture: margins, calls. Where a run starts
FIXED_SHARE = 0.08


class NetSizer:
    """Picks the scale that the net runs at: the largest rung of a ladder that holds the target rate with room.

    target_hz:  frames a second to keep up with; may be set at any time
    scales:     the rungs, shares of the frame's height, rising to 1
    waits:      judge nothing: what frames take now is no measure, as something else is at work that will soon be done

    Seconds a frame are taken to be a + b * pixels. The level follows the median of the last half second, so that a
    single slow frame counts for nothing; the share of a is learned whenever the rung changes. Down at once and as far
    as needed; up one rung at a time, after two seconds in which it would have fitted. Each step up that has to be
    taken back doubles that wait.
    """

    def __init__(
        self,
        target_hz: float,
        scales: Sequence[float] = NET_SCALES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.target_hz, self.waits = target_hz, False
        self._scales, self._clock = tuple(scales), clock
        self._rung = len(self._scales) // 2
        self._frame_height = 0
        self._full_s: float | None = None  # a + b * pixels at scale 1
        self._fixed_share = FIXED_SHARE
        self._recent: deque[tuple[float, float]] = deque()
        self._watched: float | None = None  # the scale that `_recent` is about
        self._watched_from_s = 0.0
        self._before: tuple[float, float] | None = None  # scale and seconds before the scale changed
        self._fits_since_s: float | None = None
        self._up_wait_s = UP_WAIT_S
        self._stepped_up_s: float | None = None
        # Where the last step up began, and the last that failed: rung, and seconds there
        self._tried = self._failed = (-1, 0.0)

    @property
    def target_hz(self) -> float:
        return self._target_hz

    @target_hz.setter
    def target_hz(self, target_hz: float) -> None:
        if not target_hz > 0:
            raise ValueError(f"target_hz must be above 0, got {target_hz}")
        self._target_hz = target_hz

    def scale(self, frame_height: int, net_size: NetSize) -> float:
        """The share of the frame's height to paint at, above 0 and at most 1.

        net_size: as in PaintSettings; a height above the frame's gives 1
        """
        if frame_height != self._frame_height:
            self._new_height(frame_height)
        if net_size == "full":
            return 1.0
        if net_size == "auto":
            return self._scales[self._rung]
        return min(1.0, max(1, net_size) / frame_height)

    def calibrate(self, scale: float, paint_s: float) -> None:
        """Start from one measurement after a warm-up, or start again: another style, another device."""
        self._full_s = paint_s / self._relative(scale)
        self._up_wait_s = UP_WAIT_S
        self._choose()

    def observed(self, scale: float, paint_s: float) -> None:
        """After each frame.

        scale:   what it was painted at, as `scale` gave it
        paint_s: what has to fit into the interval: the net, and whatever the same thread does around it
        """
        now_s = self._clock()
        if self.waits or scale != self._watched:
            # The first frame of a size is not counted: the net gets its memory ready
            self._watch(scale, now_s)
            return
        self._recent.append((now_s, paint_s))
        while len(self._recent) > FEWEST and self._recent[0][0] < now_s - WINDOW_S:
            self._recent.popleft()
        if len(self._recent) < 3 or now_s - self._watched_from_s < SETTLE_S:
            return
        median_s = self._median_s()
        if self._before and len(self._recent) >= FEWEST:
            self._learn_fixed_share(*self._before, scale, median_s)
            self._before = None
        self._full_s = median_s / self._relative(scale)
        if scale == self._scales[self._rung]:
            self._adapt(now_s, median_s)

    def has_time_for_two(self) -> bool:
        """Whether two paintings of the size last painted fit into an interval; False before any were observed."""
        if self._full_s is None or self._watched is None:
            return False
        return 2 * self._full_s * self._relative(self._watched) <= LATE / self._target_hz

    def next_smaller(self, current: NetSize) -> NetSize:
        """One rung down, as a height of the last frame; from "auto", down from what it uses now."""
        if not self._frame_height:
            return current
        height = self._height(current)
        below = [rung for rung in self._heights() if rung < height]
        return below[-1] if below else current

    def next_larger(self, current: NetSize) -> NetSize:
        """One rung up; the frame's own height is "full", and after "full" comes "auto"."""
        if current == "full":
            return "auto"
        if not self._frame_height:
            return current
        height = self._height(current)
        above = [rung for rung in self._heights() if height < rung < self._frame_height]
        return above[0] if above else "full"

    def _heights(self) -> list[int]:
        return [max(1, round(scale * self._frame_height)) for scale in self._scales]

    def _height(self, net_size: NetSize) -> int:
        if net_size == "full":
            return self._frame_height
        return self._heights()[self._rung] if net_size == "auto" else net_size

    def _relative(self, scale: float) -> float:
        """The time at a scale, as a share of the time at full size."""
        return self._fixed_share + (1 - self._fixed_share) * scale**2

    def _fits(self, rung: int) -> bool:
        """Whether the rung exists and holds the rate with room."""
        if rung >= len(self._scales) or self._full_s is None:
            return False
        return self._full_s * self._relative(self._scales[rung]) <= ROOM / self._target_hz

    def _median_s(self) -> float:
        return statistics.median(paint_s for _, paint_s in self._recent)

    def _watch(self, scale: float, now_s: float) -> None:
        if self._watched is not None and len(self._recent) >= FEWEST:
            self._before = self._watched, self._median_s()
        self._recent.clear()
        self._watched, self._watched_from_s = scale, now_s
        self._fits_since_s = None

    def _learn_fixed_share(self, scale0: float, seconds0: float, scale1: float, seconds1: float) -> None:
        """Solve seconds = full * (share + (1 - share) * scale^2) for the share; half of it is believed."""
        numerator = seconds0 * scale1**2 - seconds1 * scale0**2
        denominator = seconds1 * (1 - scale0**2) - seconds0 * (1 - scale1**2)
        if abs(scale1 - scale0) < 0.02 or abs(denominator) < 1e-9:
            return
        share = min(max(numerator / denominator, 0.0), 0.6)
        self._fixed_share = (self._fixed_share + share) / 2

    def _adapt(self, now_s: float, median_s: float) -> None:
        if self._stepped_up_s is not None and now_s - self._stepped_up_s >= HELD_S:
            self._stepped_up_s = None
            if self._tried[0] == self._failed[0]:
                self._up_wait_s = max(UP_WAIT_S, self._up_wait_s / 2)
        if median_s > LATE / self._target_hz:
            self._step_down()
        elif not self._fits(self._rung + 1):
            self._fits_since_s = None
        elif self._fits_since_s is None:
            self._fits_since_s = now_s
        elif now_s - self._fits_since_s >= self._wait_s(median_s):
            self._tried, self._stepped_up_s, self._fits_since_s = (self._rung, median_s), now_s, None
            self._rung += 1

    def _wait_s(self, median_s: float) -> float:
        """How long the next rung must have fitted; one that failed waits longer, on a machine as slow as then."""
        failed_rung, failed_s = self._failed
        if self._rung != failed_rung:
            return UP_WAIT_S
        if median_s < FASTER * failed_s:
            self._up_wait_s = UP_WAIT_S
        return self._up_wait_s

    def _step_down(self) -> None:
        if self._stepped_up_s is not None:
            self._failed, self._stepped_up_s = self._tried, None
            self._up_wait_s = min(2 * self._up_wait_s, LONGEST_WAIT_S)
            self._rung = self._failed[0]  # that one did hold the rate
            return
        self._rung = max((rung for rung in range(self._rung) if self._fits(rung)), default=0)

    def _choose(self) -> None:
        self._rung = max((rung for rung in range(len(self._scales)) if self._fits(rung)), default=0)
        self._recent.clear()
        self._watched, self._before, self._stepped_up_s = None, None, None

    def _new_height(self, frame_height: int) -> None:
        """Other frames, other times: b * pixels grows with the square of the height."""
        if self._frame_height and self._full_s is not None:
            fixed_s = self._full_s * self._fixed_share
            self._full_s = fixed_s + (self._full_s - fixed_s) * (frame_height / self._frame_height) ** 2
            self._fixed_share = fixed_s / self._full_s
            self._choose()
        self._frame_height = frame_height
