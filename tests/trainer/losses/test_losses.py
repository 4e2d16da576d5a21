"""The losses against the plainest way to write them."""

import pytest
import torch

from livebrush.trainer.losses.content import content_loss
from livebrush.trainer.losses.gram import GramLoss, SelfProduct, gram_matrix
from livebrush.trainer.losses.total_variation import total_variation_loss

FEATURES = torch.rand(2, 3, 4, 6, generator=torch.Generator().manual_seed(0))


def test_gram_matrix_by_loops() -> None:
    grams = gram_matrix(FEATURES)
    for n in range(2):
        for i in range(3):
            for j in range(3):
                assert float(grams[n, i, j]) == pytest.approx(float((FEATURES[n, i] * FEATURES[n, j]).mean()))


def test_the_gram_loss_is_absolute_and_blind_to_places() -> None:
    loss = GramLoss(FEATURES[:1])
    shuffled = FEATURES[:1].flatten(2)[..., torch.randperm(24)].view(1, 3, 4, 6)
    assert float(loss(shuffled)) == pytest.approx(0, abs=1e-10)
    gram = gram_matrix(FEATURES[:1]) / 3
    assert float(loss(torch.zeros_like(FEATURES))) == pytest.approx(float(gram.square().mean()))
    # Ten times the features, a hundred times the Gram matrices, ten thousand times their squared difference
    ten = GramLoss(10 * FEATURES[:1])
    assert float(ten(10 * FEATURES[1:])) == pytest.approx(1e4 * float(loss(FEATURES[1:])), rel=1e-4)


def test_its_gradient_is_that_of_the_paper() -> None:
    """Gatys et al. 2016, eq. 6, without the ReLU: 4 (G - A) F, here over positions and C^2 twice."""
    loss = GramLoss(FEATURES[:1])
    inputs = FEATURES[1:].clone().requires_grad_()
    loss(inputs).backward()
    flat = FEATURES[1:].flatten(2)
    expected = 4 * torch.bmm(gram_matrix(FEATURES[1:]) / 3 - loss.gram, flat) / (3 * flat.shape[2]) / 9
    torch.testing.assert_close(inputs.grad, expected.view_as(FEATURES[1:]))


def test_each_picture_is_held_by_itself() -> None:
    loss = GramLoss(FEATURES[:1])
    alone = [float(loss(FEATURES[n : n + 1])) for n in range(2)]
    assert float(loss(FEATURES)) == pytest.approx(sum(alone) / 2)


def test_a_crop_is_held_together_with_those_before() -> None:
    loss = GramLoss(FEATURES[:1], own_share=0.5)
    inputs = FEATURES[1:].clone().requires_grad_()
    own = (gram_matrix(FEATURES[1:]) / 3 - loss.gram).square().mean()
    first = loss(inputs).detach()
    assert float(first) == pytest.approx(float(own))  # nothing is known of others yet
    apart = gram_matrix(FEATURES[1:]) / 3 - loss.gram
    torch.testing.assert_close(loss.running, loss.gram + 0.05 * apart)
    second = loss(inputs).detach()
    assert float(second) == pytest.approx(1.05**2 * float(own))
    # What takes no gradient counts, but is not learnt from: it is told as it is, and nothing is kept of it
    with torch.no_grad():
        kept = loss.running.clone()
        assert float(loss(inputs)) == pytest.approx(float(own))
        torch.testing.assert_close(loss.running, kept)


def test_crops_that_differ_keep_their_strength() -> None:
    """Pictures of one style, by turns weak and strong: held to it one by one, all of them become weak."""

    def strength(own_share: float) -> float:
        loss, gain = GramLoss(FEATURES[:1], own_share), torch.ones((), requires_grad=True)
        optimizer = torch.optim.SGD([gain], lr=0.1)
        for step in range(1000):
            optimizer.zero_grad()
            loss(gain * (0.6, 1.28)[step % 2] * FEATURES[:1]).backward()
            optimizer.step()
        # Of the mean correlations, the style's being 1
        return float(gain.detach().square() * (0.6**2 + 1.28**2) / 2)

    assert strength(1) < 0.75
    assert strength(0.5) > 0.8


def test_content_loss_is_relative() -> None:
    assert float(content_loss(FEATURES, FEATURES)) == 0
    assert float(content_loss(torch.zeros_like(FEATURES), FEATURES)) == pytest.approx(1)
    assert float(content_loss(3 * FEATURES, FEATURES)) == pytest.approx(4)


def test_total_variation_by_hand() -> None:
    image = torch.tensor([[0.0, 1.0], [0.0, 0.5]])[None, None].expand(1, 3, 2, 2)
    rows, columns = (0 + 0.25) / 2, (1 + 0.25) / 2
    assert float(total_variation_loss(image)) == pytest.approx(rows + columns)
    assert float(total_variation_loss(torch.full((1, 3, 8, 8), 0.3))) == 0


def test_the_self_product_has_the_gradient_of_autograd() -> None:
    inputs = FEATURES.flatten(2).mT.double().requires_grad_()
    assert torch.autograd.gradcheck(SelfProduct.apply, inputs)


def test_the_gradient_of_total_variation() -> None:
    image = torch.rand(2, 3, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(total_variation_loss, image.requires_grad_())
