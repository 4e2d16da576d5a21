"""The part of a clip that is read, and where its timestamps land in the output."""

import math
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
from av.container import InputContainer

from livebrush.models.errors import LivebrushError

if TYPE_CHECKING:
    from av.container.core import Chapter

_LEAD_S = 1
_RUN_UP_S = Fraction(1, 20)
_LATE_START_S = 1  # clips that start later (broadcasts, fragments) move to 0; a smaller offset is kept


class ClipRange:
    """A part of a clip, in the clip's own time.

    start_s, duration_s: seconds from the clip's beginning; None: from the start, to the end
    origin, first_picture: when the clip begins, and when its picture track does, in seconds
    raises: LivebrushError for times that are not 0 or more

    zero: the time that start_s is counted from
    begin, end: seconds as Fraction, or None where the clip is not cut
    shift: seconds that are subtracted from every timestamp, the same for all tracks
    keeps_place: whether it is a part that does not begin at 0, see `in_place`
    """

    def __init__(
        self,
        start_s: float | None,
        duration_s: float | None,
        origin: Fraction = Fraction(0),
        first_picture: Fraction = Fraction(0),
    ) -> None:
        for name, value in (("start", start_s), ("duration", duration_s)):
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise LivebrushError(f"{name} must be seconds, 0 or more, got {value}", code="invalid")
        if duration_s == 0:
            raise LivebrushError(
                "duration must be more than 0 seconds: nothing would be painted", code="invalid"
            )
        # Sound that starts a little before the picture does not move the count
        zero = max(first_picture if first_picture - origin < _LEAD_S else origin, Fraction(0))
        self.zero = zero
        self.begin = zero + _exact(start_s) if start_s else None
        self.end = (self.begin or zero) + _exact(duration_s) if duration_s is not None else None
        # Players show no picture from before 0
        self.shift = origin if abs(origin) >= _LATE_START_S else min(Fraction(0), first_picture)
        self.keeps_place = False

    @classmethod
    def of(
        cls,
        container: InputContainer,
        picture: av.VideoStream,
        start_s: float | None,
        duration_s: float | None,
    ) -> "ClipRange":
        """A part of a file. picture: the track that is painted"""
        origin = Fraction(container.start_time or 0, av.time_base)
        return cls(start_s, duration_s, origin, (picture.start_time or 0) * Fraction(picture.time_base or 1))

    @classmethod
    def in_place(cls, begin: Fraction | None, end: Fraction | None, shift: Fraction) -> "ClipRange":
        """A part whose pictures keep their times in the whole clip, which is shifted by so much."""
        part = cls(None, None)
        part.begin, part.end, part.shift, part.keeps_place = begin, end, shift, True
        return part

    @property
    def whole(self) -> bool:
        """Whether the clip is read from its first frame to its last."""
        return self.begin is None and self.end is None

    def start_at(self, time: Fraction) -> None:
        """Makes the first frame of a cut clip time 0, unless it keeps its place."""
        if self.begin is not None and not self.keeps_place:
            self.begin = self.shift = time

    def contains(self, time: Fraction) -> bool:
        """Whether something that starts at this time is read."""
        return (self.begin is None or time >= self.begin) and (self.end is None or time < self.end)

    def shifted(self, ticks: int, time_base: Fraction) -> int:
        """A timestamp in the output, in the same ticks."""
        return ticks - round(self.shift / time_base)

    def unshifted(self, ticks: int, time_base: Fraction) -> int:
        """A timestamp in the file, of one in the output, in the same ticks."""
        return ticks + round(self.shift / time_base)

    def shifted_time(self, time: Fraction) -> Fraction:
        """A time in the output, in seconds."""
        return time - self.shift

    def place(self, packet: av.Packet) -> bool:
        """Moves a copied packet to its time in the output; False when it lies outside the part.

        Sound is cut where a packet starts; a subtitle that is on screen at the end is shortened.
        """
        if packet.pts is None or packet.dts is None:
            return False
        base = packet.time_base
        if not self.contains(packet.pts * base) or self._is_trimmed(packet):
            return False
        if packet.stream.type == "subtitle" and packet.duration and self.end is not None:
            packet.duration = min(packet.duration, max(1, math.floor(self.end / base) - packet.pts))
        packet.pts, packet.dts = self.shifted(packet.pts, base), self.shifted(packet.dts, base)
        return True

    def _is_trimmed(self, packet: av.Packet) -> bool:
        """Whether an edit list leaves it out: formats without such lists would bring it back.

        What lies just before the beginning stays: decoders start from it.
        """
        ends = ((packet.pts or 0) + (packet.duration or 0)) * packet.time_base
        return packet.is_discard and ends < -_RUN_UP_S

    def begin_with_part(self, packet: av.Packet) -> None:
        """Shortens a subtitle that began earlier."""
        if self.begin is None or packet.pts is None:
            return
        ends = packet.pts + (packet.duration or 0)
        packet.pts = packet.dts = math.ceil(self.begin / packet.time_base)
        packet.duration = max(1, ends - packet.pts)

    def chapters(self, container: InputContainer) -> "list[Chapter]":
        """The container's chapters in output time, cut to the part."""
        kept = []
        for chapter in container.chapters():
            base = Fraction(chapter["time_base"] or Fraction(1, 1000))
            start, end = chapter["start"], chapter["end"]
            if self.begin is not None:
                start = max(start, round(self.begin / base))
            if self.end is not None:
                end = min(end, round(self.end / base))
            if start < end:
                times = {
                    "start": self.shifted(start, base),
                    "end": self.shifted(end, base),
                    "time_base": base,
                }
                kept.append(cast("Chapter", chapter | times))
        return kept


def _exact(seconds: float) -> Fraction:
    return Fraction(seconds).limit_denominator(10**6)
