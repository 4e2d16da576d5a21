"""The packets of the part of a file that is read, in one growing time, past whatever cannot be read."""

import math
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError

from livebrush.realtime.video.clip_range import ClipRange
from livebrush.realtime.video.media_file import first_video, open_media
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.timeline import Timeline

_TIMED = ("video", "audio", "subtitle", "data")
_GRACE_S = 1  # frames are stored out of order: read on past the end
_SOUND_GRACE_S = 30  # and sound may lie in the file long behind its picture
_LONGEST_SUBTITLE_S = 60
_READ_ERRORS = 100  # one behind the other, until a file counts as ended


_scanned: dict[tuple[Path, int, int], tuple[Fraction, bool]] = {}


def clock_jumps_before(path: Path, time: Fraction) -> bool:
    """Whether the clock of a file begins anew before it reaches a time: looked for packet by packet, once a file."""
    state = path.stat()
    key = (path.absolute(), state.st_mtime_ns, state.st_size)
    reached, jumps = _scanned.get(key, (Fraction(0), False))
    if jumps or reached >= time:
        return jumps
    with closing(open_media(path)) as container:
        timeline = Timeline(container)
        try:
            for packet in container.demux():
                timeline.place(packet)
                if timeline.jumps or (packet.dts is not None and packet.dts * packet.time_base > time):
                    break
        except (FFmpegError, OSError):
            pass  # damaged: what was seen tells enough
        _scanned[key] = (time, timeline.jumps > 0)
    return timeline.jumps > 0


NEAR_A_JOIN = 3
"""packets of a track that may come between one that is called damaged and the jump of the clock that explains it"""


