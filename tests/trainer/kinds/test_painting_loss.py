"""The loss of a painting net, against the published formulas written out."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from livebrush.trainer.kinds.painting_loss import PaintingLoss
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, load_loss_network
from livebrush.trainer.stills.objective import Region, StillObjective, StyleSource
from tests.benchmarks.johnson_claim import as_still
from tests.trainer.small_vgg import write_npz

RECIPE = dataclasses.replace(
    PaintingRecipe(), content_weight=7.5, style_weight=10.0, tv_weight=200.0, palette_weight=0.0, lattice_weight=0.0,
    layer_weights=(1.0, 1.0, 1.0, 1.0),
)  # fmt: skip


def picture(seed: int, height: int = 64, width: int = 80) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    small = torch.rand(1, 3, height // 8, width // 8, generator=random)
    return torch.nn.functional.interpolate(small, size=(height, width), mode="bicubic").clamp(0, 1)


@pytest.fixture
def network(tmp_path: Path) -> LayeredNetwork:
    return load_loss_network([write_npz(tmp_path / "vgg.npz", last="4_2")])


def test_the_terms_are_the_published_ones(network: LayeredNetwork) -> None:
    style, photo, painted = picture(0), picture(1), picture(2)
    terms = PaintingLoss(network, style, photo, RECIPE)(painted, photo)
    layers = {"relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2"}
    of_style, of_photo, of_painted = (network.features(p, layers) for p in (style, photo, painted))

    def gram(features: Tensor) -> np.ndarray:
        flat = features[0].flatten(1).numpy()
        return flat @ flat.T / flat.size

    content = 7.5 * ((of_painted["relu4_2"] - of_photo["relu4_2"]) ** 2).mean()
    left, before = (
        sum(((gram(of[layer]) - gram(of_style[layer])) ** 2).mean() for layer in layers - {"relu4_2"})
        for of in (of_painted, of_photo)
    )
    pixels = 255 * painted[0].numpy()
    variation = sum((np.diff(pixels, axis=axis) ** 2).mean() for axis in (1, 2))
    assert float(terms["content"]) == pytest.approx(float(content) / 1e6, rel=1e-4)
    assert float(terms["style"]) == pytest.approx(10 * float(left / before), rel=1e-4)
    assert float(terms["tv"]) == pytest.approx(200 * float(variation) / 1e6, rel=1e-4)
    total = terms["content"] + terms["style"] + terms["tv"]
    assert float(terms["total"]) == pytest.approx(float(total))


def test_a_photo_as_it_is_has_all_of_its_style_distance_and_no_content_loss(network: LayeredNetwork) -> None:
    photos = torch.cat([picture(1), picture(2)])
    terms = PaintingLoss(network, picture(0), photos, RECIPE)(photos, photos)
    assert float(terms["style"]) == pytest.approx(10, rel=1e-5)
    assert float(terms["content"]) == 0


def test_layers_count_as_much_as_the_recipe_says(network: LayeredNetwork) -> None:
    style, photo, painted = picture(0), picture(1), picture(2)

    def style_loss(*weights: float) -> float:
        loss = PaintingLoss(network, style, photo, dataclasses.replace(RECIPE, layer_weights=weights))
        return float(loss(painted, photo)["style"] * loss.photos_distance)

    parts = [style_loss(*(float(n == k) for n in range(4))) for k in range(4)]
    assert min(parts) > 0
    assert style_loss(30, 4, 4, 1) == pytest.approx(np.dot(parts, [30, 4, 4, 1]), rel=1e-4)


def test_a_still_can_be_held_to_the_same_loss() -> None:
    network = load_loss_network(find_loss_files(["builtin"]))
    style, photo, painted = picture(0), picture(1), picture(2)
    loss = PaintingLoss(network, style, photo, RECIPE)
    recipe = as_still(RECIPE, float(loss.photos_distance))
    goal = StillObjective(network, recipe, photo, [Region([StyleSource(style)])], (64, 80))
    trained = loss(painted, photo)
    still, _ = goal.evaluate(painted)
    for name in ("content", "style", "tv"):
        assert still[name] == pytest.approx(float(trained[name]), rel=1e-3), name
