"""A small picture of the newest painted frame, for whoever waits for a video."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from livebrush.models.events import OnEvent, Preview
from livebrush.models.writing import whole_file
from livebrush.realtime.engine.finish import resized
from livebrush.realtime.pictures.formats import writable_format

EVERY_S = 1.0
_LONG_SIDE = 640  # pixels
_QUALITY = 85  # of JPEG, or WebP


class NewestFrame:
    """Writes at most one frame a second into a file, and tells of it.

    path:     replaced as a whole, so that it can be read at any time; the suffix names the format
    on_event: told a Preview
    clock:    seconds, monotonic
    raises:   LivebrushError for a suffix that stands for no picture
    """

    def __init__(self, path: Path, on_event: OnEvent, clock: Callable[[], float] = time.monotonic) -> None:
        writable_format(path)
        self._path, self._tell, self._clock = path, on_event, clock
        self._written_s = -math.inf

    def show(self, pixels: np.ndarray) -> None:
        """A frame that was painted, (H, W, 3) uint8 RGB. raises: LivebrushError where the file cannot be written"""
        now_s = self._clock()
        if now_s - self._written_s < EVERY_S:
            return
        self._written_s = now_s
        small = resized(pixels, min(1.0, _LONG_SIDE / max(pixels.shape[:2])))
        with whole_file(self._path) as partial:
            Image.fromarray(small).save(partial, quality=_QUALITY)
        self._tell(Preview(self._path))
