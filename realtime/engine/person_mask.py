"""Where persons are in the frames of a stream: found in a small copy, steadied, and brought to the frame's edges."""

import cv2
import numpy as np

from livebrush.realtime.engine.finish import resized
from livebrush.realtime.engine.guided_filter import linear_maps, mapped
from livebrush.realtime.engine.mask_feed import CUT
from livebrush.realtime.engine.regions import RegionFinder

EVERY = 2
"""frames from one run of the net to the next; the edges are those of each frame"""
STILL_SHARE = 0.25
"""of a new mask where nothing moves, in the mean over time; where something moves, all of it"""
STILL_LEVELS, MOVING_LEVELS = 3.0, 10.0
"""by which a place differs from the frame before: up to the first nothing moves, from the second on something does"""
RADIUS = 3
"""of the guided filter, pixels of a copy half as large as what the net is shown: one and a half of the net's mask"""
EPSILON = 10.0**2
"""levels squared: edges of the frame weaker than this do not cut the mask"""
DOUBT = (0.25, 0.6)
"""shares up to the first are no person and from the second on a whole one: what the net hesitates about, such as wide
clothes, would shine through otherwise"""

LARGEST = 4_000_000
"""pixels of the copy that the edges are taken from, where the frame has more: of 24 million they would take 400 MB"""

_NEIGHBOURS = np.ones((3, 3), np.uint8)


class PersonMask:
    """The share of persons in each pixel of frames that follow each other. One stream, in one thread at a time.

    finder: of the groups `livebrush.models.regions.PERSON_GROUPS`

    share:  (H, W) float32, 0 to 1, of persons in the frame that was looked at last

    source: edges by He et al. 2013 and He & Sun 2015, see guided_filter.py
    """

    def __init__(self, finder: RegionFinder) -> None:
        self._finder = finder
        self._small: np.ndarray | None = None
        self._mean = np.empty((0, 0), np.float32)
        self._age = 0
        self._room = np.empty((0, 0, 4), np.float32)
        self.share = np.empty((0, 0), np.float32)

    def look(self, frame: np.ndarray) -> None:
        """Find the persons of the next frame, (H, W, 3) uint8, RGB. A cut, or another size, starts anew."""
        small = self._finder.shrunk(frame)
        coarse = self._steadied(small)
        guide = cv2.resize(small, (small.shape[1] // 2, small.shape[0] // 2), interpolation=cv2.INTER_AREA)
        target = cv2.resize(coarse, guide.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        maps = linear_maps(guide.astype(np.float32), target[..., None], RADIUS, EPSILON)
        copy = resized(frame, min(1.0, (LARGEST / frame[..., 0].size) ** 0.5))
        if self._room.shape[:2] != copy.shape[:2]:
            self._room = np.empty((*copy.shape[:2], 4), np.float32)
        share = _sure(mapped(maps[..., 0, :], copy, self._room))
        if copy is not frame:
            share = cv2.resize(share, frame.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        self.share = share

    def composed(self, persons: np.ndarray, others: np.ndarray) -> np.ndarray:
        """One picture for persons and one for all else put together: (H, W, 3) uint8 each, as large as the frame."""
        rest = cv2.subtract(1.0, self.share)  # pyright: ignore[reportArgumentType, reportCallIssue]
        return cv2.blendLinear(persons, others, self.share, rest)

    def _steadied(self, small: np.ndarray) -> np.ndarray:
        """The net's mask of a small copy, (h, w) float32, 0 to 1, as an exponential mean over time."""
        self._age += 1
        before, apart = self._small, None
        if before is not None and before.shape == small.shape:
            apart = _apart(before, small, self._mean.shape)
            apart = apart if apart.mean() <= CUT else None
        if apart is None or self._age >= EVERY:
            found = self._finder.found(small)[..., 0].astype(np.float32) / 255
            self._mean = found if apart is None else self._mean + _share_of_new(apart) * (found - self._mean)
            self._small, self._age = small, 0
        return self._mean


def _apart(one: np.ndarray, other: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """By how many levels two pictures differ, in the mean of their channels, brought to a size: (h, w) float32."""
    difference = cv2.cvtColor(cv2.absdiff(one, other), cv2.COLOR_RGB2GRAY)
    return cv2.resize(difference, size[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)


def _share_of_new(moved: np.ndarray) -> np.ndarray:
    """Of the new mask in the mean, from how much each place and its neighbours moved."""
    moving = (cv2.dilate(moved, _NEIGHBOURS) - STILL_LEVELS) / (MOVING_LEVELS - STILL_LEVELS)
    return STILL_SHARE + (1 - STILL_SHARE) * np.clip(moving, 0, 1)


def _sure(share: np.ndarray) -> np.ndarray:
    """Without the traces of doubt that a soft mask leaves in either region."""
    none, whole = DOUBT
    share -= none
    share *= 1 / (whole - none)
    return np.clip(share, 0, 1, out=share)
