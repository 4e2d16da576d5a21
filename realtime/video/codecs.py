"""Which containers and codecs can be written, and how each encoder is asked for quality and speed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
from av.codec.codec import UnknownCodecError

from livebrush.models.errors import LivebrushError

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


@dataclass(frozen=True)
class Container:
    """A file format.

    format: FFmpeg's muxer; codec: the default, and alpha_codec the default for pictures with alpha
    keeps_rotation: has a place for a display matrix; keeps_shape: for a pixel's aspect ratio, whatever the codec
    tick_hz: timestamps are rounded to 1/tick_hz seconds; None keeps any time base
    even_pace: one frame rate for the whole file
    """

    format: str
    codec: str
    alpha_codec: str | None = None
    keeps_rotation: bool = True
    keeps_shape: bool = False
    tick_hz: int | None = None
    even_pace: bool = False


CONTAINERS = {
    ".mp4": Container("mp4", "h264", keeps_shape=True),
    ".m4v": Container("mp4", "h264", keeps_shape=True),
    ".mov": Container("mov", "h264", "prores", keeps_shape=True),
    ".mkv": Container("matroska", "h264", "vp9", tick_hz=1000),
    ".webm": Container("webm", "vp9", "vp9", tick_hz=1000),
    ".avi": Container("avi", "mpeg4", "ffv1", keeps_rotation=False, even_pace=True),
    ".gif": Container("gif", "gif", "gif", keeps_rotation=False, tick_hz=100),
    ".webp": Container("webp", "webp", "webp_lossless", keeps_rotation=False, tick_hz=1000),
}


@dataclass(frozen=True)
class Codec:
    """A video codec and the FFmpeg encoder that writes it.

    pixel_format, alpha_pixel_format: what the encoder is fed; no alpha format: alpha cannot be kept
    crf: the default quality, 0 is best; None where the codec has no such dial
    even_size: height and width must be even
    keeps_shape: its own stream tells a pixel's aspect ratio (PyAV cannot write it into Matroska)
    options: (crf, preset) -> the encoder's own options
    """

    encoder: str
    pixel_format: str
    alpha_pixel_format: str | None
    crf: int | None
    even_size: bool
    keeps_shape: bool
    options: Callable[[int, str], dict[str, str]]


def _x26x(crf: int, preset: str) -> dict[str, str]:
    return {"crf": str(crf), "preset": preset}


def _vp9(crf: int, preset: str) -> dict[str, str]:
    speed = str(max(0, 8 - PRESETS.index(preset)))
    deadline = "realtime" if PRESETS.index(preset) < 3 else "good"
    # No alternate reference frames: they cannot carry alpha.
    return {
        "crf": str(crf),
        "b": "0",
        "cpu-used": speed,
        "deadline": deadline,
        "row-mt": "1",
        "auto-alt-ref": "0",
    }


def _av1(crf: int, preset: str) -> dict[str, str]:
    return {"crf": str(crf), "preset": str(10 - PRESETS.index(preset))}


CODECS = {
    "h264": Codec("libx264", "yuv420p", None, 18, True, True, _x26x),
    "hevc": Codec(
        "libx265",
        "yuv420p",
        None,
        22,
        True,
        True,
        lambda c, p: _x26x(c, p) | {"x265-params": "log-level=none:open-gop=0"},
    ),
    "vp9": Codec("libvpx-vp9", "yuv420p", "yuva420p", 30, False, False, _vp9),
    "av1": Codec("libsvtav1", "yuv420p", None, 30, True, False, _av1),
    "ffv1": Codec("ffv1", "bgr0", "bgra", None, False, False, lambda c, p: {"level": "3", "slicecrc": "1"}),
    "prores": Codec(
        "prores_ks", "yuv422p10le", "yuva444p10le", None, True, False, lambda c, p: {"vendor": "apl0"}
    ),
    "qtrle": Codec("qtrle", "rgb24", "argb", None, False, False, lambda c, p: {}),
    "png": Codec("png", "rgb24", "rgba", None, False, True, lambda c, p: {}),
    "mjpeg": Codec(
        "mjpeg",
        "yuvj420p",
        None,
        3,
        False,
        True,
        lambda c, p: {"qmin": str(max(c, 1)), "qmax": str(max(c, 1))},
    ),
    "mpeg4": Codec(
        "mpeg4",
        "yuv420p",
        None,
        3,
        False,
        True,
        lambda c, p: {"qmin": str(max(c, 1)), "qmax": str(max(c, 1))},
    ),
    "gif": Codec("gif", "pal8", "pal8", None, False, False, lambda c, p: {}),
    "webp": Codec("libwebp_anim", "yuv420p", None, None, False, False, lambda c, p: {"quality": "80"}),
    # Of alpha FFmpeg's encoder keeps nothing unless it is lossless
    "webp_lossless": Codec(
        "libwebp_anim", "bgra", "bgra", None, False, False, lambda c, p: {"lossless": "1"}
    ),
}

WORST_CRF = {"vp9": 63, "av1": 63, "mjpeg": 31, "mpeg4": 31}
"""the end of the scale where it is not 51"""

ALIASES = {codec.encoder: name for name, codec in CODECS.items()} | {
    "h265": "hevc",
    "x264": "h264",
    "x265": "hevc",
}

_USUAL_SUFFIXES = {
    "prores": ".mov", "qtrle": ".mov", "ffv1": ".mkv", "gif": ".gif", "webp": ".webp", "webp_lossless": ".webp",
}  # fmt: skip


def container_for(path: Path) -> Container:
    """The container that a file's suffix names; "-" is Matroska. Raises LivebrushError for one that is not known."""
    container = CONTAINERS.get(".mkv" if str(path) == "-" else path.suffix.lower())
    if path.is_dir():
        raise LivebrushError(
            f"{path}: is a folder, expected a file name such as {path / 'painted.mp4'}", code="unwritable"
        )
    if container is None:
        known = ", ".join(CONTAINERS)
        raise LivebrushError(
            f"{path}: no video format has the suffix '{path.suffix}'; name the output one of {known}",
            code="invalid",
        )
    return container


