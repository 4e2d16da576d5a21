"""The losses against the plainest way to write them."""

import pytest
import torch

from trainer.losses.content import content_loss
from trainer.losses.gram import GramLoss, SelfProduct, _statistics, bands, gram_matrix
from trainer.losses.total_variation import total_variation_loss

FEATURES = torch.rand(2, 3, 4, 6, generator=torch.Generator().manual_seed(0))


def test_gram_matrix_by_loops() -> None:
    grams = gram_matrix(FEATURES)
    for n in range(2):
        for i in range(3):
            for j in range(3):
                assert float(grams[n, i, j]) == pytest.approx(float((FEATURES[n, i] * FEATURES[n, j]).mean()))


def test_the_batch_is_held_to_the_gram_matrix() -> None:
    loss = GramLoss(FEATURES[:1], batch_share=1)
    shuffled = FEATURES[:1].flatten(2)[..., torch.randperm(24)].view(1, 3, 4, 6)
    assert float(loss(shuffled)) == pytest.approx(0, abs=1e-10)
    assert float(loss(torch.zeros_like(FEATURES))) == pytest.approx(1)
    assert float(GramLoss(10 * FEATURES[:1], batch_share=1)(20 * FEATURES[:1])) == pytest.approx(9)


def test_its_gradient_is_that_of_the_paper() -> None:
    """Gatys et al. 2016, eq. 6, without the ReLU: 4 (G - A) F / (H W), over the target's energy."""
    loss = GramLoss(FEATURES[:1], batch_share=1)
    inputs = FEATURES[1:].clone().requires_grad_()
    loss(inputs).backward()
    flat = FEATURES[1:].flatten(2)
    expected = 4 * torch.bmm(gram_matrix(FEATURES[1:]) - loss.gram, flat) / flat.shape[2]
    torch.testing.assert_close(inputs.grad, (expected / loss.gram.square().sum()).view_as(FEATURES[1:]))


def test_each_picture_is_held_as_published() -> None:
    loss = GramLoss(FEATURES[:1], picture_share=1)
    target = gram_matrix(FEATURES[:1])
    pictures = torch.cat([FEATURES, 2 * FEATURES])
    expected = (gram_matrix(pictures) - target).square().sum((1, 2)).mean() / target.square().sum()
    torch.testing.assert_close(loss(pictures), expected)
    mixed = GramLoss(FEATURES[:1], 0.5, 0.25)
    parts = (GramLoss(FEATURES[:1], 1, 0), loss, GramLoss(FEATURES[:1]))
    whole = sum(share * part(pictures) for share, part in zip((0.5, 0.25, 0.25), parts, strict=True))
    torch.testing.assert_close(mixed(pictures), whole)


def test_every_band_is_held_to_the_covariance() -> None:
    loss = GramLoss(FEATURES[:1])
    band = FEATURES[0, :, 1]
    torch.testing.assert_close(_statistics(FEATURES[:1])[1][1], torch.cov(band, correction=0))
    assert float(loss(FEATURES[:1] + 5)) == pytest.approx(float(loss(FEATURES[:1])), rel=1e-3)  # any tone
    assert float(loss(torch.full_like(FEATURES, 0.5))) == pytest.approx(1)
    half_flat = FEATURES[:1].clone()
    half_flat[:, :, 2:] = 0.5
    assert float(loss(half_flat)) == pytest.approx(0.5 + float(loss(FEATURES[:1])) / 2, abs=0.4)
    assert float(loss(half_flat)) > float(loss(FEATURES[:1]))


def test_bands_by_slices() -> None:
    features = torch.arange(2 * 9 * 3).view(1, 2, 9, 3)
    expected = [features[0, :, 2 * n : 2 * n + 2].flatten(1).mT for n in range(4)]
    # Within a band the order of positions does not matter
    assert torch.equal(bands(features), torch.stack(expected))


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


def test_a_batch_is_held_against_the_style_as_a_whole() -> None:
    """Pictures that only together have the style's statistics cost nothing."""
    first, second = FEATURES[:1], FEATURES[1:]
    style = torch.cat([first, second], dim=3)
    assert float(GramLoss(style, batch_share=1)(FEATURES)) == pytest.approx(0, abs=1e-10)
    assert float(GramLoss(style, batch_share=1)(first)) > 1e-4
    parts, whole = float(GramLoss(style)(first)), float(GramLoss(style, batch_share=1)(first))
    assert float(GramLoss(style, batch_share=0.25)(first)) == pytest.approx(0.75 * parts + 0.25 * whole)


def test_the_gradient_of_total_variation() -> None:
    image = torch.rand(2, 3, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(total_variation_loss, image.requires_grad_())
