"""What `livebrush still` was told, and the task that it makes of the pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.regions import RegionFinder, require_same_shape
from livebrush.realtime.pictures.oddities import what_is_odd
from livebrush.realtime.pictures.picture import Picture, read_picture
from livebrush.realtime.pictures.style_picture import read_style_picture
from livebrush.trainer.bfloat16 import gains_by_bfloat16
from livebrush.trainer.loss_networks.loss_network import (
    LayeredNetwork,
    load_loss_network,
)
from livebrush.trainer.stills.colours import match_colours
from livebrush.trainer.stills.drawn_regions import drawn_regions
from livebrush.trainer.stills.files import StillFiles
from livebrush.trainer.stills.found_regions import matching_regions, painted_regions
from livebrush.trainer.stills.objective import Region, StyleSource
from livebrush.trainer.stills.painting import MINIMUM_SIDE, StillTask, resize
from livebrush.trainer.stills.pixels import to_pixels, to_tensor
from livebrush.trainer.stills.recipe import LARGEST_SIDE, StillRecipe

LARGEST_BY_DEFAULT = 1024
"""pixels of the long side where no size is asked for and no finish makes a larger one cheap"""


@dataclass(frozen=True)
class StillJob:
    """Everything that `livebrush still` was told.

    styles:       pictures and their weights
    size:         long side of the result, pixels; None: the photo's own, up to LARGEST_BY_DEFAULT without a finish
    style_scale:  size of the style's strokes: at 1 the style's picture is as large as the still, see _style_source
    keep_colours: whether the photo's colours come back in the end; match_colours: whether styles take them on before
    masks:        pictures of the regions of photo and style, see drawn_regions
    find_masks:   whether regions are found, where none were drawn
    mask_styles:  group of `models.regions.GROUPS` -> the picture that paints it; "other" is for all groups not named
    loss_networks: "builtin", "vgg19" or weight files; several fill in each other's missing layers
    download:     whether VGG19 is fetched where it is asked for and not here
    tile:         side of the tiles that the picture is worked on in, pixels; None: as its size suggests
    """

    photo: Path | None
    styles: Sequence[tuple[Path, float]]
    files: StillFiles
    recipe: StillRecipe
    loss_networks: Sequence[str] = ("builtin",)
    download: bool = False
    size: int | None = None
    style_scale: float = 1.0
    keep_colours: bool = False
    match_colours: bool = False
    masks: tuple[Path, Path] | None = None
    find_masks: bool = False
    mask_styles: Mapping[str, Path] = field(default_factory=dict)
    seed: int = 0
    tile: int | None = None
    device: str = "auto"
    resume: bool = False


def prepare(
    job: StillJob, source: Picture | None, device: torch.device, say: Callable[[str], None]
) -> tuple[StillTask, np.ndarray | None]:
    """The task, and the photo at the size of the result: (H, W, 3) uint8.

    source: the photo; None for a texture
    raises: LivebrushError
    """
    pictures = [_read_style(path, job.recipe, say).pixels for path, _ in job.styles]
    for (path, _), pixels in zip(job.styles, pictures, strict=True):
        for note in what_is_odd(pixels) if job.recipe.affine_weight else ():
            say(f"{path.name}: {note}")
    whole, size = sizes(job, (source.pixels if source else pictures[0]).shape[:2])
    photo = resize(to_tensor(source.pixels, device), size) if source else None
    styles = [
        _style_source(pixels, weight, job, size, photo, device)
        for (_, weight), pixels in zip(job.styles, pictures, strict=True)
    ]
    regions = _regions(job, photo, styles, say)
    task = StillTask(photo, regions, size, job.seed, job.tile or 0)
    return task, to_pixels(resize(to_tensor(source.pixels), whole)) if source else None


def sizes(job: StillJob, shape: Sequence[int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(height, width) of the result and of what is optimised, from those of the photo or, for a texture, the style."""
    finish = job.recipe.finish and job.photo is not None
    least = ceil(MINIMUM_SIDE * max(shape) / min(shape))  # of a panorama
    longest = job.size or (max(shape) if finish else min(max(shape), max(LARGEST_BY_DEFAULT, least)))
    if longest > LARGEST_SIDE:
        raise LivebrushError(
            f"the still would be {longest} pixels long: size may be up to {LARGEST_SIDE}", code="invalid"
        )
    whole = _fitted(shape[0], shape[1], longest)
    if not finish:
        return whole, whole
    # A panorama's short side must not become too small
    largest = max(job.recipe.largest or LARGEST_BY_DEFAULT, ceil(MINIMUM_SIDE * max(whole) / min(whole)))
    return whole, _fitted(*whole, min(max(whole), largest))


