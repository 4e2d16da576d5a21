"""The picture that a style for any picture paints after."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from livebrush.models.catalogue import Choice
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.finish import resized
from livebrush.realtime.pictures.picture import read_picture

_LONGEST_SIDE = 1024
"""pixels; a model looks at it with every frame, and at no more than a few hundred pixels of it"""


def style_picture_of(choice: Choice) -> np.ndarray | None:
    """(h, w, 3) uint8 RGB; None for a style that takes none. The same array again for the same file.

    raises: LivebrushError where no picture was named, or it cannot be read
    """
    if not choice.model.takes_picture:
        return None
    if choice.picture is None:
        raise LivebrushError(
            f"{choice.model.path.name} paints after a picture: name it as {choice.model.path.name}:PICTURE",
            code="invalid",
        )
    found = choice.picture.stat()
    return _read(choice.picture, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=32)
def _read(path: Path, _time_ns: int, _size: int) -> np.ndarray:
    """Once for each state of a file."""
    pixels = read_picture(path).pixels
    return resized(pixels, min(1.0, _LONGEST_SIDE / max(pixels.shape[:2])))
