"""Pictures that a damaged video lacks: the steps between those that are there tell, where it keeps an even pace."""

from array import array
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import av
import numpy as np

_UNEVEN_SHARE = 0.02
"""of the steps, at most, in a video of an even pace; phones and screen recorders leave pictures out more often"""
_LEAST_STEPS = 10
_MISSING_UNHEARD = 3
"""pictures in a row; fewer are left out by recorders too, and there is no sound to tell by"""
_LONG_S = 1  # without a picture is worth a note, whatever the pace
_ROUNDING_S = Fraction(1, 1000)
_PAUSE_S = Fraction(1, 100)


class Hole(NamedTuple):
    """start, end: times of the pictures on both sides, s in the file's time; missing: pictures between them"""

    start: Fraction
    end: Fraction
    missing: int


class _Heard:
    """A track of sound: from where to where, and its pauses, in s."""

    def __init__(self, start: Fraction) -> None:
        self.start = self.end = start
        self.pauses: list[tuple[Fraction, Fraction]] = []

    def lacks(self, hole: Hole) -> bool | None:
        """Whether it pauses in the hole; None: it lies elsewhere."""
        if hole.start < self.start or hole.end > self.end:
            return None
        return any(start < hole.end and end > hole.start for start, end in self.pauses)


class Pace:
    """Times of all pictures and pauses of the sound of a video as it is read.

    tick: of the pictures' times, s
    """

    def __init__(self, tick: Fraction) -> None:
        self._tick = tick
        self._times = array("q")
        self._heard: dict[int, _Heard] = {}

    def see(self, pts: int) -> None:
        """A picture, in ticks, later than the one before."""
        self._times.append(pts)

    def hear(self, packet: av.Packet) -> None:
        """A packet of sound, in the order of the file."""
        if packet.pts is None or not packet.duration:
            return
        start = packet.pts * packet.time_base
        heard = self._heard.setdefault(packet.stream.index, _Heard(start))
        if start > heard.end + _PAUSE_S:
            heard.pauses.append((heard.end, start))
        heard.end = max(heard.end, start + packet.duration * packet.time_base)

    def missing(self, shown: Callable[[Fraction], Fraction]) -> str:
        """How many pictures are missing and where, or ""; nothing of videos of an uneven pace, or while sound goes on.

        shown: time in the file -> as a user is told it, s
        """
        holes = self._damaged()
        if not holes:
            return ""
        count = sum(hole.missing for hole in holes)
        return f"{count} {'frame is' if count == 1 else 'frames are'} missing {_where(holes, shown)}"

    def pauses(self, shown: Callable[[Fraction], Fraction]) -> str:
        """Where else there is no picture for longer than a second, or "". shown: as of `missing`"""
        damaged = {hole.start for hole in self._damaged()}
        long = [hole for hole in self._holes(_LONG_S / self._tick) if hole.start not in damaged]
        return f"there is no picture {_where(long, shown)}" if long else ""

    def _holes(self, above: float | Fraction, step: float = 0) -> list[Hole]:
        """Steps above so many ticks; step: ticks that there should be between two pictures, if that can be told."""
        times = np.frombuffer(self._times, np.int64)
        steps = np.diff(times)
        found = []
        for n in np.flatnonzero(steps > float(above)):
            start, end = (int(ticks) * self._tick for ticks in times[n : n + 2])
            found.append(Hole(start, end, round(steps[n] / step) - 1 if step else 0))
        return found

    def _damaged(self) -> list[Hole]:
        steps = np.diff(np.frombuffer(self._times, np.int64))
        if len(steps) < _LEAST_STEPS:
            return []
        usual, rounding = float(np.median(steps)), max(1, round(_ROUNDING_S / self._tick))
        is_even = np.abs(steps - usual) <= rounding
        if np.mean(~is_even) > _UNEVEN_SHARE:
            return []
        holes = self._holes(1.5 * usual + rounding, float(steps[is_even].mean()))
        heard = {hole: self._is_silent(hole) for hole in holes}
        is_damaged = any(
            silent or (silent is None and h.missing >= _MISSING_UNHEARD) for h, silent in heard.items()
        )
        return [hole for hole, silent in heard.items() if silent is not False] if is_damaged else []

    def _is_silent(self, hole: Hole) -> bool | None:
        """Whether sound pauses in a hole; None where there is none around it."""
        told = [lacks for track in self._heard.values() if (lacks := track.lacks(hole)) is not None]
        return any(told) if told else None


def _where(holes: list[Hole], shown: Callable[[Fraction], Fraction]) -> str:
    start, end = (float(shown(time)) for time in holes[0][:2])
    between = f"between {start:.2f} and {end:.2f} s"
    return between if len(holes) == 1 else f"in {len(holes)} places, first {between}"