class PacketReader:
    """Reads a file from somewhere before a part of it to the part's end.

    path: any file that FFmpeg reads; start_s, duration_s: the part, see ClipRange
    clock: gets the CPU time of the stage 'decode'
    part: instead of start_s and duration_s: the part itself
    raises: LivebrushError when the file cannot be read or holds no moving picture

    `stream` is the track that is painted. `damage` says what could not be read, or None.
    """

    def __init__(
        self,
        path: Path,
        start_s: float | None,
        duration_s: float | None,
        clock: StageClock,
        part: ClipRange | None = None,
    ) -> None:
        self.path, self._clock = path, clock
        self.damage: str | None = None
        self._corrupt = 0
        # By track: how often clocks had jumped at its last packet, and how long ago packets came that may be damaged
        self._jumps: dict[int, int] = {}
        self._doubtful: dict[int, list[int]] = {}
        self.container = open_media(path)
        self._beside: InputContainer | None = None
        try:
            self.stream = first_video(self.container)
            self.range = part or ClipRange.of(self.container, self.stream, start_s, duration_s)
        except BaseException:
            self.container.close()
            raise
        self.timeline = Timeline(self.container)

    def close(self) -> None:
        self.container.close()
        if self._beside:
            self._beside.close()

    def jump_to(self, back: Fraction) -> bool:
        """The next packets come from about `back` seconds before the part; False: from the beginning of the file."""
        if back:
            self._open_anew()
        self.timeline = Timeline(self.container)
        if self.range.begin is None:
            return False
        wanted = self.range.begin - back
        if wanted <= Fraction(self.container.start_time or 0, av.time_base):
            return False
        if self.timeline.may_jump and clock_jumps_before(self.path, self.range.begin):
            return False  # the same time comes more than once, and a jump finds any of them
        try:
            self.container.seek(
                math.ceil(wanted * av.time_base)
            )  # or one on a key frame finds the one before
        except (FFmpegError, OSError):  # a format without times, or a damaged one
            self._open_anew()
            return False
        return True

    def _open_anew(self) -> None:
        self.container.close()
        self.container = open_media(self.path)
        self.stream = first_video(self.container)

    @property
    def announced_end(self) -> Fraction | None:
        """Where the picture ends as the file says, in its own seconds; None when it does not say."""
        if self.stream.duration is not None:
            ticks = (self.stream.start_time or 0) + self.stream.duration
            return ticks * Fraction(self.stream.time_base or 1)
        if self.container.duration is not None:
            return Fraction((self.container.start_time or 0) + self.container.duration, av.time_base)
        return None

    @property
    def begins_after_end(self) -> bool:
        """Whether the part does, as the file says; where a clock may begin anew that means nothing."""
        end = self.announced_end
        return not self.timeline.may_jump and end is not None and (self.range.begin or 0) > end

    def read(self) -> Iterator[av.Packet]:
        """All tracks' packets, as stored, until picture and sound have reached the end of the part."""
        sound_behind = {stream.index: True for stream in self.container.streams.audio}
        past = False
        for packet in self._stored():
            if not packet.size:  # PyAV marks the end of every track so
                continue
            self.timeline.place(packet)
            self._watch(packet)
            if packet.stream.type == "audio" and packet.pts is not None:
                sound_behind[packet.stream.index] = not self._lies_past(packet.pts, packet)
            elif packet.stream is self.stream:
                if past and (
                    not any(sound_behind.values()) or self._lies_past(packet.dts, packet, _SOUND_GRACE_S)
                ):
                    return
                past = past or self._lies_past(packet.dts, packet, _GRACE_S)
                if past:
                    continue
            yield packet
        self._count_damaged(sum(map(len, self._doubtful.values())))

    def _watch(self, packet: av.Packet) -> None:
        """Count damaged packets, but none at a join: there a transport stream's counters jump as its clock does."""
        index, jumps = packet.stream.index, self.timeline.jumps
        jumped = jumps != self._jumps.get(index, jumps)
        ages = [] if jumped else [age + 1 for age in self._doubtful.get(index, [])]
        self._count_damaged(sum(age > NEAR_A_JOIN for age in ages))
        self._doubtful[index] = [age for age in ages if age <= NEAR_A_JOIN]
        if packet.is_corrupt and not jumped:
            self._doubtful[index].append(0)
        self._jumps[index] = jumps

    def _count_damaged(self, count: int) -> None:
        self._corrupt += count
        if self._corrupt:
            self.damage = f"{self._corrupt} damaged packet(s)"

    def subtitles_on_screen(self) -> list[av.Packet]:
        """Subtitles that began before the part and last into it, as if they began with it.

        They may be stored far ahead of the place that reading began at.
        """
        begin = self.range.begin
        if begin is None or not self.container.streams.subtitles:
            return []
        self._beside = beside = open_media(self.path)  # stays open: packets know their stream
        try:
            beside.seek(max(0, int((begin - _LONGEST_SUBTITLE_S) * av.time_base)))
            found = []
            for packet in beside.demux(*beside.streams.subtitles):
                if packet.pts is None or not packet.size:
                    continue
                base = packet.time_base
                starts = packet.pts * base
                if starts >= begin:
                    break
                if starts + (packet.duration or 0) * base > begin:
                    self.range.begin_with_part(packet)
                    found.append(packet)
        except (FFmpegError, OSError):
            return []
        return found

    def _stored(self) -> Iterator[av.Packet]:
        errors = 0
        while errors < _READ_ERRORS:
            try:
                for packet in self._demux():
                    errors = 0
                    yield packet
                return
            except InvalidDataError as error:
                errors += 1
                self.damage = f"a part of the file could not be read ({error.strerror})"
            except (FFmpegError, OSError) as error:
                self.damage = f"reading stopped early ({error.strerror})"
                return

    def _demux(self) -> Iterator[av.Packet]:
        packets = self.container.demux(*(s for s in self.container.streams if s.type in _TIMED))
        while True:
            with self._clock.stage("decode"):
                packet = next(packets, None)
            if packet is None:
                return
            yield packet

    def _lies_past(self, ticks: int | None, packet: av.Packet, grace_s: int = 0) -> bool:
        """Whether a packet's time lies so far behind the end of the part."""
        end = self.range.end
        return end is not None and ticks is not None and ticks * packet.time_base >= end + grace_s
