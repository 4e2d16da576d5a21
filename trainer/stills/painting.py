"""A still from start to end: sizes from coarse to fine, an optimiser at each, and what is told on the way."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.loss_networks.loss_network import LayeredNetwork
from livebrush.trainer.stills.colours import in_colours_of_styles
from livebrush.trainer.stills.dream import DreamObjective
from livebrush.trainer.stills.feature_transfer import TransferObjective
from livebrush.trainer.stills.neighbours import NeighbourObjective
from livebrush.trainer.stills.objective import Region, StillObjective, StyleSource
from livebrush.trainer.stills.optimisers import (
    METHODS,
    RESUMED_CHANGE,
    AdamState,
    Report,
    adam,
    gradient_steps,
    online_lbfgs,
)
from livebrush.trainer.stills.recipe import StillRecipe
from livebrush.trainer.stills.tiles import DEEPEST_STRIDE

MINIMUM_SIDE = 32
"""pixels; below, the deepest layers have nothing to look at"""
LARGE = 1600
"""pixels of the long side, beyond which strokes stay what they have become and only gain detail"""
WHOLE = 1200
"""pixels of the long side, up to which a picture is worked on in one piece; 1,414 took 3.4 GB of memory"""
TILE = 384
"""pixels; larger ones take more memory, smaller ones look at more around them for the same picture"""


@dataclass(frozen=True)
class StillTask:
    """What is painted.

    photo:   (1, 3, H, W) float32 RGB in [0, 1], or None for texture
    regions: at the final size, their styles' pictures at the size that suits it; none for a dream
    size:    (height, width) of the result
    tile:    side of the tiles that a picture is worked on in, pixels; 0: TILE where it is more than WHOLE
    """

    photo: Tensor | None
    regions: Sequence[Region]
    size: tuple[int, int]
    seed: int = 0
    tile: int = 0


@dataclass
class StillState:
    """Where a run is: enough to go on from. L-BFGS loses its memory, Adam nothing.

    leg:  which of the sizes and stages; step: evaluations within it
    adam: None with the other optimisers; image: (1, 3, h, w), the picture so far
    """

    leg: int
    step: int
    image: Tensor
    adam: AdamState | None = None


@dataclass(frozen=True)
class Evaluation:
    """One evaluation of the loss.

    step, steps:       over all sizes
    pixels, of_pixels: worked on so far, and in all: an evaluation takes as long as its picture has pixels
    losses:            weighted terms and "total"
    """

    step: int
    steps: int
    pixels: int
    of_pixels: int
    losses: dict[str, float]
    state: StillState


@dataclass(frozen=True)
class Leg:
    """A part of a run: at one size, with one share of the affine weight.

    layer: the only style layer that it has; None: all of the recipe's
    """

    size: tuple[int, int]
    steps: int
    affine_share: float
    layer: str | None = None

    @property
    def pixels(self) -> int:
        """of one evaluation"""
        return self.size[0] * self.size[1]


def plan_legs(recipe: StillRecipe, size: tuple[int, int]) -> list[Leg]:
    first = round(max(size) * 2 ** ((1 - recipe.octaves) / 2)) if recipe.octaves else recipe.first_size
    sizes = coarse_to_fine(size, first)
    large = sum(max(s) > LARGE for s in sizes[1:]) if recipe.large_steps else 0
    main, beyond = recipe.large_steps if recipe.large_steps and large else (recipe.steps, 0)
    steps = [recipe.coarse_steps] * (len(sizes) - 1 - large) + [main] + [beyond] * large
    layers = recipe.style_layers if recipe.one_by_one else (None,)
    return [
        Leg(*at, stage, layer)
        for stage, layer, at in product(recipe.stages, layers, [*zip(sizes, steps, strict=True)])
    ]


def optimise_still(
    network: LayeredNetwork,
    recipe: StillRecipe,
    task: StillTask,
    report: Callable[[Evaluation], None],
    resume: StillState | None = None,
) -> Tensor:
    """Optimise a still.

    report:  called after every evaluation; may raise to stop, and has then seen the state so far
    returns: (1, 3, H, W) float32 RGB in [0, 1]
    """
    legs = plan_legs(recipe, task.size)
    state = resume
    for index, leg in enumerate(legs):
        if state and state.leg > index:
            continue
        photo = None if task.photo is None else resize(task.photo, leg.size)
        if state is None:
            state = StillState(0, 0, _start(recipe, task, photo, leg.size))
        elif state.leg < index:
            state = _next_leg(state, index, photo, leg.size)
        told = _numbered(report, legs, index, state)
        # Not kept under a name: the next leg's objective, larger still, would be made beside it
        _paint_leg(_objective(network, recipe, task, photo, leg, state), recipe, leg, state, told)
    assert state is not None
    return state.image


class Objective(Protocol):
    def evaluate(self, image: Tensor) -> tuple[dict[str, float], Tensor]: ...


def _paint_leg(
    objective: Objective, recipe: StillRecipe, leg: Leg, state: StillState, report: Report
) -> None:
    left = leg.steps - state.step
    if recipe.optimiser == "adam":
        state.adam = state.adam or AdamState.fresh(state.image)
        adam(
            objective.evaluate, state.adam, left, recipe.learning_rate, report, recipe.averaging, recipe.beta2
        )  # fmt: skip
    elif recipe.optimiser == "gradient":
        state.image = gradient_steps(objective.evaluate, state.image, left, recipe.learning_rate, report)
    elif recipe.optimiser == "online-lbfgs" and state.step:
        state.image = online_lbfgs(objective.evaluate, state.image, left, report, RESUMED_CHANGE)
    else:
        state.image = METHODS[recipe.optimiser](objective.evaluate, state.image, left, report)


def _objective(
    network: LayeredNetwork,
    recipe: StillRecipe,
    task: StillTask,
    photo: Tensor | None,
    leg: Leg,
    state: StillState,
) -> Objective:
    regions, tile = _regions_at(task, leg.size), tile_side(task.tile, leg.size)
    if leg.layer:
        recipe = replace(recipe, style_layers={leg.layer: recipe.style_layers[leg.layer]})
    if recipe.objective == "neighbours":
        return NeighbourObjective(network, recipe, photo, regions, leg.size, tile)
    if recipe.objective == "gram":
        objective = StillObjective(network, recipe, photo, regions, leg.size, tile)
        objective.affine_share = leg.affine_share
        return objective
    assert photo is not None
    if recipe.objective == "dream":
        return DreamObjective(network, recipe, photo)
    picture = state.image if recipe.one_by_one else photo
    return TransferObjective(network, recipe, picture, regions[0].styles)


def tile_side(asked: int, size: tuple[int, int]) -> int:
    """Pixels; 0 for a picture that is worked on whole."""
    side = (asked or (TILE if max(size) > WHOLE else 0)) // DEEPEST_STRIDE * DEEPEST_STRIDE
    return side if max(size) > side else 0


def _numbered(report: Callable[[Evaluation], None], legs: list[Leg], index: int, state: StillState) -> Report:
    """An optimiser's report as one of the whole run; keeps the state up to date."""
    before, steps = sum(leg.steps for leg in legs[:index]), sum(leg.steps for leg in legs)
    work_before = sum(leg.steps * leg.pixels for leg in legs[:index])
    work = sum(leg.steps * leg.pixels for leg in legs)

    def numbered(losses: dict[str, float], image: Tensor) -> None:
        state.step += 1
        state.image = image
        done = work_before + state.step * legs[index].pixels
        report(Evaluation(before + state.step, steps, done, work, losses, state))

    return numbered


