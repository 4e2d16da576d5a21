"""Painted pictures and copied tracks into a video file that appears only when it is complete."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.models.writing import DISK_FULL, unwritable
from livebrush.realtime.same_run import Run
from livebrush.realtime.video.codecs import check_preset, check_quality, choose_codec, container_for
from livebrush.realtime.video.facts import ClipFacts
from livebrush.realtime.video.late_tracks import LateTracks
from livebrush.realtime.video.painted_track import PaintedTrack
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.pixel_formats import choose_pixel_format
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.stream_copy import StreamCopy, lasting
from livebrush.realtime.video.taken_over import TakenOver
from livebrush.realtime.video.target import STANDARD_OUTPUT, FileTarget, StandardOutput
from livebrush.realtime.video.unfinished import Unfinished, check_joined

_IN_FRAGMENTS = {"movflags": "+hybrid_fragmented+delay_moov", "frag_duration": "1000000"}
"""MP4 and MOV grow in pieces of a second (us) that play when the machine goes down, and end as an ordinary file"""
_WRITTEN_SOON = {"flush_packets": "1", "max_interleave_delta": "2000000", "cluster_time_limit": "1000"}
"""what FFmpeg holds is lost with the machine: it waits so long for a track that pauses (us; by itself ten seconds),
and Matroska's pieces last so long (ms; by themselves five seconds)"""


