"""Nearest places as a loss: against comparing each with each, and the same on every run."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.losses import neighbours
from livebrush.trainer.losses.neighbours import NeighbourLoss, StylePlaces, rows


def features(seed: int, count: int = 1) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(seed)
    shapes = {"relu2_1": (6, 16, 20), "relu3_1": (8, 8, 10), "relu4_1": (12, 4, 5)}
    return {layer: 10 * torch.rand(count, *shape, generator=random) for layer, shape in shapes.items()}


def test_layers_come_to_one_size_picture_by_picture() -> None:
    found = features(0, count=2)
    chosen = torch.tensor([0, 79, 80 + 13])
    taken = rows(found, (8, 10), chosen)
    torch.testing.assert_close(taken["relu3_1"][2], found["relu3_1"][1, :, 1, 3])
    torch.testing.assert_close(taken["relu2_1"][1], found["relu2_1"][0, :, 14:16, 18:20].mean((1, 2)))
    assert taken["relu4_1"].shape == (3, 12)


def test_every_layer_counts_for_its_weight() -> None:
    everywhere = torch.arange(80)
    of_style = rows(features(0), (8, 10), everywhere)
    louder = {**of_style, "relu4_1": 1000 * of_style["relu4_1"]}
    weights = dict.fromkeys(of_style, 1.0)
    torch.testing.assert_close(StylePlaces(of_style, weights).places, StylePlaces(louder, weights).places)
    alone = StylePlaces(of_style, {"relu3_1": 1.0, "relu4_1": 0.0}).places
    centred = of_style["relu3_1"] - of_style["relu3_1"].mean(0)
    torch.testing.assert_close(alone[:, :8], F.normalize(centred, dim=1))


def test_the_loss_by_comparing_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "AT_ONCE", 7)  # in several parts
    loss, painted = NeighbourLoss([features(0)], "relu3_1", photo_share=0.0), features(1, count=2)
    torch.manual_seed(5)
    found = loss(painted, features(2, count=2))
    torch.manual_seed(5)
    chosen = ((torch.rand(2, neighbours.LOOKED_AT) * 80).long() + torch.tensor([[0], [80]])).flatten()
    described = loss.style.describe(rows(painted, (8, 10), chosen))
    slow = (1 - F.cosine_similarity(described[:, None], loss.style.places[None], dim=2)).min(1).values.mean()
    torch.testing.assert_close(found, slow)


def test_the_photo_chooses_where_it_has_all_of_the_share() -> None:
    style = features(0)
    loss = NeighbourLoss([style], "relu3_1", photo_share=1.0)
    assert float(loss(style, style)) == pytest.approx(0, abs=1e-5)
    assert float(loss(style, features(3))) > 0.1, "another photo chooses other places"


def test_gradients_are_equal_on_every_run() -> None:
    painted = {layer: f.requires_grad_() for layer, f in features(1, count=2).items()}
    loss, photo = NeighbourLoss([features(0)], "relu3_1", 0.25), features(2, count=2)

    def gradients() -> list[Tensor]:
        torch.manual_seed(0)
        return list(torch.autograd.grad(loss(painted, photo), list(painted.values())))

    first = gradients()
    assert all(all(map(torch.equal, first, gradients())) for _ in range(20))
