"""Finds the regions of a photo (sky, water, persons ...) with the net that ships."""

import functools
import json
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx

from livebrush.models.catalogue import packaged_folder
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import COLOURS, CONTRACT, GROUPS, METADATA_KEY, PERSON_GROUPS
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.guided_filter import linear_maps, mapped
from livebrush.realtime.engine.provider import Provider, RunHelper, open_on_processor, reason
from livebrush.realtime.engine.runs import run_options
from livebrush.realtime.pictures.picture import read_picture

RADIUS = 1.5
"""of the guided filter, in pixels of the net's masks, which do not know more exactly where an edge is"""
EPSILON = 15.0**2
"""levels squared: edges of the photo weaker than this do not cut a mask"""
FAINT = 0.02
"""masks below this are nothing: a region costs time wherever its mask is not 0"""
SHAPES_DIFFER = 0.04
"""of two pictures, in the logarithm of width over height: more than rounding and cropped edges make"""
MOST_THREADS = 4
"""of a net of 14 ms on one: more wait for each other"""
DRAWN_SIDE = 1024
"""pixels of the long side that drawn masks keep at most"""
OTHER_COLOUR = 60
"""levels from the nearest of the groups' colours: more than a paint program's soft edges should cover"""

NEAREST = {
    "sky": ("water",),
    "water": ("sky", "road", "terrain"),
    "vegetation": ("terrain", "water"),
    "terrain": ("vegetation", "road", "water"),
    "road": ("terrain", "building"),
    "building": ("interior", "vehicle", "other"),
    "vehicle": ("building", "other"),
    "person": ("interior", "other", "building"),
    "interior": ("building", "other"),
    "other": ("interior", "building", "vehicle"),
}
"""what stands in for a group that a style lacks: what is lit alike comes first"""


class RegionFinder:
    """Soft masks of groups of regions.

    path:    the net's file; None: the one that ships
    threads: None: all cores; more than MOST_THREADS are no use
    groups:  that it is to find, in their order
    opened:  runs a net's file on so many threads, see `Provider.open_helper`
    raises:  LivebrushError when the file is no region net, of other groups, or cannot be run
    """

    def __init__(
        self,
        path: Path | None = None,
        threads: int | None = None,
        groups: Sequence[str] = GROUPS,
        opened: Callable[[Path, int], RunHelper] = open_on_processor,
    ) -> None:
        path = path or packaged_folder() / "regions" / "regions.onnx"
        facts = _read_facts(path, groups)
        self.multiple, self.short_side = facts["multiple"], facts["short_side"]
        self._name = path.name
        try:
            self._net = opened(path, min(threads or usable_cores(), usable_cores(), MOST_THREADS))
        except Exception as error:  # the libraries' exceptions share no base class
            raise self._failed(error) from error

    def coarse(self, photo: np.ndarray) -> np.ndarray:
        """Masks at about a quarter of the net's own size, fit for a net's `masks` input.

        photo:   (H, W, 3) uint8, RGB, of any size
        returns: (h, w, groups) uint8, which add up to about 255
        """
        return self.found(self.shrunk(photo))

    def shrunk(self, photo: np.ndarray) -> np.ndarray:
        """The copy of a photo that the net is shown. (H, W, 3) uint8, RGB"""
        height, width = photo.shape[:2]
        scale = self.short_side / min(height, width)
        # A very long picture would become very large
        height, width = (
            int(np.clip(round(side * scale / self.multiple), 1, 32)) * self.multiple
            for side in (height, width)
        )
        while (
            photo.shape[0] >= 2 * height and photo.shape[1] >= 2 * width
        ):  # by halves it takes a half to a quarter
            photo = cv2.resize(
                photo, (photo.shape[1] // 2, photo.shape[0] // 2), interpolation=cv2.INTER_AREA
            )
        return cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)

    def found(self, small: np.ndarray) -> np.ndarray:
        """The masks of what `shrunk` gives; see `coarse`."""
        try:
            with run_options() as ending:
                return self._net({"image": small[None]}, ending)[0][0]
        except Exception as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> LivebrushError:
        return LivebrushError(f"the region net {self._name} cannot be run: {reason(error)}", code="failed")

    def masks(self, photo: np.ndarray) -> np.ndarray:
        """Masks at the photo's size, along its edges.

        photo:   (H, W, 3) uint8, RGB
        returns: (H, W, groups) float32, which add up to 1
        """
        coarse = self.coarse(photo).astype(np.float32) / 255
        return guided_masks(coarse, photo, RADIUS / max(coarse.shape[:2]))


@functools.cache
def shared_finder(provider: Provider, threads: int) -> RegionFinder:
    """One for all engines of a process: it remembers nothing, and six looks would load six."""
    return RegionFinder(threads=threads, opened=provider.open_helper)


