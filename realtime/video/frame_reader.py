"""The decoded frames of a part of a video, and between them the packets of its other tracks."""

import itertools
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.clip_range import ClipRange
from livebrush.realtime.video.deinterlace import Deinterlacer
from livebrush.realtime.video.media_file import is_cover, open_decoder, shown_name
from livebrush.realtime.video.network_packets import packet_reader
from livebrush.realtime.video.stage_clock import StageClock

_FIRST_STEP_BACK_S = 1


class FrameReader:
    """Decodes the first video track of a file.

    path: any file that FFmpeg reads
    start_s, duration_s: the part to read
    clock: gets the CPU time of the stage 'decode'
    deinterlace: make whole pictures of frames that are marked as interlaced
    part: instead of start_s and duration_s: the part itself
    raises: LivebrushError when the file is missing, unreadable, or holds no video frame

    first: the first frame of the part
    range: the part, in the file's own time
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        start_s: float | None,
        duration_s: float | None,
        clock: StageClock,
        deinterlace: bool,
        part: ClipRange | None = None,
    ) -> None:
        self._clock, self._deinterlace = clock, deinterlace
        self._errors, self._decoder_said, self._cut_short = 0, "", ""
        self._packets = packet_reader(Path(path), start_s, duration_s, clock, part)
        self.range: ClipRange = self._packets.range
        try:
            with clock.adopt("decode"):
                self.first = self._find_first()
        except BaseException:
            self.close()
            raise

    @property
    def container(self) -> InputContainer:
        """The opened file."""
        return self._packets.container

    @property
    def stream(self) -> av.VideoStream:
        """The track that is decoded."""
        return self._packets.stream

    @property
    def decoder_name(self) -> str:
        """FFmpeg's name of what decodes it."""
        return self._decoder.name

    @property
    def time_base(self) -> Fraction:
        """One tick of the frames' times, in seconds."""
        return Fraction(self.stream.time_base or Fraction(1, 90000))

    @property
    def rate(self) -> Fraction:
        """Frames a second, on average where they vary."""
        return self.stream.average_rate or self.stream.guessed_rate or Fraction(25)

    @property
    def covers(self) -> dict[int, bytes]:
        """Cover pictures as stored (JPEG, PNG), by track number. FFmpeg hands them out before all else."""
        return {packet.stream.index: bytes(packet) for packet in self._early if is_cover(packet.stream)}

    @property
    def announced_end(self) -> Fraction | None:
        """Where the picture ends as the file says, in its own seconds; None when it does not say."""
        return self._packets.announced_end

    @property
    def deinterlaces(self) -> bool:
        """Whether interlaced frames are made whole."""
        return self._deinterlacer is not None

    @property
    def deinterlaced(self) -> bool:
        """Whether some were, of those that were read."""
        return self._deinterlacer is not None and self._deinterlacer.seen

    @property
    def clock_jumps(self) -> int:
        """How often the file's clock began anew, in what was read."""
        return self._packets.timeline.jumps

    @property
    def damage(self) -> str:
        """What was wrong with what has been read so far; "" for nothing."""
        skipped = f"{self._errors} damaged packet(s) skipped ({self._decoder_said})" if self._errors else ""
        return "; ".join(filter(None, (self._cut_short, skipped, self._packets.damage)))

    def time(self, frame: av.VideoFrame) -> Fraction:
        """When a frame is shown, in the file's own time, in seconds."""
        return (frame.pts or 0) * self.time_base

    def read(self) -> Iterator[av.VideoFrame | av.Packet]:
        """The frames of the part, their pts growing, and the packets of all other tracks as they come."""
        frames, last_time = 0, Fraction(0)
        on_screen = self._packets.subtitles_on_screen()
        for event in itertools.chain(on_screen, self._early, [self.first], self._events):
            if isinstance(event, av.VideoFrame):
                frames, last_time = frames + 1, self.time(event)
            yield event
        self._clock.settle("decode")
        self.check_complete(frames, last_time)

    def read_undecoded(self) -> Iterator[av.Packet | None]:
        """Instead of `read`: the packets of all other tracks as they come, and None where one of the track lies."""
        yield from self._packets.subtitles_on_screen()
        yield from self._early
        for packet in self._stored:
            yield None if packet.stream is self.stream else packet

    def close(self) -> None:
        """Closes the file; reading ends."""
        self._packets.close()

    def _find_first(self) -> av.VideoFrame:
        """The first frame of the part.

        Where formats without an index (transport streams) land behind the key frame that is needed, from further
        ahead, at last from the beginning of the file.
        """
        # Behind a jump FFmpeg guesses the first times of formats whose clocks may jump, and others rely on a part's
        guesses = self.range.keeps_place and self._packets.timeline.may_jump
        back = Fraction(_FIRST_STEP_BACK_S if guesses else 0)
        while True:
            jumped = self._packets.jump_to(back)
            self._decoder = open_decoder(self.stream)
            self._found_key_frame = False
            self._early: list[av.Packet] = []
            self._deinterlacer = Deinterlacer() if self._deinterlace else None
            self._stored = self._packets.read()
            self._events = self._decode()
            first = self._next_frame()
            whole = self._found_key_frame and (
                back or not self.deinterlaced
            )  # a field is made of those around it
            if not jumped or (first and whole) or self._packets.begins_after_end:
                break
            back = 2 * back or Fraction(_FIRST_STEP_BACK_S)
        if first:
            return first
        if self.range.begin is not None:
            length = (
                f", it lasts {self.container.duration / av.time_base:.3f} s"
                if self.container.duration
                else ""
            )
            raise LivebrushError(
                f"{shown_name(self.container)}: no frame at or after {float(self.range.begin):g} s{length}",
                code="invalid",
            )
        what = f"none could be decoded ({self.damage})" if self.damage else "its video track is empty"
        raise LivebrushError(
            f"{shown_name(self.container)}: expected video frames, {what}; check that it plays",
            code="unreadable",
        )

    def _next_frame(self) -> av.VideoFrame | None:
        for event in self._events:
            if isinstance(event, av.VideoFrame):
                return event
            self._early.append(event)
        return None

    def _decode(self) -> Iterator[av.VideoFrame | av.Packet]:
        """Frames of the part, their pts growing, and the packets of all other tracks."""
        last_pts = None
        for event in self._frames_and_packets():
            if not isinstance(event, av.VideoFrame):
                yield event
                continue
            event.pts = last_pts = self._settled_pts(event, last_pts)
            time = self.time(event)
            self._found_key_frame |= event.key_frame and time <= (self.range.begin or 0)
            if self.range.contains(time):
                yield event

    def _frames_and_packets(self) -> Iterator[av.VideoFrame | av.Packet]:
        for packet in self._stored:
            if packet.stream is self.stream:
                yield from self._whole(self._decode_packet(packet))
            else:
                yield packet
        yield from self._whole(self._decode_packet(None))  # what the decoder still holds
        if self._deinterlacer:
            yield from self._deinterlacer.flush()

    def _whole(self, frames: list[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """The frames without the combs of two fields."""
        for frame in frames:
            if self._deinterlacer:
                with self._clock.stage("convert"):
                    ready = list(self._deinterlacer.push(frame, self.time_base))
                yield from ready
            else:
                yield frame

    def _decode_packet(self, packet: av.Packet | None) -> list[av.VideoFrame]:
        try:
            with self._clock.stage("decode"):
                return self._decoder.decode(packet)
        except FFmpegError as error:
            self._errors += 1
            self._decoder_said = error.strerror
            return []

    def _settled_pts(self, frame: av.VideoFrame, last_pts: int | None) -> int:
        """A frame's pts, made to grow: broken files miss some or repeat them."""
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is None:
            step = frame.duration or max(1, round(1 / self.rate / self.time_base))
            pts = 0 if last_pts is None else last_pts + step
        return pts if last_pts is None or pts > last_pts else last_pts + 1

    def check_complete(self, frames: int, last_time: Fraction) -> None:
        """Notices a file that ends long before it says it does. frames: read; last_time: of the last, in the file"""
        announced, end = self.stream.frames, self.announced_end
        if not self.range.whole or frames >= announced or end is None:
            return
        if last_time + 3 / self.rate < end:
            self._cut_short = (
                f"the file is cut short: {frames} of {announced} announced frames could be decoded"
            )
