"""Opens videos, on disk and on the network, and finds their moving picture; errors say what was given instead."""

from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream

from livebrush.models.errors import LivebrushError
from livebrush.realtime.address import why_closed, without_password

_FILE = "file:"

ADDRESS_SUFFIX = ".livebrush-address"
"""of a file that holds the URL of a video, and stands for it: see `readable_file`"""
_ANSWER_S, MORE_S = 10.0, 20.0
"""how long a host may take to answer, and to send more"""
_NETWORK = {
    "rtsp_transport": "tcp",  # over UDP, lost packets smear the picture
    "reconnect": "1",  # to go on where an HTTP server broke off
    "reconnect_delay_max": "4",  # s
}


def open_media(path: Path) -> InputContainer:
    """The opened video. Raises LivebrushError when it is missing, empty, no media file, or a still picture."""
    if not path.exists():
        raise LivebrushError(f"{path}: no such file", code="not_found")
    if path.is_dir():
        raise LivebrushError(f"{path}: is a folder, expected a video file", code="unreadable")
    if path.stat().st_size == 0:
        raise LivebrushError(f"{path}: is empty (0 bytes), expected a video file", code="unreadable")
    if path.suffix == ADDRESS_SUFFIX:
        return _open_address(path.read_text(encoding="utf-8"))
    try:
        container = av.open(f"{_FILE}{path}", metadata_errors="replace")  # or "12:30.mp4" names a protocol
    except (FFmpegError, OSError) as error:
        reason = _why_unreadable(path) or error.strerror
        raise LivebrushError(
            f"{path}: is not a video that can be read: {reason}", code="unreadable"
        ) from error
    return _moving(container)


def open_again(container: InputContainer) -> InputContainer | None:
    """The same video from its beginning; None for a stream, which has none any more.

    raises: LivebrushError, as `open_media`
    """
    if container.name.startswith(_FILE):
        return open_media(Path(shown_name(container)))
    return _open_address(container.name) if container.duration is not None else None


def shown_name(container: InputContainer) -> str:
    """What an opened video is called in messages."""
    name = container.name
    return name.removeprefix(_FILE) if name.startswith(_FILE) else without_password(name)


def _open_address(url: str) -> InputContainer:
    try:
        container = av.open(url, options=_NETWORK, timeout=(_ANSWER_S, MORE_S), metadata_errors="replace")
    except (FFmpegError, OSError, ValueError) as error:
        raise LivebrushError(
            f"{without_password(url)}: does not open: {why_closed(url, error, _ANSWER_S)}", code="unavailable"
        ) from error
    return _moving(container)


def _moving(container: InputContainer) -> InputContainer:
    """FFmpeg shows text as ANSI art and a picture as a clip of one frame."""
    if container.format.name in ("tty", "image2") or container.format.name.endswith("_pipe"):
        name = shown_name(container)
        container.close()
        raise LivebrushError(f"{name}: is a still picture or text, expected a video file", code="unreadable")
    return container


def first_video(container: InputContainer) -> av.VideoStream:
    """The first track that moves. Raises LivebrushError when there is none or no decoder for it."""
    tracks = [stream for stream in container.streams.video if not is_cover(stream)]
    if not tracks:
        kinds = (
            ", ".join(sorted({"cover" if is_cover(s) else s.type for s in container.streams})) or "nothing"
        )
        raise LivebrushError(
            f"{shown_name(container)}: no video track, only {kinds}; give a file with moving pictures",
            code="unreadable",
        )
    if tracks[0].codec_context is None:
        raise LivebrushError(
            f"{shown_name(container)}: no decoder for its video; convert it to H.264 first",
            code="unsupported",
        )
    return tracks[0]


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
