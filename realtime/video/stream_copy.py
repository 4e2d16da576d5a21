"""Tracks that are not painted: sound, subtitles, covers and attachments move over untouched wherever that goes."""

import io
from collections.abc import Mapping
from fractions import Fraction
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.subtitles.stream import SubtitleStream

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.video.facts import OtherTracks
from livebrush.realtime.video.media_file import is_cover
from livebrush.realtime.video.tracks import SoundConversion, SubtitleConversion, Track, layout_of

# What muxers write about their own file; in another file it would be wrong.
_STALE_KEYS = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "vendor_id"}
_STALE_PREFIXES = ("_statistics", "number_of_", "bps")
# QuickTime knows these languages by another code of ISO 639-2, and drops what it does not know.
_QUICKTIME_LANGUAGES = {
    "deu": "ger", "nld": "dut", "swe": "sve", "fre": "fra", "ell": "gre", "isl": "ice", "zho": "chi",
}  # fmt: skip
_OFFERS = {".mkv": "matroska", ".mp4": "mp4", ".mov": "mov"}
_SOUND = {"mp4": "aac", "mov": "aac", "matroska": "aac", "webm": "libopus", "avi": "libmp3lame"}
"""what each format is given where it cannot hold a copy"""
_SUBTITLES = {"mp4": "mov_text", "mov": "mov_text", "matroska": "srt", "webm": "webvtt"}
_TEXT = {"mov_text", "subrip", "srt", "ass", "ssa", "webvtt", "text"}
_AVI_SOUND = {"mp3", "mp3float", "mp2", "mp2float", "ac3", "aac", "wmav1", "wmav2"}
_ONLY_PICTURES = ("gif", "webp")


