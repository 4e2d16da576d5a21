"""How often somebody may ask."""

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_REMEMBERED = 10_000
"""addresses; of more, those not heard of the longest start anew"""


class RateLimit:
    """A token bucket for each key.

    rate_hz: how often a key may ask in the long run
    burst:   how often at once
    """

    def __init__(self, rate_hz: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_hz, self._burst, self._clock = rate_hz, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, key: str) -> bool:
        """Whether one more is allowed now; it counts where it is."""
        now = self._clock()
        left, since = self._left.pop(key, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._rate_hz)
        allowed = left >= 1
        self._left[key] = (left - allowed, now)
        while len(self._left) > _MOST_REMEMBERED:
            self._left.popitem(last=False)
        return allowed

    def wait_s(self, key: str) -> float:
        """Seconds until one more is allowed."""
        left, since = self._left.get(key, (float(self._burst), self._clock()))
        left += (self._clock() - since) * self._rate_hz
        return max(0.0, (1 - left) / self._rate_hz)
