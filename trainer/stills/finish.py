"""The last filter of an edited photo: its colours become a smooth map of the photo's own, at the photo's full size."""

import cv2
import numpy as np

from livebrush.realtime.engine.guided_filter import linear_maps

SHARE = 1 / 80
"""of the long side: the radius within which colours follow one affine map"""
EPSILON = 1e-3
"""squared spread of colour, of 1, below which a place counts as flat: only its mean follows there"""
STRIP = 512
"""rows of the full picture that are worked on at a time"""


def finish_photo(photo: np.ndarray, edited: np.ndarray) -> np.ndarray:
    """Edit a photo as a smaller one was edited, every edge where the photo has it.

    Around every pixel the affine map of colours is fitted that comes nearest to the edit; the maps are averaged,
    enlarged and applied to the photo. What no such map can give, the noise of an optimisation, is gone.

    photo:   (H, W, 3) uint8, RGB; edited: (h, w, 3) uint8, not larger
    returns: (H, W, 3) uint8
    source:  He et al. 2013, Guided Image Filtering, the colour form; He and Sun 2015 for two sizes
    """
    height, width = photo.shape[:2]
    size = edited.shape[1::-1]
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA) if photo.shape != edited.shape else photo
    maps = colour_maps(small.astype(np.float32) / 255, edited.astype(np.float32) / 255)
    finished = np.empty_like(photo)
    for top in range(0, height, STRIP):
        rows = slice(top, min(top + STRIP, height))
        here = _enlarged_rows(maps, height, width, rows)
        pixels = photo[rows].astype(np.float32) / 255
        painted = np.einsum("hwij,hwj->hwi", here[..., :3], pixels) + here[..., 3]
        finished[rows] = np.clip(painted * 255 + 0.5, 0, 255).astype(np.uint8)
    return finished


def colour_maps(photo: np.ndarray, edited: np.ndarray) -> np.ndarray:
    """The affine map around each pixel that takes the photo's colours to the edited ones.

    photo, edited: (h, w, 3) float32, RGB in [0, 1]
    returns:       (h, w, 3, 4) float32: a 3x3 matrix and an offset
    """
    radius = max(2, round(SHARE * max(photo.shape[:2])))
    # Of the change, which is pulled towards 0: fine texture in flat places stays as strong as it is
    return linear_maps(photo, edited - photo, radius, EPSILON) + np.eye(3, 4, dtype=np.float32)


def _enlarged_rows(maps: np.ndarray, height: int, width: int, rows: slice) -> np.ndarray:
    """Some rows of the maps as they would be at the full size: (rows, width, 3, 4), bilinear."""
    small_height, small_width = maps.shape[:2]
    x = (np.arange(width, dtype=np.float32) + 0.5) * small_width / width - 0.5
    y = (np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5) * small_height / height - 0.5
    grid = np.broadcast_to(x, (len(y), width)), np.broadcast_to(y[:, None], (len(y), width))
    flat = maps.reshape(small_height, small_width, 12)
    planes = [
        cv2.remap(flat[..., k : k + 4], *grid, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for k in (0, 4, 8)
    ]
    return np.concatenate(planes, 2).reshape(len(y), width, 3, 4)
