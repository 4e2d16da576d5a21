"""Painted pictures and copied tracks into a video file that appears only when it is complete."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.models.writing import DISK_FULL, unwritable
from livebrush.realtime.letterbox import pad_to_even
from livebrush.realtime.same_run import Run
from livebrush.realtime.video.codecs import check_preset, check_quality, choose_codec, container_for
from livebrush.realtime.video.colour import RgbWriter
from livebrush.realtime.video.gif_palette import indexed_frame
from livebrush.realtime.video.late_tracks import LateTracks
from livebrush.realtime.video.pixel_formats import choose_pixel_format, has_alpha, lost_precision
from livebrush.realtime.video.source import Picture, VideoSource
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.stream_copy import StreamCopy, lasting
from livebrush.realtime.video.target import STANDARD_OUTPUT, FileTarget, StandardOutput

_SHORTEST_GIF_TICKS = 2
_IN_FRAGMENTS = {"movflags": "+hybrid_fragmented+delay_moov", "frag_duration": "1000000"}
"""MP4 and MOV grow in pieces of a second (us) that play when the machine goes down, and end as an ordinary file"""
_WRITTEN_SOON = {"flush_packets": "1", "max_interleave_delta": "2000000", "cluster_time_limit": "1000"}
"""what FFmpeg holds is lost with the machine: it waits so long for a track that pauses (us; by itself ten seconds),
and Matroska's pieces last so long (ms; by themselves five seconds)"""
_ROUNDING_S = Fraction(1, 100)
"""containers round times to their own ticks, GIF's the coarsest"""


