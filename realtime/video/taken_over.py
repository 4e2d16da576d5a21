"""The packets of an unfinished file, in the place of the pictures that they show."""

from fractions import Fraction

import av

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.unfinished import Unfinished

_ROUNDING_S = Fraction(1, 100)
"""containers round times to their own ticks, GIF's the coarsest"""


class TakenOver:
    """Hands out an unfinished file's packets, one for each picture of the clip; as many come as it has pictures.

    time_base: of the packets that are handed out
    """

    def __init__(self, unfinished: Unfinished, time_base: Fraction) -> None:
        self._unfinished, self._time_base = unfinished, time_base
        self._times = iter(unfinished.times)
        self._packets = unfinished.packets()
        self._moved: Fraction | None = None

    def packet_for(self, picture: Picture) -> av.Packet:
        """The next packet, in the order of decoding; the picture is the next in the order of showing.

        raises: LivebrushError when the file has no picture at the picture's time
        """
        time, stored = picture.pts * picture.time_base, next(self._times)
        if self._moved is None:  # Matroska moves all times where sound begins before 0
            self._moved = stored - time
        if abs(time + self._moved - stored) > _ROUNDING_S:
            raise LivebrushError(
                f"{self._unfinished.path}: its frames are not at the times of the source's",
                code="mismatch",
                remedy="begin_anew",
            )
        packet = next(self._packets)
        packet.pts, packet.dts = (
            None if ticks is None else round((ticks * packet.time_base - self._moved) / self._time_base)
            for ticks in (packet.pts, packet.dts)
        )
        packet.time_base = self._time_base
        return packet

    def close(self) -> None:
        """Closes the file."""
        self._packets.close()
