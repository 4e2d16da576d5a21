"""A video file as pictures with exact timestamps, and everything else in it as packets to be copied."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.letterbox import letterbox_rect
from livebrush.realtime.orientation import Orientation
from livebrush.realtime.video.colour import Colour, RgbReader, ToneMapper
from livebrush.realtime.video.deinterlace import Deinterlacer
from livebrush.realtime.video.media_file import is_cover, open_decoder, shown_name
from livebrush.realtime.video.network_packets import packet_reader
from livebrush.realtime.video.pace import Pace
from livebrush.realtime.video.stage_clock import StageClock

_FIRST_STEP_BACK_S = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame, as it is shown.

    pixels: (H, W, 3) RGB uint8; alpha: (H, W) uint8, 255 = opaque, or None
    pts, duration: in ticks of time_base, a Fraction of a second; a duration of 0 is unknown
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    pts: int
    duration: int
    time_base: Fraction

    def over_black(self) -> np.ndarray:
        """The pixels as they look where no alpha can be kept: (H, W, 3) RGB uint8."""
        if self.alpha is None:
            return self.pixels
        return cv2.multiply(self.pixels, cv2.merge([self.alpha] * 3), scale=1 / 255)


class VideoSource:
    """Reads the first video track of a file.

    path: any file that FFmpeg reads
    start_s, duration_s: the part to read; the first frame at or after start_s becomes time 0
    size: (height, width) of the pictures, or a height that keeps their shape; the default is the file's own
    clock: gets the CPU time of the stages 'decode' and 'convert'
    deinterlace: make whole pictures of frames that are marked as interlaced
    keep_hdr: take the values of HDR video as they are stored, instead of mapping them to an ordinary screen's
    raises: LivebrushError when the file is missing, unreadable, or holds no video frame

    Pictures are handed out as they are shown: where the file asks players to turn them, the net must
    see them turned, since strokes, skies and people have an up and a down. VideoSink turns them back and
    keeps the request, so that the file stays exchangeable with its source.

    `notes` are remarks on what the file holds; `damage` says after reading what was wrong, or None.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        start_s: float | None = None,
        duration_s: float | None = None,
        size: tuple[int, int] | int | None = None,
        clock: StageClock | None = None,
        deinterlace: bool = True,
        keep_hdr: bool = False,
    ) -> None:
        self.path = Path(path)
        self.notes: list[Note] = []
        self._cut_short, self._missing = "", ""
        self._clock = clock or StageClock()
        self._frames_read, self._errors, self._decoder_said = 0, 0, ""
        self._deinterlace = deinterlace
        self._keep_hdr = keep_hdr
        self._tone_mapper: ToneMapper | None = None
        self._other_shapes: set[tuple[int, int]] = set()
        self._packets = packet_reader(self.path, start_s, duration_s, self._clock)
        try:
            self.range = self._packets.range
            self._pace = Pace(self.time_base)
            with self._clock.adopt("decode"):
                self._first = self._find_first()
            self.rate = self.stream.average_rate or self.stream.guessed_rate or Fraction(25)
            self._describe(size)
        except BaseException:
            self._packets.close()
            raise

    @property
    def damage(self) -> str | None:
        """What was wrong with what has been read so far, or None."""
        skipped = f"{self._errors} damaged packet(s) skipped ({self._decoder_said})" if self._errors else ""
        return (
            "; ".join(filter(None, (self._cut_short, skipped, self._packets.damage, self._missing))) or None
        )

    @property
    def container(self) -> InputContainer:
        """The opened file."""
        return self._packets.container

    @property
    def stream(self) -> av.VideoStream:
        """The track that is painted."""
        return self._packets.stream

    @property
    def pixel_format(self) -> str:
        """How the pictures are stored, by FFmpeg's name."""
        return self._first.format.name

    @property
    def time_base(self) -> Fraction:
        """One tick of the pictures' times, in seconds."""
        return Fraction(self.stream.time_base or Fraction(1, 90000))

    def _find_first(self) -> av.VideoFrame:
        """The first frame of the part.

        Where formats without an index (transport streams) land behind the key frame that is needed, from further
        ahead, at last from the beginning of the file.
        """
        back = Fraction(0)
        while True:
            jumped = self._packets.jump_to(back)
            self._decoder = open_decoder(self.stream)
            self._found_key_frame = False
            self._early: list[av.Packet] = []
            self._deinterlacer = Deinterlacer() if self._deinterlace else None
            self._events = self._decode()
            first = self._next_frame()
            if not jumped or (first and self._found_key_frame) or self._packets.begins_after_end:
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

    def _describe(self, size: tuple[int, int] | int | None) -> None:
        first = self._first
        orientation = Orientation.of(first)
        self.orientation = orientation or Orientation()
        if orientation is None:
            self.notes.append(Note(f"rotation by {first.rotation} degrees: painted as stored, not upright"))
        self.colour = Colour.of(first)
        if self.colour.hdr and self._keep_hdr:
            self.notes.append(
                Note(f"HDR video ({self.colour.hdr}): painted with 8 bits a channel, tags kept")
            )
        elif self.colour.hdr:
            self.notes.append(
                Note(f"HDR video ({self.colour.hdr}): tone-mapped to BT.709", remedy="keep_hdr")
            )
            self._tone_mapper, self.colour = ToneMapper(), ToneMapper.colour
        if first.interlaced_frame and not self._deinterlacer:
            self.notes.append(Note("interlaced video: both fields are painted as one picture"))
        if self.range.shift:
            self.notes.append(
                Note(f"timestamps start at {float(self.range.shift):.3f} s: moved to 0, all tracks alike")
            )
        if (bits := max(component.bits for component in first.format.components)) > 8 and not self.colour.hdr:
            self.notes.append(Note(f"{bits} bits a channel: painted with 8"))
        self.range.start_at(self._time(first))
        self._set_size(size)
        self.has_alpha = any(component.is_alpha for component in first.format.components)
        if self._decoder.name == "gif":
            # GIF always decodes with alpha, used or not; later frames only cover more of the canvas.
            alpha = RgbReader(self.colour, self._stored_size, alpha=True).read(first)[1]
            self.has_alpha = alpha is not None and bool((alpha < 255).any())
        self._reader = RgbReader(self.colour, self._stored_size, self.has_alpha)

    def _set_size(self, size: tuple[int, int] | int | None) -> None:
        stored = (self._first.height, self._first.width)
        own = stored[::-1] if self.orientation.transpose else stored
        if isinstance(size, int):
            size = (size, max(1, round(own[1] * size / own[0])))
        self.height, self.width = size or own
        if min(self.height, self.width) < 1:
            raise LivebrushError(f"size must be at least 1x1, got {self.height}x{self.width}", code="invalid")
        ratio = self.stream.sample_aspect_ratio or self.stream.codec_context.sample_aspect_ratio or None
        if ratio and self.orientation.transpose:
            ratio = 1 / ratio
        stretch = Fraction(own[1] * self.height, own[0] * self.width)
        if abs(stretch - 1) > Fraction(1, 100):  # another shape of picture: its pixels change shape to match
            ratio = ((ratio or Fraction(1)) * stretch).limit_denominator(4096)
        self.sample_aspect_ratio = ratio
        self._stored_size = (
            (self.width, self.height) if self.orientation.transpose else (self.height, self.width)
        )

    @property
    def expected_frames(self) -> int | None:
        """How many pictures to expect, for a progress bar; None when the file does not say."""
        if self.range.whole and self.stream.frames:
            return self.stream.frames
        stops = [stop for stop in (self._packets.announced_end, self.range.end) if stop is not None]
        if not stops:
            return None
        return max(1, round((min(stops) - self._time(self._first)) * self.rate))

    @property
    def covers(self) -> dict[int, bytes]:
        """Cover pictures as stored (JPEG, PNG), by track number. FFmpeg hands them out before all else."""
        return {packet.stream.index: bytes(packet) for packet in self._early if is_cover(packet.stream)}

    def read(self) -> Iterator[Picture | av.Packet]:
        """Pictures in the order they are shown, and between them the other tracks' packets as they come.

        All timestamps are shifted alike: a part cut out of a file starts near 0, and the offset between
        sound and picture stays.
        """
        on_screen = self._packets.subtitles_on_screen()
        for event in itertools.chain(on_screen, self._early, [self._first], self._events):
            if isinstance(event, av.VideoFrame):
                yield self._picture(event)
                continue
            if event.stream.type == "audio":
                self._pace.hear(event)
            if is_cover(event.stream) or self.range.place(event):
                yield event
        self._clock.settle("decode")
        self._check_complete()
        self._missing = self._pace.missing(self.range.shifted_time)
        if pauses := self._pace.pauses(self.range.shifted_time):
            self.notes.append(Note(pauses))
        if self._deinterlacer and self._deinterlacer.seen:
            self.notes.append(
                Note("interlaced video: deinterlaced, one picture a frame", remedy="no_deinterlace")
            )
        if jumps := self._packets.timeline.jumps:
            self.notes.append(Note(f"the file's clock begins anew ({jumps} times): played on without a gap"))

    def close(self) -> None:
        """Closes the file; reading ends."""
        self._packets.close()

    def _picture(self, frame: av.VideoFrame) -> Picture:
        with self._clock.stage("convert"):
            pixels, alpha = self._read_pixels(frame)
            pixels = self.orientation.shown(pixels)
            alpha = None if alpha is None else self.orientation.shown(alpha)
        time = self._time(frame)
        self._pace.see(frame.pts or 0)
        self._frames_read += 1
        self._last_time = time
        return Picture(
            pixels, alpha, self.range.shifted(frame.pts or 0, self.time_base), frame.duration, self.time_base
        )

    def _read_pixels(self, frame: av.VideoFrame) -> tuple[np.ndarray, np.ndarray | None]:
        """As stored, for an ordinary screen; of another size than the first, with borders, as `live` shows it."""
        if self._tone_mapper:
            frame = self._tone_mapper.map(frame)
        if (frame.height, frame.width) == (self._first.height, self._first.width):
            return self._reader.read(frame)
        shape = (frame.height, frame.width)
        if shape not in self._other_shapes:
            self._other_shapes.add(shape)
            at = float(self.range.shifted_time(self._time(frame)))
            self.notes.append(
                Note(f"the picture changes to {frame.width}x{frame.height} at {at:.2f} s: shown with borders")
            )
        top, left, height, width = letterbox_rect(*shape, *self._stored_size)
        inside, alpha = RgbReader(self.colour, (height, width), self.has_alpha).read(frame)
        pixels = np.zeros((*self._stored_size, 3), np.uint8)
        pixels[top : top + height, left : left + width] = inside
        if alpha is not None:
            framed = np.full(self._stored_size, 255, np.uint8)
            framed[top : top + height, left : left + width] = alpha
            alpha = framed
        return pixels, alpha

    def _decode(self) -> Iterator[av.VideoFrame | av.Packet]:
        """Frames of the part, their pts growing, and the packets of all other tracks."""
        last_pts = None
        for event in self._frames_and_packets():
            if not isinstance(event, av.VideoFrame):
                yield event
                continue
            event.pts = last_pts = self._settled_pts(event, last_pts)
            time = self._time(event)
            self._found_key_frame |= event.key_frame and time <= (self.range.begin or 0)
            if self.range.contains(time):
                yield event

    def _frames_and_packets(self) -> Iterator[av.VideoFrame | av.Packet]:
        for packet in self._packets.read():
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

    def _time(self, frame: av.VideoFrame) -> Fraction:
        """When a settled frame is shown, in the file's own time."""
        return (frame.pts or 0) * self.time_base

    def _settled_pts(self, frame: av.VideoFrame, last_pts: int | None) -> int:
        """A frame's pts, made to grow: broken files miss some or repeat them."""
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is None:
            step = frame.duration or max(1, round(1 / self.rate / self.time_base))
            pts = 0 if last_pts is None else last_pts + step
        return pts if last_pts is None or pts > last_pts else last_pts + 1

    def _check_complete(self) -> None:
        """Notices a file that ends long before it says it does."""
        announced, end = self.stream.frames, self._packets.announced_end
        if not self.range.whole or self._frames_read >= announced or end is None:
            return
        if self._last_time + 3 / self.rate < end:
            cut = (
                f"the file is cut short: {self._frames_read} of {announced} announced frames could be decoded"
            )
            self._cut_short = cut
