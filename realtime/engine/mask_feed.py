"""Region masks for a sequence of frames: found in every sixth frame, and used for those between."""

import cv2
import numpy as np

from livebrush.realtime.engine.regions import RegionFinder

EVERY = 6
"""frames: a fifth of a second, in which no region moves far"""
CUT = 12.0
"""a cut: the mean difference, in 8-bit levels, between a small copy of the frame and that of the last masks"""
SIDE = 32
"""pixels of that copy"""
SAMPLED = 128
"""rows that it is the mean of, or more: of all, in a large frame, it takes ten times as long"""


class MaskFeed:
    """The masks that a look needs with each frame. After a cut, and after `reset`, they are found at once."""

    def __init__(self, finder: RegionFinder) -> None:
        self._finder = finder
        self.reset()

    def reset(self) -> None:
        """The next frame does not follow the last one."""
        self._small: np.ndarray | None = None
        self._age = 0

    def masks(self, frame: np.ndarray) -> np.ndarray:
        """frame: (H, W, 3) uint8, RGB; returns (h, w, 10) uint8, see `RegionFinder.coarse`"""
        self._age += 1
        # Means, so that noise does not look like a cut
        rows = frame[:: max(1, len(frame) // SAMPLED)]
        small = cv2.resize(rows, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
        if self._small is None or self._age >= EVERY or np.abs(small - self._small).mean() > CUT:
            self._small, self._age = small, 0
            self._masks = self._finder.coarse(frame)
        return self._masks
