"""The photos of a folder that show what a style photo shows."""

import dataclasses
import hashlib

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.models.regions import GROUPS, LEAST_SHARE
from livebrush.realtime.engine.regions import RegionFinder
from livebrush.realtime.looks.statistics import SIDE
from livebrush.trainer.runs.content_photos import PhotoSet, load_rgb
from livebrush.trainer.runs.kind import Say

SHARED = 0.5
"""share of a photo that must be of groups that the style photo has, for the style to be learnt on it"""


def with_shared_regions(photos: PhotoSet, masks: np.ndarray, say: Say) -> PhotoSet:
    """The photos that show mostly what the style shows: a night sky is not learnt in kitchens.

    masks: (h, w, 10) uint8, of the style photo
    raises: LivebrushError when there is none
    """
    has = shares_of(masks) >= LEAST_SHARE
    present = [name for name, there in zip(GROUPS, has, strict=True) if there]
    finder = RegionFinder()
    kept = [
        path
        for path in photos.paths
        if shares_of(finder.coarse(np.asarray(load_rgb(path, min_side=SIDE))))[has].sum() >= SHARED
    ]
    if not kept:
        raise LivebrushError(
            f"none of the {len(photos.paths)} photos of {photos.name} shows what the style photo shows "
            f"({', '.join(present)})",
            code="invalid",
            remedy="photos_or_look",
        )
    say(f"{len(kept)} of {len(photos.paths)} photos share {', '.join(present)} with the style")
    digest = hashlib.sha256(photos.sha256.encode())
    for path in kept:
        digest.update(path.name.encode())
    sha256 = photos.sha256 if len(kept) == len(photos.paths) else digest.hexdigest()
    return dataclasses.replace(photos, paths=tuple(kept), sha256=sha256)


def shares_of(masks: np.ndarray) -> np.ndarray:
    """How much of a picture each group has: (10,). masks: (h, w, 10) uint8"""
    squares = (masks.astype(np.float32) / 255) ** 2
    return (squares / np.maximum(squares.sum(2, keepdims=True), 1e-6)).mean((0, 1))