class StreamCopy:
    """Plans which tracks go into an output and how, and writes them.

    beside: the tracks to copy
    suffix: of the output's name, for messages
    output, titles: what is written, and where its subtitles are, of the same format
    sound: auto (copied; made anew where the format holds no copy), copy, transcode, or none
    subtitles: whether those are taken over
    raises: LivebrushError when the output's format can hold a sound or subtitle track in no form

    `notes` says what is left out or made anew, and why.
    """

    def __init__(
        self,
        beside: OtherTracks,
        suffix: str,
        output: OutputContainer,
        titles: OutputContainer,
        sound: str,
        subtitles: bool,
    ) -> None:
        self.notes: list[Note] = []
        self._suffix, self._output, self._titles = suffix, output, titles
        self._format = output.format.name
        self._sound = sound
        self._tracks: dict[int, Track] = {}
        self._wanted = {"audio": sound != "none", "subtitle": subtitles}
        self._covers = beside.covers
        self._others = [s for s in beside.streams if not self._is_made_anew(s, beside.has_chapters)]
        if self._format in _ONLY_PICTURES:
            self._leave_out_all()
            return
        wanted = [stream for stream in self._others if self._wanted.get(stream.type)]
        indices = {stream.index for stream in wanted}
        self._samples = beside.first_packets(indices) if wanted else {}
        self._fitting = {stream.index for stream in wanted if self._fits(stream, self._format)}
        self._refuse_what_fits_in_no_form()

    def add_streams(self) -> None:
        """Adds the tracks to the output; call it after the painted track was added."""
        if self._format in _ONLY_PICTURES:
            return
        for stream in self._others:
            if is_cover(stream):
                self._add_cover(stream)
            elif stream.type in self._wanted:
                if self._wanted[stream.type]:
                    self._add_wanted(stream)
            elif stream.type == "video":
                self._note(stream, "only the first video track is painted")
            elif holds(self._format, stream):
                self._add(stream)
            else:
                self._note(stream, f"{self._suffix} has no place for it")

    def add_covers_as_attachments(self) -> None:
        """Attaches cover pictures where the format keeps them as files (Matroska)."""
        if self._format != "matroska":
            return
        for index, data in self._covers.items():
            stream = next(s for s in self._others if s.index == index)
            kind = "png" if stream.codec_context and stream.codec_context.name == "png" else "jpeg"
            name = stream.metadata.get("filename", f"cover.{'jpg' if kind == 'jpeg' else kind}")
            self._output.add_attachment(name, f"image/{kind}", data)

    def copies(self, packet: av.Packet) -> bool:
        """Whether the packet is written: its track is taken over, and it is more than a gap between subtitles."""
        return packet.stream.index in self._tracks and not _is_gap(packet)

    def mux(self, packet: av.Packet) -> None:
        """Writes a source packet of a track that is taken over."""
        self._tracks[packet.stream.index].take(packet)

    def finish(self) -> None:
        """Writes what the tracks still hold."""
        for track in self._tracks.values():
            track.finish()
            if track.lost:
                self.notes.append(Note(f"{describe(track.source)}: {track.lost} damaged packet(s) left out"))

    def _is_made_anew(self, stream: Stream, has_chapters: bool) -> bool:
        """MP4 and MOV keep chapters as a text track too, and MOV the timecode: both follow from metadata."""
        if stream.type != "data":
            return False
        is_chapters = stream.name == "bin_data" and has_chapters
        return is_chapters or ("timecode" in stream.metadata and self._format == "mov")

    def _refuse_what_fits_in_no_form(self) -> None:
        wanted = [s for s in self._others if self._wanted.get(s.type)]
        for stream in wanted:
            if stream.index in self._fitting or self._new_form(stream) or stream.index not in self._samples:
                continue
            offer = next(
                (suffix for suffix, name in _OFFERS.items() if all(self._fits(s, name) for s in wanted)), None
            )
            raise LivebrushError(
                f"{self._suffix} cannot hold {describe(stream)}" + (f"; write {offer}" if offer else ""),
                code="unsupported",
                remedy="leave_out_sound" if stream.type == "audio" else "leave_out_subtitles",
                otherwise="or " if offer else "",
            )

    def _fits(self, stream: Stream, format_name: str) -> bool:
        return holds(format_name, stream, self._samples.get(stream.index))

    def _new_form(self, stream: Stream) -> str | None:
        """The encoder that makes a track fit, or None where there is no way."""
        if stream.type == "audio":
            return _SOUND.get(self._format) if stream.codec_context and self._sound != "copy" else None
        is_text = stream.codec_context is not None and stream.codec_context.name in _TEXT
        return _SUBTITLES.get(self._format) if is_text else None

    def _add_wanted(self, stream: Stream) -> None:
        if stream.index not in self._samples and stream.index not in self._fitting:
            self._note(stream, "nothing of it is in the file")
        elif stream.type == "audio" and self._sound == "transcode":
            self._convert(stream)
        elif stream.index in self._fitting:
            self._add(stream)
        else:
            self._convert(stream)

    def _convert(self, stream: Stream) -> None:
        codec = self._new_form(stream)
        assert codec, "what has no other form was refused"
        if stream.type == "audio":
            try:
                track: Track = SoundConversion(cast(AudioStream, stream), codec, self._output)
            except (ValueError, FFmpegError, AttributeError):
                self._note(stream, "it is damaged")
                return
            if track.layout != layout_of(cast(AudioStream, stream)):
                self.notes.append(
                    Note(f"{describe(stream)}: mixed for {track.layout}, {codec} has no more channels")
                )
            why = "as asked" if self._sound == "transcode" else f"{self._suffix} holds no copy of it"
            self.notes.append(Note(f"{describe(stream)}: encoded anew as {codec.removeprefix('lib')}, {why}"))
        else:
            track = SubtitleConversion(cast(SubtitleStream, stream), codec, self._titles)
            self.notes.append(
                Note(f"{describe(stream)}: turned into {codec}, which keeps the words and no styles")
            )
        self._tell_of(stream, track.stream)
        self._tracks[stream.index] = track

    def _add(self, stream: Stream, disposition: Disposition | None = None) -> None:
        output = self._titles if stream.type == "subtitle" else self._output
        copy = add_copy(output, stream)
        self._tell_of(stream, copy)
        if disposition is not None:
            copy.disposition = disposition
        self._tracks[stream.index] = Track(stream, copy, output)

    def _tell_of(self, stream: Stream, taken: Stream) -> None:
        """Language, title and role."""
        taken.metadata.update(lasting(stream.metadata))
        if self._format == "mov" and stream.language in _QUICKTIME_LANGUAGES:
            taken.metadata["language"] = _QUICKTIME_LANGUAGES[stream.language]
        taken.disposition = stream.disposition

    def _add_cover(self, stream: Stream) -> None:
        if self._format in ("mp4", "mov"):
            self._add(stream, Disposition.attached_pic)
        elif self._format != "matroska":
            self._note(stream, f"{self._suffix} has no place for a cover")

    def _leave_out_all(self) -> None:
        kinds = [s.type for s in self._others if not is_cover(s)]
        if kinds:
            name = {"gif": "GIF", "webp": "WebP"}[self._format]
            self.notes.append(Note(f"{name} holds only pictures: {', '.join(kinds)} left out"))

    def _note(self, stream: Stream, reason: str) -> None:
        self.notes.append(Note(f"{describe(stream)} left out: {reason}"))


