"""What a look knows of its style photo: the colours of each region."""

from collections.abc import Container

import cv2
import numpy as np

from livebrush.models.looks import LUMA, QUANTILES, LookStatistics
from livebrush.models.regions import GROUPS, LEAST_SHARE, PERSON, PERSONS
from livebrush.realtime.engine.regions import settled, stand_in
from livebrush.realtime.looks.colour_map import square_root

SIDE = 256
"""pixels of the small copy, square whatever the photo's shape, that statistics are taken from"""
CELLS = 64
"""of the masks over a side"""


def look_statistics(
    photo: np.ndarray, masks: np.ndarray, persons: float = PERSONS, regions: float = 1.0
) -> LookStatistics:
    """What a look is made of.

    photo:   (H, W, 3) uint8, RGB, of any size; masks: (h, w, 10) uint8, of any size
    persons: how far they go where the photo shows none, 0..1
    regions: how much of its own each region has, 0..1; 0 treats a frame as a whole, but for persons
    """
    small = cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    shares = _sharpened(masks)
    groups = {name: shares[..., k] for k, name in enumerate(GROUPS) if shares[..., k].mean() >= LEAST_SHARE}
    chosen = sources(groups)
    whole = np.ones((CELLS, CELLS), np.float32)
    each = [_of_region(small, groups.get(name, whole)) for name in (*chosen, "")]
    means, roots, tones = (np.stack(part).astype(np.float32) for part in zip(*each, strict=True))
    known = np.array([*(regions * bool(name) for name in chosen), 1], np.float32)
    reach = np.ones(len(known), np.float32)
    if not chosen[PERSON]:
        reach[PERSON] = persons
    return LookStatistics(means, roots, tones, known, reach)


def sources(found: Container[str]) -> list[str]:
    """For each of GROUPS which of the style's groups it takes after, "" for the whole; nothing stands in for persons.

    found: the groups that the style photo shows
    """
    return [stand_in(group, found) if group != "person" or group in found else "" for group in GROUPS]


def _sharpened(masks: np.ndarray) -> np.ndarray:
    """(h, w, 10) uint8 as (CELLS, CELLS, 10) float32, which add up to 1, as the graph does it with its frames'"""
    planes = [
        cv2.resize(plane, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        for plane in np.moveaxis(masks.astype(np.float32) / 255, 2, 0)
    ]
    return settled(np.stack(planes, 2))


def _of_region(small: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, root of the covariance, and tones. small: (SIDE, SIDE, 3); mask: (CELLS, CELLS)"""
    cell = SIDE // CELLS
    weights = np.repeat(np.repeat(mask, cell, 0), cell, 1).ravel().astype(np.float64)
    weights /= weights.sum()
    colours = small.reshape(-1, 3).astype(np.float64)
    mean = weights @ colours
    covariance = (colours * weights[:, None]).T @ colours - np.outer(mean, mean)
    root = square_root(covariance + 1e-5 * np.eye(3))
    luma = np.array(LUMA)
    spread = np.sqrt(np.square(root @ luma).sum() + 1e-5)
    tones = (colours @ luma - mean @ luma) / spread
    order = np.argsort(tones)
    below = np.cumsum(weights[order])
    return mean, root, np.interp((np.arange(QUANTILES) + 0.5) / QUANTILES, below, tones[order])
