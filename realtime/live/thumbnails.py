"""Small pictures of what styles make of a frame, for whoever chooses between them."""

from collections.abc import Sequence

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.finish import Finish, resized
from livebrush.realtime.engine.layers import Layer
from livebrush.realtime.engine.stream import Stream

_LINES = 160
"""enough for a style to be told by its strokes, and painted in a few milliseconds"""


def thumbnail(pixels: np.ndarray, layers: Sequence[Layer]) -> np.ndarray | None:
    """A frame, (H, W, 3) uint8, RGB, painted at a short side of at most 160 pixels; None where the style fails."""
    small = resized(pixels, min(1.0, _LINES / min(pixels.shape[:2])))
    try:
        return Stream(in_time=True).paint(small, layers, Finish(), 1.0)
    except LivebrushError:
        return None
