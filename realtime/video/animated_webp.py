"""Animated WebP read by Pillow: FFmpeg writes it and does not read it."""

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.codec.context import Flags
from PIL import Image, UnidentifiedImageError

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import DISK_FULL

_MILLISECOND = Fraction(1, 1000)


def is_animated_webp(path: Path) -> bool:
    """Whether a file is WebP with more than one frame."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            if file.read(4) != b"RIFF" or file.read(8)[4:] != b"WEBP":
                return False
        with Image.open(path) as picture:
            return bool(getattr(picture, "is_animated", False))
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
        return False


def write_matroska(path: Path, target: Path) -> None:
    """The frames with their times and alpha, without loss.

    raises: LivebrushError when one cannot be read, or there is no room
    """
    try:
        with Image.open(path) as picture, av.open(str(target), "w", format="matroska") as output:
            stream = cast(av.VideoStream, output.add_stream("ffv1", rate=25, time_base=_MILLISECOND))
            stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "bgra"
            stream.codec_context.flags |= Flags.frame_duration
            time_ms = 0
            for number in range(getattr(picture, "n_frames", 1)):
                picture.seek(number)
                pixels = np.asarray(picture.convert("RGBA"))
                frame = av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format="bgra")
                frame.pts, frame.time_base = time_ms, _MILLISECOND
                frame.duration = max(1, round(picture.info.get("duration", 100)))
                time_ms += frame.duration
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    except OSError as error:
        if error.errno in DISK_FULL:
            raise LivebrushError(
                f"{target.parent}: full; set TMPDIR to a folder with more room", code="disk_full"
            ) from error
        raise LivebrushError(
            f"{path}: its frames cannot be read ({error}); check that it plays", code="unreadable"
        ) from error
    except (EOFError, ValueError, Image.DecompressionBombError) as error:
        raise LivebrushError(
            f"{path}: its frames cannot be read ({error}); check that it plays", code="unreadable"
        ) from error
