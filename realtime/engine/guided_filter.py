"""The guided filter's linear maps: how colours around each pixel of a photo are turned into something else."""

import cv2
import numpy as np

STRIP = 24_000
"""pixels that maps are applied to at a time"""


def linear_maps(photo: np.ndarray, target: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """Around each pixel, the map of the photo's colours that comes nearest to the target.

    photo:   (h, w, 3) float32; target: (h, w, K) float32
    radius:  of the window that a map is fitted in, pixels; over as large a one the maps are averaged
    epsilon: squared spread of colour below which a place counts as flat, and only the target's mean follows there
    returns: (h, w, K, 4) float32: three slopes and an offset
    source:  He et al. 2013, Guided Image Filtering, the colour form
    """
    colours = cv2.split(photo)
    means = [_mean(colour, radius) for colour in colours]
    spread = {
        (i, j): _mean(colours[i] * colours[j], radius) - means[i] * means[j]
        for i in range(3)
        for j in range(i, 3)
    }
    inverse = _inverse(spread, epsilon)
    maps = np.empty((*photo.shape[:2], target.shape[2], 4), np.float32)
    for k in range(target.shape[2]):
        wanted = np.ascontiguousarray(target[..., k])
        mean = _mean(wanted, radius)
        together = [_mean(colours[i] * wanted, radius) - means[i] * mean for i in range(3)]
        slopes = [
            inverse[0, i] * together[0]
            + inverse[min(i, 1), max(i, 1)] * together[1]
            + inverse[i, 2] * together[2]
            for i in range(3)
        ]
        offset = mean - slopes[0] * means[0] - slopes[1] * means[1] - slopes[2] * means[2]
        maps[..., k, :] = cv2.blur(
            cv2.merge([*slopes, offset]), _window(radius), borderType=cv2.BORDER_REFLECT
        )
    return maps


def mapped(maps: np.ndarray, photo: np.ndarray, room: np.ndarray | None = None) -> np.ndarray:
    """A photo's colours turned by maps that may be of a smaller size (He & Sun 2015, the fast guided filter).

    maps:    (h, w, 4) float32, see `linear_maps`; photo: (H, W, 3) uint8
    room:    (H, W, 4) float32 to work in, for who does this frame by frame: new memory costs as much as the work
    returns: (H, W) float32
    """
    height, width = photo.shape[:2]
    enlarged = cv2.resize(maps, (width, height), room, interpolation=cv2.INTER_LINEAR)
    turned = np.empty((height, width), np.float32)
    # A few rows at a time stay in the cache, and in memory that is used again: four times as fast
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):
        strip = slice(top, top + rows)
        *slopes, offset = cv2.split(enlarged[strip])
        for slope, colour in zip(slopes, cv2.split(photo[strip].astype(np.float32)), strict=True):
            cv2.accumulateProduct(slope, colour, offset)
        turned[strip] = offset
    return turned


Spread = dict[tuple[int, int], np.ndarray]


def _inverse(spread: Spread, epsilon: float) -> Spread:
    """Of symmetric 3x3 matrices, (h, w) each entry of the upper triangle, with epsilon on the diagonal."""
    a, b, c = spread[0, 0] + epsilon, spread[0, 1], spread[0, 2]
    d, e, f = spread[1, 1] + epsilon, spread[1, 2], spread[2, 2] + epsilon
    first, second, third = d * f - e * e, c * e - b * f, b * e - c * d
    determinant = a * first + b * second + c * third
    return {
        (0, 0): first / determinant, (0, 1): second / determinant, (0, 2): third / determinant,
        (1, 1): (a * f - c * c) / determinant, (1, 2): (b * c - a * e) / determinant,
        (2, 2): (a * d - b * b) / determinant,
    }  # fmt: skip


def _mean(plane: np.ndarray, radius: int) -> np.ndarray:
    return cv2.blur(plane, _window(radius), borderType=cv2.BORDER_REFLECT)


def _window(radius: int) -> tuple[int, int]:
    return (2 * radius + 1, 2 * radius + 1)
