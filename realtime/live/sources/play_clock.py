"""The time of a video that plays, and which of its pictures are too late to be shown."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable


class PlayClock:
    """Where in a video the playing is; it runs from the start, at 0. Any thread may ask and change it.

    clock: seconds of a clock that only grows

    `played_s` grows on when a video starts over, so that what is due has one order; `position_s` is where in the video
    that is. They differ only by what `loop_at` announced since the last `jump_to`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._played_s, self._since_s = 0.0, clock()
        self._paused = False
        self._loops: deque[tuple[float, float]] = deque()  # (played_s, position_s) of starts over
        self._run = (0.0, 0.0)  # the start over that is playing

    @property
    def played_s(self) -> float:
        """Seconds, counted on over every start over."""
        with self._lock:
            return self._now_s()

    @property
    def position_s(self) -> float:
        """Seconds in the video."""
        with self._lock:
            played_s = self._now_s()
            while self._loops and self._loops[0][0] <= played_s:
                self._run = self._loops.popleft()
            started_s, position_s = self._run
            return position_s + max(0.0, played_s - started_s)

    @property
    def paused(self) -> bool:
        with self._lock:
            return self._paused

    def pause(self, paused: bool) -> None:
        """Stop, or run on from where it stopped."""
        with self._lock:
            self._played_s, self._since_s = self._now_s(), self._clock()
            self._paused = paused

    def jump_to(self, position_s: float) -> None:
        """Go on from there; what was played and the announced starts over are forgotten."""
        with self._lock:
            self._played_s, self._since_s = position_s, self._clock()
            self._loops.clear()
            self._run = (0.0, 0.0)

    def loop_at(self, played_s: float, position_s: float = 0.0) -> None:
        """When `played_s` is reached the video goes on at `position_s`; several may be announced, in order."""
        with self._lock:
            self._loops.append((played_s, position_s))

    def nudge(self, seconds: float) -> None:
        """Put it right by a little, forwards or (negative) backwards."""
        with self._lock:
            self._played_s += seconds

    def _now_s(self) -> float:
        return self._played_s if self._paused else self._played_s + self._clock() - self._since_s


class Pace:
    """When the pictures of a video are shown, and which are left out, by its clock.

    clock: the video's; only this stops and sets it
    now:   seconds of a clock that only grows

    A picture that is late by more than the time it lasts is left out; where none comes in time, five a second are
    shown all the same. Where they are more than a second late the clock waits until they are in time again, and
    after a jump until the first one is there.
    """

    SHOWN_EVERY_S = 0.2
    LAG_S = 1.0
    EARLY_S = 0.001  # due within this is due: waits are no more exact

    def __init__(self, clock: PlayClock, now: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._now = clock, now
        self._paused = self._fresh = self._lagging = False
        self._shown_at_s, self._shown_until_s = -math.inf, 0.0

    def pause(self, paused: bool) -> None:
        """Show nothing, but after a jump the first picture."""
        self._paused = paused
        self._hold()

    def jump_to(self, position_s: float) -> None:
        """Go on from there when a picture is there."""
        self._fresh, self._lagging = True, False
        self._hold()
        self._clock.jump_to(position_s)

    def until_due_s(self, due_s: float) -> float:
        """Seconds to wait for a picture; 0 or less: it is due."""
        if self._fresh:
            return 0.0
        return math.inf if self._paused else due_s - self._clock.played_s - self.EARLY_S

    def until_over_s(self) -> float:
        """Seconds to wait until the picture that is shown has lasted as long as it should."""
        return self.until_due_s(self._shown_until_s)

    def leaves_out(self, due_s: float, lasts_s: float, more: bool) -> bool:
        """Whether a picture is too late to be shown. more: the one after it is there already."""
        if self._paused or self._fresh:
            return False
        late_s = self._clock.played_s - due_s
        in_time = late_s <= lasts_s
        self._lagging = not in_time and (self._lagging or late_s > self.LAG_S)
        self._hold()
        return not in_time and (more or self._now() - self._shown_at_s < self.SHOWN_EVERY_S)

    def shows(self, due_s: float, lasts_s: float) -> bool:
        """A picture is shown. True where the clock had to be set back to it: after a jump behind the last picture."""
        self._shown_at_s, self._shown_until_s = self._now(), due_s + lasts_s
        set_back = self._fresh and due_s < self._clock.played_s
        if set_back:
            self._clock.jump_to(due_s)
        self._fresh = False
        self._hold()
        return set_back

    def _hold(self) -> None:
        self._clock.pause(self._paused or self._fresh or self._lagging)
