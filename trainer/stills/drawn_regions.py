"""Regions that a person drew: two pictures of masks, in which the same colour means the same region."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from livebrush.realtime.engine.regions import guided_masks
from livebrush.trainer.stills.objective import Region, StyleSource
from livebrush.trainer.stills.pixels import mask_tensor

LEAST_SHARE = 0.003
"""of a picture's pixels, that a region has at least"""
EVEN = 40
"""levels that colours differ by inside a region, where it has been compressed"""
APART = 60.0
"""distance in RGB levels from which two colours mean two regions"""
REACH = 1 / 40
"""of the photo's long side: how far from a thing's edge a hand may draw it"""


@dataclass(frozen=True)
class RegionPair:
    """One region: its colour, and where it is on photo and style, (H, W) float32, 0..1.

    style: None where the style has no such region: all of the style stands in
    """

    colour: tuple[int, int, int]
    photo: np.ndarray
    style: np.ndarray | None


def drawn_regions(
    photo_masks: np.ndarray,
    style_masks: np.ndarray,
    photo: np.ndarray,
    styles: Sequence[StyleSource],
    say: Callable[[str], None],
) -> list[Region]:
    """A region for each colour of the masks; the first style has masks, others are taken whole.

    photo_masks, style_masks: (H, W, 3) uint8, any palette, the sizes of the still and of the first style
    photo: (H, W, 3) uint8, RGB, of the still's size; the regions' edges are laid on its own
    """
    first, *others = styles
    device = first.pixels.device
    regions = []
    pairs = pair_regions(photo_masks, style_masks)
    on_photo = guided_masks(np.stack([pair.photo for pair in pairs], 2), photo, REACH)
    for k, pair in enumerate(pairs):
        if pair.style is None:
            say(f"the style has no region of the colour {pair.colour}: all of it stands in")
        mask = None if pair.style is None else mask_tensor(pair.style, device)
        sources = [replace(first, mask=mask), *others]
        regions.append(Region(sources, mask_tensor(on_photo[..., k], device)))
    return regions


def pair_regions(photo_masks: np.ndarray, style_masks: np.ndarray) -> list[RegionPair]:
    """The photo's regions, and where they are on the style.

    photo_masks, style_masks: (H, W, 3) uint8, any palette, the sizes of photo and style
    returns: the larger regions of the photo first; every pixel of the photo is in one of them
    """
    colours = _colours(photo_masks)
    others = [c for c in _colours(style_masks) if np.linalg.norm(colours - c, axis=1).min() > APART]
    of_photo, of_style = _nearest(photo_masks, colours), _nearest(style_masks, np.stack([*colours, *others]))
    pairs = []
    for k, colour in enumerate(colours):
        near = of_style == k
        enough = near.mean() >= LEAST_SHARE
        pairs.append(
            RegionPair(
                (int(colour[0]), int(colour[1]), int(colour[2])),
                (of_photo == k).astype(np.float32),
                near.astype(np.float32) if enough else None,
            )
        )
    return pairs


def _colours(masks: np.ndarray) -> np.ndarray:
    """The colours of the regions, (K, 3), the most frequent first; edges, soft or compressed, are none."""
    window = np.ones((5, 5), np.uint8)
    even = (cv2.dilate(masks, window) - cv2.erode(masks, window)).max(2) < EVEN
    inside = masks[even] if even.any() else masks.reshape(-1, 3)
    _, inverse, counts = np.unique(inside // 32, axis=0, return_inverse=True, return_counts=True)
    found: list[np.ndarray] = []
    for index in np.argsort(-counts):
        if found and counts[index] < LEAST_SHARE * len(inside):
            break
        colour = np.median(inside[inverse.ravel() == index], axis=0)
        if all(np.linalg.norm(colour - other) > APART for other in found):
            found.append(colour)
    return np.stack(found)


def _nearest(masks: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """(H, W): which colour each pixel is nearest to."""
    return np.stack([np.linalg.norm(masks.astype(np.float32) - c, axis=2) for c in colours]).argmin(0)
