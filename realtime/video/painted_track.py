"""Painted pictures as the video track of an output: laid out, converted, encoded and written."""

from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.letterbox import pad_to_even
from livebrush.realtime.video.codecs import Codec, Container
from livebrush.realtime.video.colour import RgbWriter
from livebrush.realtime.video.facts import ClipFacts
from livebrush.realtime.video.gif_palette import indexed_frame
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.pixel_formats import has_alpha, lost_precision
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.stream_copy import lasting

_SHORTEST_GIF_TICKS = 2


class PaintedTrack:
    """The video track of an output, with the timing and tags of a clip.

    output: gets the track; kind: its format; suffix: of its name, for messages
    codec, name: how pictures are encoded; options: of the encoder
    pixel_format: by FFmpeg's name
    clock: gets the CPU time of the stage 'encode'

    keeps_alpha: whether pictures keep theirs
    `notes` says what could not be kept.
    """

    def __init__(
        self,
        output: OutputContainer,
        kind: Container,
        suffix: str,
        codec: Codec,
        name: str,
        options: dict[str, str],
        pixel_format: str,
        facts: ClipFacts,
        clock: StageClock,
    ) -> None:
        self.notes: list[Note] = []
        self._output, self._kind, self._suffix, self._clock = output, kind, suffix, clock
        self._pixel_format = pixel_format
        self.keeps_alpha = facts.has_alpha and has_alpha(pixel_format)
        if facts.has_alpha and not self.keeps_alpha:
            self.notes.append(Note(f"{name} holds no alpha: painted over black"))
        self._last_pts: int | None = None
        self._held: av.Packet | None = None
        self.time_base = _time_base(kind, facts)
        """one tick of the encoded pictures' times, s"""
        self._orientation = facts.orientation if kind.keeps_rotation else None
        height, width, ratio = facts.height, facts.width, facts.sample_aspect_ratio
        if self._orientation and self._orientation.transpose:
            height, width, ratio = width, height, 1 / ratio if ratio else None
        self._pad = (height % 2, width % 2) if codec.even_size else (0, 0)
        if any(self._pad):
            self.notes.append(Note(f"{name} needs even sizes: {width}x{height} got one more row or column"))
        added = output.add_stream(codec.encoder, facts.rate, options, time_base=self.time_base)
        self._stream = stream = cast(av.VideoStream, added)
        stream.height, stream.width = height + self._pad[0], width + self._pad[1]
        stream.pix_fmt = pixel_format
        if facts.pixel_format and (lost := lost_precision(facts.pixel_format, pixel_format)):
            self.notes.append(
                Note(f"{facts.pixel_format} is written as {pixel_format}: {lost}", remedy="pixel_format")
            )
        stream.codec_context.thread_count = 0  # as many as the encoder finds useful
        stream.codec_context.flags |= Flags.frame_duration  # the last frame may be shown for longer, too
        if ratio:
            self._tell_pixel_shape(ratio, codec, name)
        self._tell_colour(facts)
        if self._orientation and not self._orientation.upright:
            stream.set_display_matrix(list(self._orientation.matrix))
        stream.metadata.update(lasting(facts.track_metadata))
        stream.disposition = facts.disposition

    def leaves_out(self, picture: Picture) -> bool:
        """Whether players would show the picture late: they take GIF's shorter steps for a tenth of a second."""
        is_gif = self._kind.format == "gif"
        return (
            is_gif
            and self._last_pts is not None
            and self._ticks(picture.pts, picture) - self._last_pts < _SHORTEST_GIF_TICKS
        )

    def encode(self, picture: Picture) -> list[av.Packet]:
        """What the encoder gives for one more picture.

        raises: LivebrushError when it is at the time of the one before; FFmpegError when the encoder fails
        """
        with self._clock.stage("encode"):
            frame = self._write_frame(*self._laid_out(picture))
        frame.pts, frame.duration = self._ticks(picture.pts, picture), self._ticks(picture.duration, picture)
        frame.time_base = self.time_base
        self._check_pace(picture, frame.pts)
        with self._clock.stage("encode"):
            packets = self._stream.encode(frame)
        self._end_pts = frame.pts + frame.duration
        return packets

    def flush(self) -> list[av.Packet]:
        """What the encoder still holds."""
        return self._stream.encode(None)

    def take_over(self, packet: av.Packet, picture: Picture) -> None:
        """Writes a packet that was encoded before, its times already the track's, instead of a picture.

        picture: the one at its place in the order of showing
        """
        packet.stream = self._stream
        self.mux([packet])
        self._last_pts = self._ticks(picture.pts, picture)
        self._end_pts = self._last_pts + self._ticks(picture.duration, picture)

    def mux(self, packets: list[av.Packet]) -> None:
        """Writes all packets but the last, which is held until it is known whether another follows."""
        for packet in packets:
            if self._held is None:
                self._start = (packet.pts or 0, packet.dts or 0)
            else:
                # Behind what was taken over an encoder begins with delays of its own
                if self._held.dts is not None:
                    least = self._held.dts + 1
                    packet.dts = least if packet.dts is None else max(packet.dts, least)  # Matroska has none
                self._output.mux_one(self._held)
            self._held = packet

    def mux_last(self) -> None:
        """Gives the last packet the duration that makes the track end where its last picture does.

        MP4 counts a track's length in decoding order: with B-frames and uneven times its own sum ends
        early, and players would cut the last pictures off.
        """
        if self._held is None:
            return
        first_pts, first_dts = self._start
        length = self._end_pts - first_pts
        last = length - ((self._held.dts or 0) - first_dts)
        if self._kind.format in ("mp4", "mov") and last > 0:
            self._held.duration = last
        self._output.mux_one(self._held)

    def _ticks(self, ticks: int, picture: Picture) -> int:
        """A time of the picture in the track's own ticks."""
        return round(ticks * picture.time_base / self.time_base)

    def _laid_out(self, picture: Picture) -> tuple[np.ndarray, np.ndarray | None]:
        """Pixels and alpha as the encoder wants them: turned as stored, padded to an even size."""
        pixels, alpha = picture.pixels, picture.alpha if self.keeps_alpha else None
        planes = [pixels] if alpha is None else [pixels, alpha]
        if self._orientation:
            planes = [self._orientation.stored(plane) for plane in planes]
        if any(self._pad):
            planes = [pad_to_even(plane) for plane in planes]
        return planes[0], planes[1] if len(planes) == 2 else None

    def _check_pace(self, picture: Picture, pts: int) -> None:
        previous, self._last_pts = self._last_pts, pts
        if previous is not None and pts <= previous:
            time = float(picture.pts * picture.time_base)
            raise LivebrushError(
                f"{self._suffix} stores times in steps of {self.time_base} s: two frames fall together "
                f"at {time:.3f} s; write .mp4 or .mkv",
                code="unsupported",
            )

    def _tell_pixel_shape(self, ratio: Fraction, codec: Codec, name: str) -> None:
        self._stream.codec_context.sample_aspect_ratio = ratio
        if ratio != 1 and not (self._kind.keeps_shape or codec.keeps_shape):
            self.notes.append(
                Note(
                    f"pixels of {ratio.numerator}:{ratio.denominator} will show square: {name} "
                    f"in {self._suffix} has no place for their shape; write .mp4 to keep it"
                )
            )

    def _tell_colour(self, facts: ClipFacts) -> None:
        """Tags the track, and makes ready to convert to that."""
        pixel_format = av.VideoFormat(self._pixel_format)
        is_rgb = pixel_format.is_rgb or pixel_format.name == "pal8"
        colour = facts.colour.as_rgb() if is_rgb else facts.colour.as_yuv(facts.height)
        if pixel_format.name.startswith("yuvj"):
            colour = colour.full_range()
        colour.tag(self._stream.codec_context)
        self._write_frame = (
            indexed_frame if pixel_format.name == "pal8" else RgbWriter(colour, pixel_format.name).write
        )


def _time_base(kind: Container, facts: ClipFacts) -> Fraction:
    """The clip's own where the container keeps it, so that timestamps are copied, not rounded."""
    if kind.even_pace:
        return 1 / (facts.even_rate or facts.rate)
    if kind.tick_hz == 100:
        return Fraction(1, 100)
    return facts.time_base
