"""What is measured while it plays: frames a second, and seconds from capture to the screen."""

import statistics
import time
from collections import deque
from collections.abc import Callable


class RateMeter:
    """Events a second over the last two seconds; written by one thread, read by any."""

    WINDOW_S = 2.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=1000)
        self.count = 0

    def tick(self) -> None:
        self._times.append(self._clock())
        self.count += 1

    @property
    def rate_hz(self) -> float:
        """0 when nothing has happened for two seconds."""
        since = self._clock() - self.WINDOW_S
        recent = [moment for moment in tuple(self._times) if moment >= since]
        if len(recent) < 2:
            return 0.0
        return (len(recent) - 1) / max(recent[-1] - recent[0], 1e-9)


class Spread:
    """Median and tails of the last thousands of values, in seconds."""

    def __init__(self, kept: int = 4000) -> None:
        self._values: deque[float] = deque(maxlen=kept)

    def add(self, seconds: float) -> None:
        self._values.append(seconds)

    def percentile(self, share: float, last: int | None = None) -> float:
        """share: 0.5 for the median, 0.95, 0.99; last: of so many newest values only; 0 before the first value"""
        values = sorted(tuple(self._values)[-last:] if last else self._values)
        return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0

    @property
    def mean(self) -> float:
        return statistics.fmean(self._values) if self._values else 0.0
