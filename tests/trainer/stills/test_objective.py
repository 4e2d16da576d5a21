"""The still's objective: its gradient, its tiles, its regions."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, load_loss_network
from livebrush.trainer.stills.objective import Region, StillObjective, StyleSource
from livebrush.trainer.stills.recipe import PAINTING, StillRecipe
from tests.trainer.small_vgg import write_npz

RECIPE = dataclasses.replace(PAINTING["livebrush"], style_layers={"relu1_1": 0.5, "relu2_1": 0.5}, margin=16)


@pytest.fixture
def network(tmp_path: Path) -> LayeredNetwork:
    return load_loss_network([write_npz(tmp_path / "vgg.npz", last="4_2")])


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    small = torch.rand(1, 3, height // 8 + 1, width // 8 + 1, generator=random)
    return torch.nn.functional.interpolate(small, size=(height, width), mode="bicubic").clamp(0, 1)


def objective(
    network: LayeredNetwork,
    recipe: StillRecipe = RECIPE,
    tile: int = 0,
    size: tuple[int, int] = (96, 112),
    **mask: Tensor,
) -> StillObjective:
    style = StyleSource(picture(80, 64, seed=1))
    return StillObjective(network, recipe, picture(*size), [Region([style], **mask)], size, tile)


@pytest.mark.parametrize("name", PAINTING)
def test_the_gradient_is_the_losses(network: LayeredNetwork, name: str) -> None:
    goal = objective(network, PAINTING[name])
    image = picture(96, 112, seed=2)
    terms, gradient = goal.evaluate(image)
    assert terms["total"] == pytest.approx(sum(v for k, v in terms.items() if k != "total"))
    direction = gradient / gradient.norm()
    ahead, behind = (goal.evaluate(image + sign * 0.02 * direction)[0]["total"] for sign in (1, -1))
    assert (ahead - behind) / 0.04 == pytest.approx(float(gradient.norm()), rel=0.05)


def test_keras_losses_are_the_examples_own(network: LayeredNetwork) -> None:
    """Written as the example has them: sums over pictures of one size, colours in 0..255."""
    height, width = 96, 112
    recipe = dataclasses.replace(PAINTING["keras"], content_layers={"relu4_2": 1.0})
    photo, painted, style = (picture(height, width, seed) for seed in (0, 2, 1))
    goal = StillObjective(network, recipe, photo, [Region([StyleSource(style)])], (height, width))
    terms, _ = goal.evaluate(painted)
    layers = {"relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2"}
    of_photo, of_painted, of_style = (network.features(p, layers) for p in (photo, painted, style))
    content = (of_painted["relu4_2"] - of_photo["relu4_2"]).square().sum()
    assert terms["content"] == pytest.approx(2.5e-8 * float(content), rel=1e-4)

    def gram(features: Tensor) -> Tensor:
        return features[0].flatten(1) @ features[0].flatten(1).T

    # The last of the five layers is not in this network, and relu4_2 stands in
    weights = dict.fromkeys(sorted(layers), 1e-6 / 5)
    style_loss = sum(
        weight
        * float((gram(of_painted[k]) - gram(of_style[k])).square().sum())
        / (4 * 3**2 * (height * width) ** 2)
        for k, weight in weights.items()
        if k != "relu4_2"
    )
    goal.style_layers.pop("relu4_2")
    goal._masks[0].pop("relu4_2")
    assert goal.evaluate(painted)[0]["style"] == pytest.approx(style_loss, rel=1e-3)
    x = 255 * painted
    a = (x[..., :-1, :-1] - x[..., 1:, :-1]) ** 2
    b = (x[..., :-1, :-1] - x[..., :-1, 1:]) ** 2
    assert terms["tv"] == pytest.approx(1e-6 * float(((a + b) ** 1.25).sum()), rel=1e-4)


@pytest.mark.parametrize("size", [(96, 112), (101, 117)])
def test_tiles_give_what_the_whole_gives(network: LayeredNetwork, size: tuple[int, int]) -> None:
    mask = torch.zeros(1, 1, *size)
    mask[..., 40:] = 1
    image = picture(*size, seed=2)
    summed = dataclasses.replace(RECIPE, scale="sum", style_weight=1e-6, content_weight=1e-6, tv_power=1.25)
    for recipe in (RECIPE, dataclasses.replace(RECIPE, scale="mean", style_weight=1e-3), summed):
        whole, gradient = objective(network, recipe, size=size, mask=mask).evaluate(image)
        tiled, of_tiles = objective(network, recipe, 32, size=size, mask=mask).evaluate(image)
        assert tiled == pytest.approx(whole, rel=1e-3)
        assert float((of_tiles - gradient).abs().max()) < 0.01 * float(gradient.abs().max())


def test_a_picture_is_its_own_best_style_and_content(network: LayeredNetwork) -> None:
    photo = picture(96, 112)
    goal = StillObjective(
        network, dataclasses.replace(RECIPE, tv_weight=0), photo, [Region([StyleSource(photo)])], (96, 112)
    )
    terms, gradient = goal.evaluate(photo)
    assert terms["total"] == pytest.approx(0, abs=1e-6)
    assert float(gradient.abs().max()) < 1e-4


def test_a_region_wants_nothing_of_the_rest(network: LayeredNetwork) -> None:
    mask = torch.zeros(1, 1, 96, 112)
    mask[..., :48] = 1
    recipe = dataclasses.replace(RECIPE, tv_weight=0, content_weight=0)
    _, gradient = objective(network, recipe, mask=mask).evaluate(picture(96, 112, seed=2))
    assert float(gradient[..., 70:].abs().max()) == 0 < float(gradient[..., :48].abs().max())


@pytest.mark.parametrize("softness", [0.1, 0.5])
def test_soft_masks_change_no_statistics(network: LayeredNetwork, softness: float) -> None:
    photo, soft = picture(96, 112), torch.full((1, 1, 96, 112), softness)
    recipe = dataclasses.replace(RECIPE, tv_weight=0)
    regions = [Region([StyleSource(photo, mask)], mask) for mask in (soft, 1 - soft)]
    terms, _ = StillObjective(network, recipe, photo, regions, (96, 112)).evaluate(photo)
    assert terms["total"] == pytest.approx(0, abs=1e-6)
    regions = [Region([StyleSource(photo)], mask) for mask in (soft, 1 - soft)]
    terms, _ = StillObjective(network, recipe, photo, regions, (96, 112)).evaluate(photo)
    assert terms["total"] < 0.02 * recipe.style_weight, "but for the margin, where the mask ends"


def test_a_large_style_in_tiles_has_the_same_statistics(network: LayeredNetwork) -> None:
    photo, mask = picture(64, 64), torch.zeros(1, 1, 200, 150)
    mask[..., 60:] = 1
    style = StyleSource(picture(200, 150, seed=3), mask)
    whole, tiled = (
        StillObjective(network, RECIPE, photo, [Region([style])], (64, 64), tile)._grams for tile in (0, 48)
    )
    for key, gram in whole.items():
        assert float((tiled[key] - gram).norm() / gram.norm()) < 0.01


def test_styles_are_mixed_by_their_weights(network: LayeredNetwork) -> None:
    one, other = StyleSource(picture(80, 64, 1), weight=3), StyleSource(picture(80, 64, 5))
    photo, recipe = picture(96, 112), dataclasses.replace(RECIPE, scale="mean")
    grams = [
        StillObjective(network, recipe, photo, [Region(styles)], (96, 112))._grams[0, "relu2_1"]
        for styles in ([one], [other], [one, other])
    ]
    np.testing.assert_allclose(grams[2], 0.75 * grams[0] + 0.25 * grams[1], rtol=1e-5)


def test_without_a_photo_there_is_no_content(network: LayeredNetwork) -> None:
    goal = StillObjective(network, RECIPE, None, [Region([StyleSource(picture(80, 64))])], (64, 64))
    assert set(goal.evaluate(picture(64, 64))[0]) == {"style", "tv", "total"}