def _next_leg(state: StillState, leg: int, photo: Tensor | None, size: tuple[int, int]) -> StillState:
    def enlarge(image: Tensor) -> Tensor:
        return resize(image, size) if photo is None else enlarge_change(image, photo)

    adam_state = state.adam.resized(enlarge) if state.adam else None
    return StillState(leg, 0, adam_state.image if adam_state else enlarge(state.image), adam_state)


def enlarge_change(image: Tensor, photo: Tensor) -> Tensor:
    """A painting of a small copy of the photo at the photo's size: what was changed is enlarged, not what was there.

    image: (1, 3, h, w), photo: (1, 3, H, W) float32, RGB in [0, 1]
    """
    change = image - resize(photo, (image.shape[2], image.shape[3]))
    size = (photo.shape[2], photo.shape[3])
    return (photo + F.interpolate(change, size=size, mode="bicubic", align_corners=False)).clamp(0, 1)


def coarse_to_fine(size: tuple[int, int], first: int) -> list[tuple[int, int]]:
    """Sizes whose long side grows from `first` by sqrt(2) up to `size`; only `size` where first is 0."""
    sizes = [size]
    while first and max(sizes[0]) / math.sqrt(2) > first * 0.9:
        factor = 2 ** (-len(sizes) / 2)
        smaller = (round(size[0] * factor), round(size[1] * factor))
        if min(smaller) < MINIMUM_SIDE:
            break
        sizes.insert(0, smaller)
    return sizes


def resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    if tuple(image.shape[2:]) == tuple(size):
        return image
    mode = "bicubic" if size[0] > image.shape[2] else "bilinear"
    return F.interpolate(image, size=size, mode=mode, align_corners=False, antialias=True).clamp(0, 1)


def _regions_at(task: StillTask, size: tuple[int, int]) -> list[Region]:
    return [_scaled(region, size, size[0] / task.size[0]) for region in task.regions]


def _scaled(region: Region, size: tuple[int, int], share: float) -> Region:
    """A region and its styles at another size of the still."""
    mask = None if region.mask is None else resize(region.mask, size)
    return Region([_scaled_style(style, share) for style in region.styles], mask)


def _scaled_style(style: StyleSource, share: float) -> StyleSource:
    height, width = style.pixels.shape[2:]
    share = max(min(1.0, share * style.short_by), MINIMUM_SIDE / min(height, width))
    height, width = round(height * share), round(width * share)
    mask = None if style.mask is None else resize(style.mask, (height, width))
    return replace(style, pixels=resize(style.pixels, (height, width)), mask=mask)


def _start(recipe: StillRecipe, task: StillTask, photo: Tensor | None, size: tuple[int, int]) -> Tensor:
    random = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(task.seed))
    if photo is None:
        return random.to(task.regions[0].styles[0].pixels)
    random = random.to(photo)
    if recipe.matched_start:
        photo = in_colours_of_styles(photo, _regions_at(task, size))
    return torch.lerp(photo, random, recipe.noise)
