"""Tracks that are not painted: sound, subtitles, covers and attachments move over untouched."""

import io
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream

from models.errors import LivebrushError
from realtime.video.media_file import is_cover

# What muxers write about their own file; in another file it would be wrong.
_STALE_KEYS = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "vendor_id"}
_STALE_PREFIXES = ("_statistics", "number_of_", "bps")
# QuickTime knows these languages by another code of ISO 639-2, and drops what it does not know.
_QUICKTIME_LANGUAGES = {
    "deu": "ger", "nld": "dut", "swe": "sve", "fre": "fra", "ell": "gre", "isl": "ice", "zho": "chi",
}  # fmt: skip
_OFFERS = {".mkv": "matroska", ".mp4": "mp4", ".mov": "mov"}


class StreamCopy:
    """Plans which tracks go into an output, and copies their packets.

    source: where the tracks come from; painted: its video track that is encoded anew
    raises: LivebrushError when the output's format cannot hold a sound or subtitle track

    `notes` says what is left out and why.
    """

    def __init__(
        self,
        source: InputContainer,
        painted: Stream,
        target: Path,
        output: OutputContainer,
        sound: bool,
        subtitles: bool,
    ) -> None:
        self.notes: list[str] = []
        self._target, self._output = target, output
        self._copies: dict[int, Stream] = {}
        self._wanted = {"audio": sound, "subtitle": subtitles}
        others = [stream for stream in source.streams if stream is not painted]
        self._others = [stream for stream in others if not self._is_made_anew(stream, source)]
        if output.format.name == "gif":
            self._leave_out_all()
            return
        self._check_holds()

    def add_streams(self) -> None:
        """Adds the copied tracks to the output; call it after the painted track was added."""
        if self._output.format.name == "gif":
            return
        for stream in self._others:
            if is_cover(stream):
                self._add_cover(stream)
            elif stream.type in self._wanted:
                if self._wanted[stream.type]:
                    self._add(stream)
            elif stream.type == "video":
                self._note(stream, "only the first video track is painted")
            elif holds(self._output.format.name, stream):
                self._add(stream)
            else:
                self._note(stream, f"{self._target.suffix} has no place for it")

    def add_covers_as_attachments(self, covers: dict[int, bytes]) -> None:
        """Attaches cover pictures where the format keeps them as files (Matroska)."""
        if self._output.format.name != "matroska":
            return
        for index, data in covers.items():
            stream = next(s for s in self._others if s.index == index)
            kind = "png" if stream.codec_context and stream.codec_context.name == "png" else "jpeg"
            name = stream.metadata.get("filename", f"cover.{'jpg' if kind == 'jpeg' else kind}")
            self._output.add_attachment(name, f"image/{kind}", data)

    def copies(self, packet: av.Packet) -> bool:
        """Whether the packet is written: its track is copied, and it is more than a gap between subtitles."""
        return packet.stream.index in self._copies and not _is_gap(packet)

    def mux(self, packet: av.Packet) -> None:
        """Writes a source packet of a copied track."""
        packet.stream = self._copies[packet.stream.index]
        self._output.mux_one(packet)

    def _is_made_anew(self, stream: Stream, source: InputContainer) -> bool:
        """MP4 and MOV keep chapters as a text track too, and MOV the timecode: both follow from metadata."""
        if stream.type != "data":
            return False
        is_chapters = stream.name == "bin_data" and bool(source.chapters())
        return is_chapters or ("timecode" in stream.metadata and self._output.format.name == "mov")

    def _check_holds(self) -> None:
        wanted = [s for s in self._others if self._wanted.get(s.type)]
        for stream in wanted:
            if holds(self._output.format.name, stream):
                continue
            offer = next(
                (suffix for suffix, name in _OFFERS.items() if all(holds(name, s) for s in wanted)), None
            )
            option = "--no-sound" if stream.type == "audio" else "--no-subtitles"
            way_out = (
                f"write {offer}, or leave it out with {option}" if offer else f"leave it out with {option}"
            )
            raise LivebrushError(f"{self._target.suffix} cannot hold {_describe(stream)}; {way_out}")

    def _add(self, stream: Stream, disposition: Disposition | None = None) -> None:
        copy = self._output.add_stream_from_template(stream, opaque=True)
        copy.metadata.update(lasting(stream.metadata))
        if self._output.format.name == "mov" and stream.language in _QUICKTIME_LANGUAGES:
            copy.metadata["language"] = _QUICKTIME_LANGUAGES[stream.language]
        copy.disposition = stream.disposition if disposition is None else disposition
        self._copies[stream.index] = copy

    def _add_cover(self, stream: Stream) -> None:
        if self._output.format.name in ("mp4", "mov"):
            self._add(stream, Disposition.attached_pic)
        elif self._output.format.name != "matroska":
            self._note(stream, f"{self._target.suffix} has no place for a cover")

    def _leave_out_all(self) -> None:
        kinds = [s.type for s in self._others if not is_cover(s)]
        if kinds:
            self.notes.append(f"GIF holds only pictures: {', '.join(kinds)} left out")

    def _note(self, stream: Stream, reason: str) -> None:
        self.notes.append(f"{_describe(stream)} left out: {reason}")


def holds(format_name: str, stream: Stream) -> bool:
    """Whether a format can hold a copy of the track: tries an empty file in memory, tables are incomplete."""
    scratch = av.open(io.BytesIO(), "w", format=format_name)
    try:
        scratch.add_stream_from_template(stream, opaque=True)
        scratch.start_encoding()
        scratch.close()
    except (ValueError, FFmpegError):
        return False
    return True


def _is_gap(packet: av.Packet) -> bool:
    """MP4 stores the time between two subtitles as empty ones; its writer adds them by itself."""
    return packet.stream.type == "subtitle" and packet.stream.name == "mov_text" and bytes(packet) == b"\0\0"


def lasting(metadata: dict[str, str]) -> dict[str, str]:
    """The entries that still hold for a new file."""
    return {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _STALE_KEYS and not key.lower().startswith(_STALE_PREFIXES)
    }


def _describe(stream: Stream) -> str:
    codec = stream.codec_context.name if stream.codec_context else stream.name or "unknown"
    language = f", {stream.language}" if stream.language else ""
    return f"{stream.type} track {stream.index} ({codec}{language})"
