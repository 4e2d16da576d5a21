"""The time of a video that plays, and which of its pictures are too late to be shown."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

_REMEMBERED = 4000  # changes: a sound card that nudges the clock makes a hundred a second


class Played(NamedTuple):
    """A stretch of a video that was played in one piece.

    from_s, until_s: when, in seconds of the clock; position_s: from where in the video
    """

    from_s: float
    until_s: float
    position_s: float


@dataclass(frozen=True, slots=True)
class _Mark:
    """How it went on from a moment: from so many seconds played, or not at all.

    starts: (played_s, position_s) of starts over, the first for what was played before them
    """

    at_s: float
    played_s: float
    runs: bool
    starts: deque[tuple[float, float]]

    def until(self, end_s: float) -> Iterator[Played]:
        begin, end = self.played_s, self.played_s + end_s - self.at_s
        if not self.runs or end <= begin:
            return
        ends = [*[played_s for played_s, _ in self.starts][1:], math.inf]
        for (started, position_s), over in zip(self.starts, ends, strict=True):
            first, last = max(begin, started), min(end, over)
            if first < last:
                shift_s = self.at_s - begin
                yield Played(first + shift_s, last + shift_s, position_s + first - started)


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
        self._starts = deque([self._run], _REMEMBERED)
        self._marks: deque[_Mark] = deque(maxlen=_REMEMBERED)
        self._mark()

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
            now = self._clock()
            self._played_s, self._since_s = self._at(now), now
            if paused != self._paused:
                self._paused = paused
                self._mark()

    def jump_to(self, position_s: float) -> None:
        """Go on from there; what was played and the announced starts over are forgotten."""
        with self._lock:
            self._played_s, self._since_s = position_s, self._clock()
            self._loops.clear()
            self._run = (0.0, 0.0)
            self._starts = deque([self._run], _REMEMBERED)
            self._mark()

    def loop_at(self, played_s: float, position_s: float = 0.0) -> None:
        """When `played_s` is reached the video goes on at `position_s`; several may be announced, in order."""
        with self._lock:
            self._loops.append((played_s, position_s))
            self._starts.append((played_s, position_s))

    def nudge(self, seconds: float) -> None:
        """Put it right by a little, forwards or (negative) backwards."""
        with self._lock:
            now = self._clock()
            self._played_s, self._since_s = self._at(now) + seconds, now
            self._mark()

    def reached_s(self, played_s: float) -> float:
        """When so many seconds had been played, on the clock; now where they have not yet."""
        with self._lock:
            now = self._clock()
            return now - max(0.0, self._at(now) - played_s)

    def take_played(self) -> list[Played]:
        """What was played since the last call, up to now, in order: every moment is told once."""
        with self._lock:
            now = self._clock()
            marks = list(self._marks)
            ends = [mark.at_s for mark in marks[1:]] + [now]
            played = [part for mark, end_s in zip(marks, ends, strict=True) for part in mark.until(end_s)]
            self._played_s, self._since_s = self._at(now), now
            while len(self._starts) > 1 and self._starts[1][0] <= self._played_s:
                self._starts.popleft()
            self._marks.clear()
            self._mark()
            return played

    def _mark(self) -> None:
        self._marks.append(_Mark(self._since_s, self._played_s, not self._paused, self._starts))

    def _now_s(self) -> float:
        return self._at(self._clock())

    def _at(self, now: float) -> float:
        return self._played_s if self._paused else self._played_s + now - self._since_s


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
