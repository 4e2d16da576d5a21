"""What an upload is, found out by decoding it in a process of its own: python -m livebrush.realtime.studio.work.probe

The process takes {"path", limits} as JSON on standard input and prints facts, or a refusal, as JSON. Before it looks at
a file that may have been made to harm it takes from itself all memory and time but what it is allowed (where the system
can do that: not on Windows, and on macOS only the time).
"""

import functools
import json
import subprocess
import sys
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from livebrush.realtime.studio.work.refused import Refused
from livebrush.realtime.studio.work.settings import Limits

_PATIENCE = 3  # times the processor time: a busy machine is slower by the clock
_KEY_FRAMES = 100  # decoded at most; others are counted
_ORIENTATION, _TURNED = 0x0112, {5, 6, 7, 8}
_FTYP_PICTURES = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
PICTURE_SUFFIXES = {
    "PNG": ".png", "JPEG": ".jpg", "MPO": ".jpg", "WEBP": ".webp", "TIFF": ".tif", "BMP": ".bmp", "GIF": ".gif",
    "AVIF": ".avif", "HEIF": ".heic",
}  # fmt: skip
VIDEO_SUFFIXES = {
    "mov": ".mp4", "matroska": ".mkv", "avi": ".avi", "gif": ".gif", "mpegts": ".ts", "mpeg": ".mpg", "ogg": ".ogv",
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """Of a picture or video.

    kind:    "picture" or "video"
    suffix:  that the commands know the format by, from what is in the file
    width, height: in pixels, as it is shown
    seconds, frames: of a video; 0 and 1 of a picture
    """

    kind: str
    suffix: str
    width: int
    height: int
    seconds: float = 0.0
    frames: int = 1


def probe(path: Path, limits: Limits) -> Facts:
    """raises: Refused for what is no picture or video that the commands read, is damaged, or is beyond the limits"""
    told = json.dumps({"path": str(path), **asdict(limits)})
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", __name__], input=told, capture_output=True, text=True, check=False,
            timeout=_PATIENCE * limits.decoder_s,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Refused(413, "It takes too long to read: shorten it or scale it down.") from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:  # killed by the system at a limit, or by a fault in a decoder
        raise Refused(422, "It cannot be read: it is damaged, or takes too much memory or time.") from error
    if "error" in answer:
        raise Refused(answer["status"], answer["error"])
    return Facts(**answer)


def main() -> None:
    told = json.loads(sys.stdin.read())
    path, limits = Path(told.pop("path")), Limits(**told)
    try:
        answer = asdict(_look(path, limits))
    except Refused as error:
        answer = {"status": error.status, "error": str(error)}
    except MemoryError:
        answer = {"status": 413, "error": "It takes too much memory to read: scale it down."}
    except Exception:  # decoders raise nearly anything on damaged bytes
        answer = {"status": 422, "error": "It is damaged or cut short: copy or export it again."}
    sys.stdout.write(json.dumps(answer))


def _look(path: Path, limits: Limits) -> Facts:
    with path.open("rb") as file:
        start = file.read(400)
    container = _container_of(start)
    with warnings.catch_warnings(action="ignore"):
        if container == "gif":
            facts = _video(path, container, limits)
            return facts if facts.frames > 1 else _picture(path, limits)
        if container:
            return _video(path, container, limits)
        return _picture(path, limits)


def _container_of(start: bytes) -> str | None:
    """FFmpeg's name of the container that begins so; None: a picture, or nothing that is taken.

    FFmpeg never guesses itself: it would follow playlists to other files and hosts.
    """
    if start[4:8] == b"ftyp":
        return None if start[8:12] in _FTYP_PICTURES else "mov"
    if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
        return "avi"
    if start[:1] == b"\x47" and start[188:189] == b"\x47":
        return "mpegts"
    beginnings = {b"\x1a\x45\xdf\xa3": "matroska", b"GIF8": "gif", b"OggS": "ogg", b"\0\0\1\xba": "mpeg"}
    return next((name for begun, name in beginnings.items() if start.startswith(begun)), None)


def _picture(path: Path, limits: Limits) -> Facts:
    from PIL import Image, UnidentifiedImageError

    try:
        import pillow_heif

        pillow_heif.register_heif_opener()
    except ImportError:
        pass  # phones' pictures are then refused as unknown
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked below
    Image.init()
    _restrain(limits)
    try:
        with Image.open(path, formats=[name for name in PICTURE_SUFFIXES if name in Image.OPEN]) as image:
            _require_pixels(image.width, image.height, limits.picture_pixels)
            image.load()
            turned = image.getexif().get(_ORIENTATION) in _TURNED
            width, height = (image.height, image.width) if turned else image.size
            return Facts("picture", PICTURE_SUFFIXES[image.format or ""], width, height)
    except UnidentifiedImageError as error:
        raise Refused(
            415, "It is no picture or video that can be read: send PNG, JPEG, WebP or MP4."
        ) from error


def _video(path: Path, container_name: str, limits: Limits) -> Facts:
    import av
    from av.stream import Disposition

    _restrain(limits)
    with av.open(str(path), format=container_name, options={"protocol_whitelist": "file"}) as container:
        moving = [
            stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic
        ]
        if not moving:
            raise Refused(415, "It has no moving picture: send a video or a picture.")
        stream = moving[0]
        stream.codec_context.skip_frame = "NONKEY"
        stream.codec_context.thread_count = 1
        width, height, turned, decoded, count, last_s, first_s = 0, 0, False, 0, 0, 0.0, None
        for packet in container.demux(stream):
            _require_pixels(stream.codec_context.width, stream.codec_context.height, limits.video_pixels)
            if decoded < _KEY_FRAMES and (packet.is_keyframe or not decoded):
                for frame in packet.decode():
                    _require_pixels(frame.width, frame.height, limits.video_pixels)
                    width, height, turned = frame.width, frame.height, bool(frame.rotation % 180)
                    decoded += 1
            if packet.size and packet.pts is not None:
                count += 1
                at_s = float(packet.pts * packet.time_base)
                first_s = at_s if first_s is None else min(first_s, at_s)
                last_s = max(last_s, at_s + float((packet.duration or 0) * packet.time_base))
                _require_seconds(last_s - first_s, limits.seconds)
        if not decoded:
            raise Refused(422, "It holds no frame that can be read: copy or export it again.")
    if turned:
        width, height = height, width
    return Facts(
        "video", VIDEO_SUFFIXES[container_name], width, height, last_s - (first_s or 0), max(count, 1)
    )


def _require_pixels(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise Refused(
            413, f"It has {width}x{height} pixels, at most {most / 1e6:.3g} million are taken: scale it down."
        )


def _require_seconds(seconds: float, most: float) -> None:
    if seconds > most:
        raise Refused(413, f"It is longer than the {most:g} seconds that are taken: cut it.")


@functools.cache  # what a process has taken from itself it cannot take once more
def _restrain(limits: Limits) -> None:
    """From here on: so much memory more than now, so much time, no written file, no dump."""
    if sys.platform == "win32":
        return
    import resource

    import psutil

    used_s = sum(psutil.Process().cpu_times()[:2])
    bounds = {
        resource.RLIMIT_CPU: int(used_s + limits.decoder_s) + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform == "linux":
        bounds[resource.RLIMIT_AS] = psutil.Process().memory_info().vms + limits.decoder_bytes
    for which, most in bounds.items():
        resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    main()
