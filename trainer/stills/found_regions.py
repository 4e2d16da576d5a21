"""Regions that the shipped net finds: which part of a still takes its style from which part of which picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
from torch import Tensor

from livebrush.models.regions import GROUPS, LEAST_SHARE
from livebrush.realtime.engine.regions import settled, stand_in
from livebrush.trainer.stills.objective import Region, StyleSource
from livebrush.trainer.stills.pixels import mask_tensor, to_pixels

Finder = Callable[[np.ndarray], np.ndarray]
"""a photo (H, W, 3) uint8 -> its masks (H, W, 10) float32: `RegionFinder.masks`"""

FAINT = 0.05
"""masks below this are nothing: a region costs time wherever its mask is not 0"""


def matching_regions(
    photo: np.ndarray, styles: Sequence[tuple[str, StyleSource]], find: Finder, say: Callable[[str], None]
) -> list[Region]:
    """Sky takes from sky, persons from persons: for a photo in the style of photos.

    photo:  (H, W, 3) uint8, RGB, of the still's size
    styles: their names, and their pictures, taken whole
    """
    masks = _groups(find(photo))
    of_styles = [_groups(find(to_pixels(style.pixels))) for _, style in styles]
    choices: dict[tuple[str, ...], list[str]] = {}
    for group in masks:
        chosen = tuple(stand_in(group, found) for found in of_styles)
        choices.setdefault(chosen, []).append(group)
        for (name, _), other in zip(styles, chosen, strict=True):
            if other != group:
                say(f"{name} has no {group}: {other or 'all of it'} stands in")
    regions = []
    for chosen, groups in choices.items():
        sources = [
            replace(style, mask=mask_tensor(found[group], style.pixels.device) if group else None)
            for (_, style), found, group in zip(styles, of_styles, chosen, strict=True)
        ]  # fmt: skip
        regions.append(Region(sources, _together(masks, groups, sources)))
    return regions


def painted_regions(
    photo: np.ndarray,
    by_group: Mapping[str, StyleSource],
    rest: Sequence[StyleSource],
    find: Finder,
    say: Callable[[str], None],
) -> list[Region]:
    """A style of its own for each group that is named, taken whole; "other", or else `rest`, for all else.

    photo:    (H, W, 3) uint8, RGB, of the still's size
    by_group: names of `livebrush.models.regions.GROUPS`
    """
    masks = _groups(find(photo))
    for group in by_group:
        if group not in masks and group != "other":
            say(f"no {group} was found in the photo: its style is not used")
    others = [by_group["other"]] if "other" in by_group else list(rest)
    parts: list[tuple[Sequence[StyleSource], list[str]]] = [
        ([style], [group]) for group, style in by_group.items() if group in masks and group != "other"
    ]
    unnamed = [group for group in masks if group not in by_group or group == "other"]
    parts += [(others, unnamed)] if unnamed else []
    return [Region(sources, _together(masks, groups, sources)) for sources, groups in parts]


def _groups(masks: np.ndarray) -> dict[str, np.ndarray]:
    """Masks (H, W, 10) as one of (H, W) for each group that matters; small groups go to what is around them."""
    masks = settled(masks)
    kept = [k for k in range(len(GROUPS)) if masks[..., k].mean() >= LEAST_SHARE]
    known = np.ascontiguousarray(masks[..., kept])
    side = max(masks.shape[:2]) // 8
    around = np.stack([cv2.blur(mask, (side, side)) for mask in np.moveaxis(known, 2, 0)], 2)
    # The share decides where none of them is near
    around += 1e-3 * known.mean((0, 1))
    missing = np.clip(1 - known.sum(2, keepdims=True), 0, 1)
    chosen = known + missing * around / around.sum(2, keepdims=True)
    chosen[chosen < FAINT] = 0
    return {GROUPS[k]: chosen[..., i] for i, k in enumerate(kept)}


def _together(
    masks: Mapping[str, np.ndarray], groups: Sequence[str], sources: Sequence[StyleSource]
) -> Tensor:
    return mask_tensor(np.sum([masks[group] for group in groups], axis=0), sources[0].pixels.device)