def choose_codec(path: Path, wanted: str | None, alpha: bool) -> tuple[str, Codec]:
    """The codec for a file: the wanted one, else the container's default for pictures with or without alpha.

    raises: LivebrushError when the codec is unknown, missing from this FFmpeg, or foreign to the container
    """
    container = container_for(path)
    name = wanted or (container.alpha_codec if alpha else None) or container.codec
    name = ALIASES.get(name.lower(), name.lower())
    if name not in CODECS:
        raise LivebrushError(
            f"codec '{name}' is not known; expected one of {', '.join(CODECS)}", code="invalid"
        )
    codec = CODECS[name]
    if codec.encoder not in av.codecs_available or not _is_encoder(codec.encoder):
        ready = ", ".join(n for n, c in CODECS.items() if _is_encoder(c.encoder))
        raise LivebrushError(
            f"codec '{name}' needs the encoder {codec.encoder}, not built in here; take one of {ready}",
            code="not_installed",
        )
    if not _holds(container, codec):
        others = " or ".join(suffix for suffix, other in CONTAINERS.items() if _holds(other, codec))
        raise LivebrushError(
            f"{path.suffix} cannot hold {name}", code="unsupported", remedy="codec_or_format", formats=others
        )
    return name, codec


def usual_suffix(codec: str | None) -> str:
    """Of a file for pictures of a codec, .mp4 where that holds it."""
    name = (codec or "h264").lower()
    return _USUAL_SUFFIXES.get(ALIASES.get(name, name), ".mp4")


def check_preset(preset: str) -> None:
    """Raises LivebrushError for a preset that no encoder knows."""
    if preset not in PRESETS:
        raise LivebrushError(
            f"preset '{preset}' is not known; expected one of {', '.join(PRESETS)}", code="invalid"
        )


def check_quality(name: str, crf: int | None) -> None:
    """Raises LivebrushError for a quality that the codec called `name` does not know."""
    if crf is None:
        return
    if CODECS[name].crf is None:
        raise LivebrushError(f"{name} has one quality only", code="conflict", remedy="leave_out", field="crf")
    worst = WORST_CRF.get(name, 51)
    if not 0 <= crf <= worst:
        raise LivebrushError(
            f"crf must be 0 (best) to {worst} (smallest) for {name}, got {crf}", code="invalid"
        )


def _holds(container: Container, codec: Codec) -> bool:
    scratch = av.open("scratch", "w", format=container.format)  # opens no file before its first packet
    try:
        scratch.add_stream(codec.encoder)
    except ValueError:
        return False
    return True


def _is_encoder(name: str) -> bool:
    try:
        return av.Codec(name, "w").is_encoder
    except UnknownCodecError:
        return False
