"""A folder that films come into: which of them have stopped growing."""

from collections.abc import Sequence

from livebrush.realtime.batch.footage import Film

RESTS_S = 5.0
"""how long a film's size and time must have stayed as they are: copies over a network pause, too"""


class HotFolder:
    """rests_s: how long a film must have been left alone"""

    def __init__(self, rests_s: float = RESTS_S) -> None:
        self._rests_s = rests_s
        self._since: dict[str, tuple[Film, float]] = {}

    def resting(self, films: Sequence[Film], now_s: float) -> list[Film]:
        """Those of the films that are found now that nobody writes any more. now_s: by a monotonic clock"""
        before = self._since
        self._since = {}
        for film in films:
            seen, since_s = before.get(film.source, (film, now_s))
            self._since[film.source] = (film, since_s if seen == film else now_s)
        return [
            film for film, since_s in self._since.values() if film.size and now_s - since_s >= self._rests_s
        ]
