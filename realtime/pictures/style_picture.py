"""A picture to paint after: on white where it is transparent, and refused where there is nothing to paint after."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.pictures.picture import Picture, read_picture

LEAST_SIDE = 32
"""pixels: smaller pictures show no strokes"""
LEAST_SPREAD = 2.0
"""levels that a picture's colours deviate at least: of one flat colour no painting can be made"""
_LOOKED_AT = 512
"""pixels of the short side that tell whether it is"""


def read_style_picture(path: Path, may_be_plain: bool = False) -> Picture:
    """As `read_picture`, opaque; notes name the file.

    may_be_plain: whether one flat colour will do, as it does for a part of a picture: a sky may be plain
    raises: LivebrushError for a file that is no picture, and one that cannot carry a style
    """
    picture = read_picture(path)
    pixels = _on_white(picture)
    height, width = pixels.shape[:2]
    if min(height, width) < LEAST_SIDE:
        raise LivebrushError(
            f"{path.name} is {width}x{height} pixels, too small to paint after: take one of {LEAST_SIDE} or more each "
            "way",
            code="unsupported",
        )
    step = max(1, min(height, width) // _LOOKED_AT)
    if not may_be_plain and float(pixels[::step, ::step].std((0, 1)).max()) < LEAST_SPREAD:
        raise LivebrushError(
            f"{path.name} is one flat colour{', or transparent' if picture.alpha is not None else ''}: there is "
            "nothing to paint after",
            code="unsupported",
        )
    # Without advice, which is for pictures to be painted
    notes = [replace(note.of(path.name), remedy="") for note in picture.notes]
    return replace(picture, pixels=pixels, alpha=None, notes=notes)


def _on_white(picture: Picture) -> np.ndarray:
    if picture.alpha is None:
        return picture.pixels
    share = picture.alpha[..., None] / np.float32(255)
    return (picture.pixels * share + 255 * (1 - share) + 0.5).astype(np.uint8)
