"""A still of any mode, depth, profile and orientation as upright 8-bit sRGB."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from livebrush.models.events import Note
from livebrush.realtime.pictures.decode import decode
from livebrush.realtime.pictures.exif import ORIENTATIONS
from livebrush.realtime.pictures.srgb import to_srgb


@dataclass(frozen=True, eq=False)
class Picture:
    """A still as it is shown.

    pixels: (H, W, 3) RGB uint8, sRGB, upright
    alpha: (H, W) uint8, 0 is transparent; None: opaque
    exif: the camera's data, orientation 1, without the thumbnail; None: there is none
    dpi: (horizontal, vertical) dots per inch, or None
    has_profile: whether the file came with an ICC profile
    notes: what was approximated or left out, one line each
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    has_profile: bool = False
    notes: Sequence[Note] = ()


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """Reads a still of any colour mode and depth; of several frames or pages, the first.

    16-bit values are rounded to 8. Floats and 32-bit integers have no agreed white: it is the smallest of
    1 (floats only), 255 and 65535 that holds the brightest value, else that value.
    raises: LivebrushError when it is missing, a folder, empty, no picture, damaged or too large
    """
    path, notes = Path(path), []
    image, exif, orientation = decode(path, notes)
    colour, alpha = _split_alpha(image)
    icc = image.info.get("icc_profile")
    pixels = np.array(to_srgb(colour, icc, notes))
    dpi = _valid_dpi(image.info.get("dpi"))
    turn = ORIENTATIONS.get(orientation)
    if turn:
        pixels, alpha = turn.shown(pixels), None if alpha is None else turn.shown(alpha)
        dpi = (dpi[1], dpi[0]) if dpi and turn.transpose else dpi
    return Picture(pixels, alpha, exif, dpi, bool(icc), tuple(notes))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, np.ndarray | None]:
    """The colours in mode L, RGB, CMYK or LAB, and the alpha plane (H, W) uint8 or None."""
    kept = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK", "LAB": "LAB"}.get(image.mode, "RGB")
    if not image.has_transparency_data:
        return image.convert(kept), None
    rgba = image.convert("RGBA")
    return rgba.convert(kept), np.array(rgba.getchannel("A"))


def _valid_dpi(dpi: Any) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in dpi)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    fits = all(math.isfinite(value) and 1 <= value <= 65535 for value in (across, down))
    return (across, down) if fits else None
