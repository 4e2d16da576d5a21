"""Opens a media file and finds its moving picture, with errors that say what was given instead."""

from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream

from livebrush.models.errors import LivebrushError


def open_media(path: Path) -> InputContainer:
    """The opened file. Raises LivebrushError when it is missing, empty, no media file, or a still picture."""
    if not path.exists():
        raise LivebrushError(f"{path}: no such file", code="not_found")
    if path.is_dir():
        raise LivebrushError(f"{path}: is a folder, expected a video file", code="unreadable")
    if path.stat().st_size == 0:
        raise LivebrushError(f"{path}: is empty (0 bytes), expected a video file", code="unreadable")
    try:
        container = av.open(f"file:{path}", metadata_errors="replace")  # or "12:30.mp4" names a protocol
    except (FFmpegError, OSError) as error:
        reason = _why_unreadable(path) or error.strerror
        raise LivebrushError(
            f"{path}: is not a video that can be read: {reason}", code="unreadable"
        ) from error
    # FFmpeg shows text as ANSI art and a picture as a clip of one frame.
    if container.format.name in ("tty", "image2") or container.format.name.endswith("_pipe"):
        container.close()
        raise LivebrushError(f"{path}: is a still picture or text, expected a video file", code="unreadable")
    return container


def first_video(container: InputContainer) -> av.VideoStream:
    """The first track that moves. Raises LivebrushError when there is none or no decoder for it."""
    tracks = [stream for stream in container.streams.video if not is_cover(stream)]
    if not tracks:
        kinds = (
            ", ".join(sorted({"cover" if is_cover(s) else s.type for s in container.streams})) or "nothing"
        )
        raise LivebrushError(
            f"{_name(container)}: no video track, only {kinds}; give a file with moving pictures",
            code="unreadable",
        )
    if tracks[0].codec_context is None:
        raise LivebrushError(
            f"{_name(container)}: no decoder for its video; convert it to H.264 first", code="unsupported"
        )
    return tracks[0]


def _name(container: InputContainer) -> str:
    return container.name.removeprefix("file:")


def open_decoder(stream: av.VideoStream) -> av.VideoCodecContext:
    """A decoder for the track that keeps its alpha and uses all cores."""
    decoder = stream.codec_context
    if stream.metadata.get("alpha_mode") == "1" and decoder.name in ("vp8", "vp9"):
        # FFmpeg's own VP8 and VP9 decoders drop the alpha that sits beside each packet.
        decoder = av.CodecContext.create("libvpx" if decoder.name == "vp8" else "libvpx-vp9", "r")
    decoder.thread_type = "AUTO"
    return decoder


def is_cover(stream: Stream) -> bool:
    """Whether a track is a cover picture: FFmpeg lists those as video."""
    return stream.type == "video" and bool(stream.disposition & Disposition.attached_pic)


def _why_unreadable(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        return error.strerror
    if head[4:] == b"ftyp":
        return "its index (moov) is missing, the recording was cut short; record it again or have it repaired"
    return None