class VideoSink:
    """Writes a video file with the timing, tracks and tags of a clip.

    path: the file to write; its suffix names the container (see codecs.CONTAINERS). "-": standard output
    facts: of the clip that the pictures come from
    codec, crf, preset: see codecs; None takes what suits the container
    sound: auto (copied where the container holds it, else encoded anew), copy, transcode, or none
    subtitles: whether those are taken over
    overwrite: replace an existing file
    clock: gets the CPU time of the stage 'encode'
    pixel_format: FFmpeg's name of how pixels are stored; None: what the codec is usually fed
    run: which run this is, for another to go on from
    resume: take over what an unfinished file of the same run holds, where there is one
    raises: LivebrushError, before anything is painted, when the file cannot be written as asked

    `notes` says what could not be kept; `is_all_there` whether every picture is written. The first
    `frames_taken_over` pictures are not encoded: the unfinished file has them.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        facts: ClipFacts,
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
        self.is_all_there = False
        self._thinned = 0
        self._clock = clock or StageClock()
        self.codec_name, self._codec = choose_codec(self.path, codec, facts.has_alpha)
        check_quality(self.codec_name, crf)
        check_preset(preset)
        pixel_format = choose_pixel_format(self._codec, pixel_format, facts.has_alpha)
        self._target = (
            StandardOutput(resume)
            if self.path == STANDARD_OUTPUT
            else FileTarget(self.path, facts.inputs, overwrite=overwrite, run=run, resume=resume)
        )
        unfinished = self._target.unfinished
        self.frames_taken_over = 0
        try:
            options = self._codec.options(self._codec.crf or 0 if crf is None else crf, preset)
            self._open(facts, options, pixel_format, sound, subtitles)
        except BaseException:
            self._discard()
            raise
        self._taken_over: TakenOver | None = None
        self._joined: Sequence[Unfinished] = ()
        if unfinished:
            self._go_on_from([unfinished])
        if resume:
            self.notes.append(Note(f"{self.frames_taken_over} frames taken over from an unfinished file"))

    def _open(
        self, facts: ClipFacts, options: dict[str, str], pixel_format: str, sound: str, subtitles: bool
    ) -> None:
        kind = container_for(self.path)
        os.environ.setdefault("SVT_LOG", "1")  # or the AV1 encoder prints all its settings
        is_mp4 = kind.format in ("mp4", "mov")
        flags = _WRITTEN_SOON | (_IN_FRAGMENTS if is_mp4 else {})
        if kind.format == "webp":
            flags["loop"] = "0"  # for ever, as GIF does by itself
        if is_mp4 and not facts.beside.covers and any(key.startswith("com.") for key in facts.metadata):
            # A phone's own keys, which leave no place for a cover
            flags["movflags"] = flags.get("movflags", "") + "+use_metadata_tags"
        self._output = av.open(self._target.url, "w", format=kind.format, container_options=flags)
        self._late = LateTracks(kind.format) if is_mp4 else None
        suffix = self._target.suffix
        self._copier = StreamCopy(
            facts.beside, suffix, self._output, self._late.container if self._late else self._output, sound, subtitles
        )  # fmt: skip
        self._track = PaintedTrack(
            self._output, kind, suffix, self._codec, self.codec_name, options, pixel_format, facts, self._clock
        )  # fmt: skip
        self.notes += self._track.notes
        self._copier.add_streams()
        self._copier.add_covers_as_attachments()
        self._output.metadata.update(lasting(facts.metadata))
        self._output.set_chapters(list(facts.chapters))
        with self._writing(), self._clock.adopt("encode"):
            self._output.start_encoding()
            if self._late:
                self._late.begin()

    def join(self, pieces: Sequence[Unfinished], last_s: Fraction) -> None:
        """Takes all pictures from files that were encoded alike, one after the other.

        last_s: how long the last is shown; 0: unknown
        """
        self._go_on_from(pieces, last_s)
        self._joined = pieces

    def _go_on_from(self, parts: Sequence[Unfinished], last_s: Fraction | None = None) -> None:
        tick_hz = container_for(self.path).tick_hz
        tick_s = Fraction(1, tick_hz) if tick_hz else None
        self._taken_over = TakenOver(parts, self._track.time_base, tick_s, last_s)
        self.frames_taken_over = self._taken_over.frames

    def needs(self, nth: int, picture: Picture, ahead: int) -> bool:
        """Whether the nth picture, or one of so many behind it, is not in the unfinished file."""
        return nth > self.frames_taken_over - ahead

    def write(self, picture: Picture) -> None:
        """Encodes one picture. Raises LivebrushError when the disk is full or the encoder fails."""
        if self._taken_over:
            self._take_over(self._taken_over, picture)
            return
        if self._track.leaves_out(picture):
            self._thinned += 1
            return
        with self._writing():
            packets = self._track.encode(picture)
            with self._clock.stage("encode"):
                self._track.mux(packets)
        self.frames_written += 1

    def _take_over(self, taken_over: TakenOver, picture: Picture) -> None:
        """Writes the next packet of the unfinished file."""
        packet = taken_over.packet_for(picture)
        with self._writing():
            self._track.take_over(packet, picture)
        self.frames_written += 1
        if self.frames_written == self.frames_taken_over:
            taken_over.close()
            self._taken_over = None

    def copies(self, packet: av.Packet) -> bool:
        """Whether the packet's track is copied."""
        return self._copier.copies(packet)

    def copy(self, packet: av.Packet) -> None:
        """Writes a packet of a copied track; see `copies`."""
        with self._writing():
            self._copier.mux(packet)

    def finish(self) -> Path:
        """Completes the file under its final name and returns that."""
        self.is_all_there = True
        self._complete()
        if self._joined:
            check_joined(self._target.partial, self._joined)
        return self._target.finish(self.frames_written)

    @property
    def keeps_alpha(self) -> bool:
        """Whether pictures keep theirs."""
        return self._track.keeps_alpha

    @property
    def resumes(self) -> bool:
        """Whether another run can go on from what this one leaves."""
        return self._target.resumes

    def finish_partial(self) -> Path | None:
        """Completes what was written so far to a shorter file that plays; None when there is none."""
        if self.frames_written == 0 or self._joined:  # the pieces are still there
            self._discard()
            return None
        self._complete()
        path = self._target.leave(self.frames_written)
        self.frames_written = max(self.frames_written, self.frames_taken_over)
        return path

    def give_up(self) -> Path | None:
        """After an error: what is painted stays, where all of it is there or another run can go on from it."""
        if self._joined and not self.is_all_there:
            self._discard()
            return None
        with suppress(FFmpegError, OSError, LivebrushError):
            self._complete()
        with suppress(FFmpegError, OSError):
            self._output.close()
        return self._target.give_up(self.is_all_there)

    def _discard(self) -> None:
        """Closes and removes the unfinished file."""
        if hasattr(self, "_output"):
            with suppress(FFmpegError, OSError):
                self._output.close()
        self._target.discard()

    def _complete(self) -> None:
        with self._writing(), self._clock.stage("encode"):
            self._track.mux(self._track.flush())
            self._track.mux_last()
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