def load_network(files: Sequence[Path], recipe: StillRecipe, device: torch.device) -> LayeredNetwork:
    """The loss network, in the precision that the recipe's optimiser can do with."""
    network = load_loss_network(list(files), average=recipe.average_pool).to(device)
    # A line search builds on differences that bfloat16 rounds away
    if recipe.optimiser in ("adam", "online-lbfgs") and gains_by_bfloat16(device):
        network.to_bfloat16()
    return network


def read_with_notes(path: Path, say: Callable[[str], None]) -> Picture:
    """raises: LivebrushError"""
    picture = read_picture(path)
    for note in picture.notes:
        say(f"{path.name}: {note}")
    return picture


def _read_style(
    path: Path, recipe: StillRecipe, say: Callable[[str], None], may_be_plain: bool = False
) -> Picture:
    """raises: LivebrushError for a file that is no picture, and one that cannot carry a style"""
    if recipe.affine_weight:  # even of one flat colour there is the colour to take over
        return read_with_notes(path, say)
    picture = read_style_picture(path, may_be_plain)
    for note in picture.notes:
        say(str(note))
    return picture


def _style_source(
    pixels: np.ndarray,
    weight: float,
    job: StillJob,
    size: tuple[int, int],
    photo: Tensor | None,
    device: torch.device,
) -> StyleSource:
    """A style's picture at the size that suits the still's, but enlarged only as far as --style-scale says.

    Enlarged further it would be blurred, and so would be what is painted after it. Where the still is smaller, in the
    first of its sizes, the picture is in proportion.
    """
    height, width = pixels.shape[:2]
    # The same area as the still: its strokes keep their share of the picture whatever the two shapes
    wanted = job.style_scale * (size[0] * size[1] / (height * width)) ** 0.5
    scale = max(min(wanted, max(1.0, job.style_scale)), MINIMUM_SIDE / min(height, width))
    style = resize(to_tensor(pixels, device), (round(height * scale), round(width * scale)))
    if job.match_colours and photo is not None:
        style = match_colours(style, photo)
    return StyleSource(style, None, weight, max(1.0, wanted / scale))


def _regions(
    job: StillJob,
    photo: Tensor | None,
    styles: Sequence[StyleSource],
    say: Callable[[str], None],
) -> list[Region]:
    if photo is None:
        return [Region(styles)]
    if job.masks:
        of_photo, of_style = (
            _read_masks(path, picture, say)
            for path, picture in zip(job.masks, (photo, styles[0].pixels), strict=True)
        )
        return drawn_regions(of_photo, of_style, to_pixels(photo), styles, say)
    if job.mask_styles:
        size = (photo.shape[2], photo.shape[3])
        by_group = {
            group: _style_source(
                _read_style(path, job.recipe, say, may_be_plain=True).pixels,
                1.0,
                job,
                size,
                photo,
                photo.device,
            )
            for group, path in job.mask_styles.items()
        }
        return painted_regions(to_pixels(photo), by_group, styles, RegionFinder().masks, say)
    if job.find_masks:
        named = [(path.name, style) for (path, _), style in zip(job.styles, styles, strict=True)]
        return matching_regions(to_pixels(photo), named, RegionFinder().masks, say)
    return [Region(styles)]


def _read_masks(path: Path, picture: Tensor, say: Callable[[str], None]) -> np.ndarray:
    """A picture of masks at the size of the picture that it belongs to, (1, 3, H, W): (H, W, 3) uint8."""
    masks = read_with_notes(path, say).pixels
    height, width = picture.shape[2:]
    require_same_shape(path, masks.shape, (height, width))
    return cv2.resize(masks, (width, height), interpolation=cv2.INTER_NEAREST)


def _fitted(height: int, width: int, long_side: int) -> tuple[int, int]:
    scale = long_side / max(height, width)
    height, width = round(height * scale), round(width * scale)
    if min(height, width) < MINIMUM_SIDE:
        raise LivebrushError(
            f"the still would be {width}x{height} pixels: the short side must be {MINIMUM_SIDE} or more; take a larger "
            "size",
            code="invalid",
        )
    return height, width
