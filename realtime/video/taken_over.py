"""The packets of unfinished files, in the place of the pictures that they show."""

from collections.abc import Generator, Sequence
from contextlib import closing
from fractions import Fraction

import av

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.unfinished import Unfinished

_ROUNDING_S = Fraction(1, 100)
"""containers round times to their own ticks, GIF's the coarsest"""


class TakenOver:
    """Hands out the packets of files, one for each picture of the clip; as many come as they have pictures.

    parts: the files, each of which goes on where the one before ends
    time_base: of the packets that are handed out
    tick_s: to which the files' format rounds times; None: it keeps them
    last_s: how long the last picture is shown; None: others follow

    frames: how many pictures there are
    """

    def __init__(
        self,
        parts: Sequence[Unfinished],
        time_base: Fraction,
        tick_s: Fraction | None,
        last_s: Fraction | None = None,
    ) -> None:
        self.parts = parts
        self.frames = sum(part.frames for part in parts)
        self._time_base, self._tick_s, self._last_s = time_base, tick_s, last_s
        self._stored = self._packets()
        self._part: Unfinished | None = None
        self._moved = Fraction(0)

    def packet_for(self, picture: Picture) -> av.Packet:
        """The next packet, in the order of decoding; the picture is the next in the order of showing.

        raises: LivebrushError when a file has no picture at the picture's time
        """
        part, stored, packet = next(self._stored)
        time = picture.pts * picture.time_base
        if part is not self._part:
            self._part, self._moved = part, self._in_ticks(stored - time)
        if abs(time + self._moved - stored) > _ROUNDING_S:
            raise LivebrushError(
                f"{part.path}: its frames are not at the times of the source's",
                code="mismatch",
                remedy="begin_anew",
            )
        shown_s = (packet.duration or 0) * packet.time_base
        if self._last_s and part is self.parts[-1] and (packet.pts or 0) * packet.time_base == part.times[-1]:
            shown_s = self._last_s
        packet.duration = round(shown_s / self._time_base)
        packet.pts, packet.dts = (
            None if ticks is None else round((ticks * packet.time_base - self._moved) / self._time_base)
            for ticks in (packet.pts, packet.dts)
        )
        packet.time_base = self._time_base
        return packet

    def close(self) -> None:
        """Closes the files."""
        self._stored.close()

    def _packets(self) -> Generator[tuple[Unfinished, Fraction, av.Packet]]:
        """What each file has: its times in the order of showing, beside its packets in the order of decoding."""
        for part in self.parts:
            with closing(part.packets()) as packets:
                for time, packet in zip(part.times, packets, strict=True):
                    yield part, time, packet

    def _in_ticks(self, moved: Fraction) -> Fraction:
        """Matroska moves all times where sound begins before 0, by whole ticks; MP4 rounds where a file begins."""
        return round(moved / self._tick_s) * self._tick_s if self._tick_s else moved