@functools.cache
def shared_person_finder(provider: Provider, threads: int) -> RegionFinder:
    """One for all streams of a process. Its masks are of `livebrush.models.regions.PERSON_GROUPS`.

    raises: LivebrushError when the net that ships is missing or damaged
    """
    path = packaged_folder() / "regions" / "persons.onnx"
    return RegionFinder(path, threads, PERSON_GROUPS, provider.open_helper)


def guided_masks(coarse: np.ndarray, photo: np.ndarray, reach: float) -> np.ndarray:
    """Masks brought to the photo's size, so that their edges lie on the photo's.

    coarse:  (h, w, K) float32, which add up to 1; photo: (H, W, 3) uint8, RGB
    reach:   how far off the masks' edges may be, as a share of the long side
    returns: (H, W, K) float32, which add up to 1
    source:  He et al. 2013, Guided Image Filtering, the colour form; He and Sun 2015: maps fitted at low resolution
    """
    height, width = photo.shape[:2]
    scale = min(1.0, 512 / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    guide = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    masks = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR).reshape(*size[::-1], -1)
    maps = linear_maps(guide, masks, max(2, round(reach * max(size))), EPSILON)
    refined = np.empty((height, width, coarse.shape[2]), np.float32)
    for k in range(coarse.shape[2]):
        refined[..., k] = np.clip(mapped(maps[..., k, :], photo), 0, 1)
    refined[refined < FAINT] = 0
    return refined / np.maximum(refined.sum(2, keepdims=True), 1e-3)


def settled(masks: np.ndarray) -> np.ndarray:
    """Masks that leave each place to few groups: a net that hesitates leaves it to many, so squared.

    masks:   (h, w, K) float32, 0..1
    returns: as large; they add up to 1 wherever one was above 0
    """
    squares = masks * masks
    squares /= np.maximum(squares.sum(2, keepdims=True), 1e-6)
    return squares


def require_same_shape(masks: Path, found: Sequence[int], of: Sequence[int]) -> None:
    """found, of: shapes of the masks' picture and of the picture that they belong to, height first

    raises: LivebrushError when one is longer than the other; any size will do
    """
    if abs(np.log(found[1] / found[0] * of[0] / of[1])) > SHAPES_DIFFER:
        raise LivebrushError(
            f"the masks {masks} ({found[1]}x{found[0]} pixels) have another shape than the picture that they belong "
            f"to ({of[1]}x{of[0]}): any size will do, but the same shape; where two are given, the photo's come first",
            code="mismatch",
        )


def drawn_groups(path: Path, of: Sequence[int]) -> np.ndarray:
    """Masks that a person drew, in the colours that `livebrush masks` writes: (h, w, 10) uint8, 0 or 255.

    They have DRAWN_SIDE pixels of the long side at most, which is all that looks are made of.

    of:     shape of the picture that they belong to, height first
    raises: LivebrushError when the picture cannot be read, has another shape, or other colours
    """
    pixels = read_picture(path).pixels
    require_same_shape(path, pixels.shape, of)
    if (scale := DRAWN_SIDE / max(pixels.shape)) < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    pixels = pixels.astype(np.int32)
    distances = [np.square(pixels - np.array(colour)).sum(2) for colour in COLOURS]
    if (other := float((np.min(distances, 0) > OTHER_COLOUR**2).mean())) > 0.05:
        raise LivebrushError(
            f"{other:.0%} of the masks {path} has other colours than those of the regions",
            code="unsupported",
            remedy="found_masks",
        )
    nearest = np.stack(distances, 2).argmin(2)
    return np.where(nearest[..., None] == np.arange(len(GROUPS)), 255, 0).astype(np.uint8)


def stand_in(group: str, found: Container[str]) -> str:
    """The group itself where a style has it, else the nearest that it has; "" for all of the style."""
    return next((other for other in (group, *NEAREST[group]) if other in found), "")


def _read_facts(path: Path, groups: Sequence[str]) -> dict[str, Any]:
    if not path.is_file():
        raise LivebrushError(f"the region net {path} does not exist", code="not_found")
    try:
        loaded = onnx.load(path, load_external_data=False)
        properties = {p.key: p.value for p in loaded.metadata_props}
        facts = json.loads(properties[METADATA_KEY])
    except KeyError:
        raise LivebrushError(
            f"{path.name} is no region net: it has no {METADATA_KEY!r} metadata", code="unreadable"
        ) from None
    except Exception as error:
        raise LivebrushError(
            f"{path.name} cannot be read as a region net: {error}", code="unreadable"
        ) from error
    if facts.get("contract") == CONTRACT and tuple(facts.get("groups", ())) != tuple(groups):
        raise LivebrushError(
            f"{path.name} finds {', '.join(facts.get('groups', ())) or 'nothing'}, expected {', '.join(groups)}: "
            "update livebrush",
            code="unsupported",
        )
    if facts.get("contract") != CONTRACT:
        raise LivebrushError(
            f"{path.name} follows contract {facts.get('contract')!r}, this one reads {CONTRACT}: update livebrush",
            code="unsupported",
        )
    return facts