class VideoSink:
    """Writes a video file with the timing, tracks and tags of a source.

    path: the file to write; its suffix names the container (see codecs.CONTAINERS). "-": standard output
    source: gives time base, tags, and the tracks to copy
    codec, crf, preset: see codecs; None takes what suits the container
    sound: auto (copied where the container holds it, else encoded anew), copy, transcode, or none
    subtitles: whether those are taken over
    overwrite: replace an existing file
    clock: gets the CPU time of the stage 'encode'
    pixel_format: FFmpeg's name of how pixels are stored; None: what the codec is usually fed
    run: which run this is, for another to go on from
    resume: take over what an unfinished file of the same run holds, where there is one
    raises: LivebrushError, before anything is painted, when the file cannot be written as asked

    `notes` says what could not be kept. The first `frames_taken_over` pictures are not encoded: the unfinished file has
    them.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        source: VideoSource,
        codec: str | None = None,
        crf: int | None = None,
        preset: str = "veryfast",
        sound: str = "auto",
        subtitles: bool = True,
        overwrite: bool = False,
        clock: StageClock | None = None,
        pixel_format: str | None = None,
        run: Run | None = None,
        resume: bool = False,
    ) -> None:
        self.path = Path(path)
        self.notes: list[Note] = []
        self.frames_written = 0
        self._last_pts: int | None = None
        self._held: av.Packet | None = None
        self._is_all_there = False
        self._thinned = 0
        self._source = source
        self._clock = clock or StageClock()
        self._container_kind = container_for(self.path)
        self.codec_name, self._codec = choose_codec(self.path, codec, source.has_alpha)
        check_quality(self.codec_name, crf)
        check_preset(preset)
        self._pixel_format = choose_pixel_format(self._codec, pixel_format, source.has_alpha)
        self.keeps_alpha = source.has_alpha and has_alpha(self._pixel_format)
        if source.has_alpha and not self.keeps_alpha:
            self.notes.append(Note(f"{self.codec_name} holds no alpha: painted over black"))
        self._target = (
            StandardOutput(resume)
            if self.path == STANDARD_OUTPUT
            else FileTarget(self.path, source.path, overwrite=overwrite, run=run, resume=resume)
        )
        self._unfinished = self._target.unfinished
        self.frames_taken_over = self._unfinished.frames if self._unfinished else 0
        try:
            self._open(self._codec.crf if crf is None else crf, preset, sound, subtitles)
        except BaseException:
            self._discard()
            raise

    def _open(self, crf: int | None, preset: str, sound: str, subtitles: bool) -> None:
        kind, source = self._container_kind, self._source
        os.environ.setdefault("SVT_LOG", "1")  # or the AV1 encoder prints all its settings
        self._is_mp4 = kind.format in ("mp4", "mov")
        flags = _WRITTEN_SOON | (_IN_FRAGMENTS if self._is_mp4 else {})
        if kind.format == "webp":
            flags["loop"] = "0"  # for ever, as GIF does by itself
        if (
            self._is_mp4
            and not source.covers
            and any(key.startswith("com.") for key in source.container.metadata)
        ):
            # A phone's own keys, which leave no place for a cover
            flags["movflags"] = flags.get("movflags", "") + "+use_metadata_tags"
        self._output = av.open(self._target.url, "w", format=kind.format, container_options=flags)
        self._late = LateTracks(kind.format) if self._is_mp4 else None
        copier = StreamCopy(
            source.container, source.stream, self._target.suffix, self._output,
            self._late.container if self._late else self._output, sound, subtitles,
        )  # fmt: skip
        self._add_video(self._codec.options(crf or 0, preset))
        copier.add_streams()
        copier.add_covers_as_attachments(source.covers)
        self._copier = copier
        self._output.metadata.update(lasting(source.container.metadata))
        self._output.set_chapters(source.range.chapters(source.container))
        with self._writing(), self._clock.adopt("encode"):
            self._output.start_encoding()
            if self._late:
                self._late.begin()

    def _add_video(self, options: dict[str, str]) -> None:
        source, kind = self._source, self._container_kind
        self._orientation = source.orientation if kind.keeps_rotation else None
        height, width = source.height, source.width
        ratio = source.sample_aspect_ratio
        if self._orientation and self._orientation.transpose:
            height, width, ratio = width, height, 1 / ratio if ratio else None
        self._pad = (height % 2, width % 2) if self._codec.even_size else (0, 0)
        if any(self._pad):
            self.notes.append(
                Note(f"{self.codec_name} needs even sizes: {width}x{height} got one more row or column")
            )
        self._size = (height + self._pad[0], width + self._pad[1])
        self._time_base = self._choose_time_base()
        added = self._output.add_stream(self._codec.encoder, source.rate, options, time_base=self._time_base)
        stream = cast(av.VideoStream, added)
        stream.height, stream.width = self._size
        stream.pix_fmt = self._pixel_format
        if lost := lost_precision(source.pixel_format, self._pixel_format):
            self.notes.append(
                Note(
                    f"{source.pixel_format} is written as {self._pixel_format}: {lost}", remedy="pixel_format"
                )
            )
        stream.codec_context.thread_count = 0  # as many as the encoder finds useful
        stream.codec_context.flags |= Flags.frame_duration  # the last frame may be shown for longer, too
        if ratio:
            stream.codec_context.sample_aspect_ratio = ratio
            if ratio != 1 and not (kind.keeps_shape or self._codec.keeps_shape):
                self.notes.append(
                    Note(
                        f"pixels of {ratio.numerator}:{ratio.denominator} will show square: {self.codec_name} "
                        f"in {self._target.suffix} has no place for their shape; write .mp4 to keep it"
                    )
                )
        self._tag(stream)
        if self._orientation and not self._orientation.upright:
            stream.set_display_matrix(list(self._orientation.matrix))
        stream.metadata.update(lasting(source.stream.metadata))
        stream.disposition = source.stream.disposition
        self._stream = stream

    def _tag(self, stream: av.VideoStream) -> None:
        source, pixel_format = self._source, av.VideoFormat(self._pixel_format)
        is_rgb = pixel_format.is_rgb or pixel_format.name == "pal8"
        colour = source.colour.as_rgb() if is_rgb else source.colour.as_yuv(source.height)
        if pixel_format.name.startswith("yuvj"):
            colour = colour.full_range()
        colour.tag(stream.codec_context)
        self._write_frame = (
            indexed_frame if pixel_format.name == "pal8" else RgbWriter(colour, pixel_format.name).write
        )

    def _choose_time_base(self) -> Fraction:
        """The source's own where the container keeps it, so that timestamps are copied, not rounded."""
        if self._container_kind.even_pace:
            return 1 / (self._source.stream.guessed_rate or self._source.rate)
        if self._container_kind.tick_hz == 100:
            return Fraction(1, 100)
        return self._source.time_base

    def write(self, picture: Picture) -> None:
        """Encodes one picture. Raises LivebrushError when the disk is full or the encoder fails."""
        if self.frames_written < self.frames_taken_over:
            self._take_over(picture)
            return
        pts = round(picture.pts * picture.time_base / self._time_base)
        if self._is_too_soon(pts):
            self._thinned += 1
            return
        with self._clock.stage("encode"):
            frame = self._write_frame(*self._laid_out(picture))
        frame.pts = pts
        frame.duration = round(picture.duration * picture.time_base / self._time_base)
        frame.time_base = self._time_base
        self._check_pace(picture, frame.pts)
        with self._writing(), self._clock.stage("encode"):
            self._mux(self._stream.encode(frame))
        self._end_pts = frame.pts + frame.duration
        self.frames_written += 1

    def _take_over(self, picture: Picture) -> None:
        """Writes the next packet of the unfinished file; as many come as it has pictures, in order of decoding."""
        assert self._unfinished
        if self.frames_written == 0:
            self._taken_over = self._unfinished.packets()
        time = picture.pts * picture.time_base
        if self.frames_written == 0:  # Matroska moves all times where sound begins before 0
            self._moved = self._unfinished.times[0] - time
        if abs(time + self._moved - self._unfinished.times[self.frames_written]) > _ROUNDING_S:
            raise LivebrushError(
                f"{self._unfinished.path}: its frames are not at the times of the source's",
                code="mismatch",
                remedy="begin_anew",
            )
        packet = next(self._taken_over)
        packet.pts, packet.dts = (
            None if ticks is None else round((ticks * packet.time_base - self._moved) / self._time_base)
            for ticks in (packet.pts, packet.dts)
        )
        packet.time_base, packet.stream = self._time_base, self._stream
        with self._writing():
            self._mux([packet])
        self._last_pts = round(time / self._time_base)
        self._end_pts = self._last_pts + round(picture.duration * picture.time_base / self._time_base)
        self.frames_written += 1
        if self.frames_written == self.frames_taken_over:
            self._taken_over.close()

    def _is_too_soon(self, pts: int) -> bool:
        """Whether players would show the picture late: they take GIF's shorter steps for a tenth of a second."""
        is_gif = self._container_kind.format == "gif"
        return is_gif and self._last_pts is not None and pts - self._last_pts < _SHORTEST_GIF_TICKS

    def copies(self, packet: av.Packet) -> bool:
        """Whether the packet's track is copied."""
        return self._copier.copies(packet)

    def copy(self, packet: av.Packet) -> None:
        """Writes a packet of a copied track; see `copies`."""
        with self._writing():
            self._copier.mux(packet)

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
                f"{self._target.suffix} stores times in steps of {self._time_base} s: two frames fall together "
                f"at {time:.3f} s; write .mp4 or .mkv",
                code="unsupported",
            )

    def finish(self) -> Path:
        """Completes the file under its final name and returns that."""
        self._is_all_there = True
        self._complete()
        return self._target.finish(self.frames_written)

    @property
    def resumes(self) -> bool:
        """Whether another run can go on from what this one leaves."""
        return self._target.resumes

    def finish_partial(self) -> Path | None:
        """Completes what was written so far to a shorter file that plays; None when there is none."""
        if self.frames_written == 0:
            self._discard()
            return None
        self._complete()
        path = self._target.leave(self.frames_written)
        self.frames_written = max(self.frames_written, self.frames_taken_over)
        return path

    def give_up(self) -> Path | None:
        """After an error: what is painted stays, where all of it is there or another run can go on from it."""
        with suppress(FFmpegError, OSError, LivebrushError):
            self._complete()
        with suppress(FFmpegError, OSError):
            self._output.close()
        return self._target.give_up(self._is_all_there)

    def _discard(self) -> None:
        """Closes and removes the unfinished file."""
        if hasattr(self, "_output"):
            with suppress(FFmpegError, OSError):
                self._output.close()
        self._target.discard()

    def _mux(self, packets: list[av.Packet]) -> None:
        """Writes all packets but the last, which is held until it is known whether another follows."""
        for packet in packets:
            if self._held is None:
                self._start = (packet.pts or 0, packet.dts or 0)
            else:
                # Behind what was taken over an encoder begins with delays of its own
                if packet.dts is not None and self._held.dts is not None:
                    packet.dts = max(packet.dts, self._held.dts + 1)
                self._output.mux_one(self._held)
            self._held = packet

    def _mux_last(self) -> None:
        """Gives the last packet the duration that makes the track end where its last picture does.

        MP4 counts a track's length in decoding order: with B-frames and uneven times its own sum ends
        early, and players would cut the last pictures off.
        """
        if self._held is None:
            return
        first_pts, first_dts = self._start
        length = self._end_pts - first_pts
        last = length - ((self._held.dts or 0) - first_dts)
        if self._is_mp4 and last > 0:
            self._held.duration = last
        self._output.mux_one(self._held)

    def _complete(self) -> None:
        with self._writing(), self._clock.stage("encode"):
            self._mux(self._stream.encode(None))
            self._mux_last()
            self._copier.finish()
            self._output.close()
            if self._late:
                self._late.add_to(self._target.partial)
        self._clock.settle("encode")
        self.notes += self._copier.notes
        if self._thinned:
            self.notes.append(Note(f"GIF shows 50 frames a second at most: {self._thinned} left out"))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (FFmpegError, OSError) as error:
            if error.errno == errno.EPIPE:
                raise LivebrushError(
                    f"{self.path}: whoever reads it went away ({error.strerror})", code="unwritable"
                ) from error
            if error.errno in DISK_FULL:
                raise unwritable(self.path, error) from error
            raise LivebrushError(
                f"{self.path}: cannot be written ({error.strerror})",
                code="unwritable",
                remedy="another_codec",
            ) from error
