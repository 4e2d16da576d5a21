"""Nearest places: what is chosen, what it costs, in tiles and by regions."""

import dataclasses

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.loss_networks.loss_network import LayeredNetwork
from livebrush.trainer.losses.neighbours import rows
from livebrush.trainer.stills import neighbours
from livebrush.trainer.stills.neighbours import NeighbourObjective
from livebrush.trainer.stills.objective import Region, StyleSource
from livebrush.trainer.stills.recipe import PAINTING
from tests.trainer.stills.test_objective import network as network
from tests.trainer.stills.test_objective import picture

RECIPE = dataclasses.replace(
    PAINTING["neighbours"],
    style_layers={"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0},
    margin=16,
    tv_weight=0.0,
)


def objective(
    network: LayeredNetwork, photo: Tensor | None = None, tile: int = 0, content_weight: float = 0.0
) -> NeighbourObjective:
    recipe = dataclasses.replace(RECIPE, content_weight=content_weight, style_weight=1.0)
    return NeighbourObjective(
        network, recipe, photo, [Region([StyleSource(picture(80, 64, seed=1))])], (96, 112), tile
    )


def test_the_style_itself_has_no_loss(network: LayeredNetwork) -> None:
    style = picture(80, 64, seed=1)
    goal = NeighbourObjective(network, RECIPE, None, [Region([StyleSource(style)])], (80, 64))
    assert goal.evaluate(style)[0]["style"] < 0.01
    assert goal.evaluate(picture(80, 64, seed=3))[0]["style"] > 0.1


def test_the_nearest_place_by_comparing_each_with_each(network: LayeredNetwork) -> None:
    goal, image = objective(network), picture(96, 112, seed=2)
    terms, _ = goal.evaluate(image)
    (style,) = goal._styles
    with torch.no_grad():
        own, size = goal._features(F.pad(image, (16,) * 4, mode="reflect"), goal.tiles[0])
        places = style.describe(rows(own, size, torch.arange(24 * 28)))
    slow = [
        max(float(F.cosine_similarity(place, other, dim=0)) for other in style.places)
        for place in places[:40]
    ]
    chosen = goal._chosen[0][0][1]
    fast = [float((places[k] * style.places[chosen[k]]).sum()) for k in range(40)]
    assert fast == pytest.approx(slow, abs=1e-5)
    everywhere = 1 - (places * style.places[chosen]).sum(1).mean()
    assert terms["style"] == pytest.approx(float(everywhere), abs=1e-5)


def test_tiles_change_neither_loss_nor_gradient(network: LayeredNetwork) -> None:
    image = picture(96, 112, seed=2)
    whole, gradient = objective(network).evaluate(image)
    tiled, of_tiles = objective(network, tile=32).evaluate(image)
    assert tiled["style"] == pytest.approx(whole["style"], rel=1e-3)
    assert float((of_tiles - gradient).norm() / gradient.norm()) < 0.05


def test_the_photo_has_its_share_in_the_choice(network: LayeredNetwork) -> None:
    image, photo = picture(96, 112, seed=2), picture(96, 112, seed=4)
    goals = [objective(network, photo, content_weight=weight) for weight in (0.0, 1e6)]
    for goal in goals:
        goal.evaluate(image)
    alone = objective(network, photo)
    alone.evaluate(photo)
    by_image, by_photo, of_photo = (goal._chosen[0][0][1] for goal in (*goals, alone))
    assert torch.equal(by_photo, of_photo) and not torch.equal(by_image, by_photo)


def test_each_region_is_drawn_towards_its_own_style(network: LayeredNetwork) -> None:
    left = torch.zeros(1, 1, 96, 112)
    left[..., :56] = 1
    styles = [picture(96, 112, seed=seed) for seed in (1, 2)]
    regions = [
        Region([StyleSource(styles[0])], left), Region([StyleSource(styles[1])], 1 - left)
    ]  # fmt: skip
    goal = NeighbourObjective(network, RECIPE, None, regions, (96, 112))
    mixed = torch.cat([styles[0][..., :56], styles[1][..., 56:]], 3)
    swapped = torch.cat([styles[1][..., :56], styles[0][..., 56:]], 3)
    assert goal.evaluate(mixed)[0]["style"] < 0.3 * objective_of(network, regions, swapped)


def objective_of(network: LayeredNetwork, regions: list[Region], image: Tensor) -> float:
    return NeighbourObjective(network, RECIPE, None, regions, (96, 112)).evaluate(image)[0]["style"]


def test_only_so_many_places_are_compared_with(
    network: LayeredNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "PLACES", 100)
    weights = (3.0, 1.0)
    styles = [StyleSource(picture(80, 64, seed=k), weight=weight) for k, weight in enumerate(weights)]
    goal = NeighbourObjective(network, RECIPE, None, [Region(styles)], (96, 112))
    assert len(goal._styles[0].places) == pytest.approx(100, abs=4)