def add_copy(output: OutputContainer, stream: Stream) -> Stream:
    """A track of the output for the packets of another, as they are.

    raises: ValueError or FFmpegError when the output's format holds none such
    """
    copy = output.add_stream_from_template(stream, opaque=True)
    if isinstance(copy, AudioStream) and copy.codec_context is not None:
        # Some containers tell only the number of channels, which others do not take
        copy.codec_context.layout = layout_of(cast(AudioStream, stream))
    return copy


def holds(format_name: str, stream: Stream, sample: bytes | None = None) -> bool:
    """Whether a format can hold a copy of the track: tries a file in memory, tables are incomplete.

    sample: a packet of it; some formats fail only when they write the index at the end
    """
    if stream.type == "audio" and (stream.codec_context is None or not _avi_keeps_time(format_name, stream)):
        return False
    scratch = av.open(io.BytesIO(), "w", format=format_name)
    try:
        copy = add_copy(scratch, stream)
        scratch.start_encoding()
        if sample:
            packet = av.Packet(sample)
            packet.stream, packet.time_base = copy, stream.time_base or Fraction(1)
            packet.pts, packet.dts, packet.duration, packet.is_keyframe = 0, 0, 1, True
            scratch.mux_one(packet)
        scratch.close()
    except (ValueError, FFmpegError):
        return False
    return True


def _avi_keeps_time(format_name: str, stream: Stream) -> bool:
    """AVI counts bytes or blocks of one length: of other sound it takes a copy, and plays it at another pace."""
    name = stream.codec_context.name if stream.codec_context else ""
    return format_name != "avi" or name.startswith(("pcm_", "adpcm_")) or name in _AVI_SOUND


def _is_gap(packet: av.Packet) -> bool:
    """MP4 stores the time between two subtitles as empty ones; its writer adds them by itself."""
    return packet.stream.type == "subtitle" and packet.stream.name == "mov_text" and bytes(packet) == b"\0\0"


def lasting(metadata: Mapping[str, str]) -> dict[str, str]:
    """The entries that still hold for a new file."""
    return {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _STALE_KEYS and not key.lower().startswith(_STALE_PREFIXES)
    }


def describe(stream: Stream) -> str:
    """A track as a message names it."""
    codec = stream.codec_context.name if stream.codec_context else getattr(stream, "name", None)
    language = f", {stream.language}" if stream.language else ""
    return f"{stream.type} track {stream.index} ({codec or 'of an unknown kind'}{language})"
