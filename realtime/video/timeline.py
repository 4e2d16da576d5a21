"""Times that go on where a file's own begin anew: joined recordings, broadcasts, clocks that wrap."""

from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer

_TS_DISCONT = 0x0200  # AVFMT_TS_DISCONT: formats whose clocks may jump
_PAUSE_S = 10
"""a longer step forward is a jump of the clock, as FFmpeg's own program counts it"""
_BACK_S = Fraction(1, 2)
"""a shorter step back is what FFmpeg guesses wrongly behind a seek"""
_TOGETHER_S = 5
"""tracks that land so near to their own end belong to the same part"""


@dataclass
class _Track:
    """One track so far.

    part:   where it is now
    stored: the last packet's own decoding time, s
    end:    where it ends on the timeline, decoded, s
    shown:  where it ends on the timeline, as it is shown, s
    """

    part: int
    stored: Fraction
    end: Fraction
    shown: Fraction


class Timeline:
    """Gives the packets of a file one growing time.

    Where the clock of a track jumps, a new part begins. It is moved to the end of what came before, all of its tracks
    alike, so that picture and sound stay together. Files whose format knows no jumps are left as they are.
    """

    def __init__(self, container: InputContainer) -> None:
        self.may_jump = bool(container.format.flags & _TS_DISCONT)
        self._offsets = [Fraction(0)]
        self._tracks: dict[int, _Track] = {}

    @property
    def jumps(self) -> int:
        """How often the clock began anew."""
        return len(self._offsets) - 1

    def place(self, packet: av.Packet) -> None:
        """Moves the packet's times; call it for every packet in the order of the file."""
        if not self.may_jump or packet.dts is None:
            return
        part = self.jumps  # of subtitles and data, which are too rare to tell a jump by
        if packet.stream.type in ("video", "audio"):
            part = self._follow(packet.stream.index, packet.dts * packet.time_base, packet)
        ticks = round(self._offsets[part] / packet.time_base)
        packet.dts += ticks
        if packet.pts is not None:
            packet.pts += ticks

    def _follow(self, index: int, stored: Fraction, packet: av.Packet) -> int:
        """The part that the packet belongs to."""
        track = self._tracks.get(index)
        part = track.part if track else self.jumps
        if track and not track.end - _BACK_S <= stored + self._offsets[part] <= track.end + _PAUSE_S:
            part = self._part_behind_jump(track, stored, packet)
        length = (packet.duration or 0) * packet.time_base
        if not length and track and part == track.part:
            length = max(stored - track.stored, Fraction(0))
        offset = self._offsets[part]
        shown = self._shown(packet, stored) + offset + length
        if track and part == track.part:
            shown = max(shown, track.shown)
        self._tracks[index] = _Track(part, stored, stored + offset + length, shown)
        return part

    @staticmethod
    def _shown(packet: av.Packet, stored: Fraction) -> Fraction:
        return stored if packet.pts is None else packet.pts * packet.time_base

    def _part_behind_jump(self, track: _Track, stored: Fraction, packet: av.Packet) -> int:
        """A part that another track has begun already, or a new one at the end of everything."""
        for part in range(track.part + 1, len(self._offsets)):
            if abs(stored + self._offsets[part] - track.end) <= _TOGETHER_S:
                return part
        end = max(other.shown for other in self._tracks.values())
        self._offsets.append(end - self._shown(packet, stored))
        return self.jumps
