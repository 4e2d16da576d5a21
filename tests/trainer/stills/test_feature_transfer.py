"""Features turned into a style's: each transfer against a slow one that follows its paper word by word."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from livebrush.trainer.loss_networks.loss_network import LayeredNetwork
from livebrush.trainer.stills.feature_transfer import (
    PATCH,
    TransferObjective,
    adain,
    style_swap,
    whiten_and_colour,
)
from livebrush.trainer.stills.objective import StyleSource
from livebrush.trainer.stills.recipe import PAINTING
from livebrush.trainer.stills.region_masks import stride_of
from livebrush.trainer.stills.tiles import pad
from tests.trainer.stills.test_objective import network as network
from tests.trainer.stills.test_objective import picture


def features(channels: int, height: int, width: int, seed: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    mixed = torch.randn(channels, channels, generator=random)
    values = torch.randn(channels, height * width, generator=random)
    return (mixed @ values + seed).view(1, channels, height, width)


CONTENT, STYLE = features(5, 7, 9, seed=1), features(5, 8, 6, seed=2)


def test_adain_channel_by_channel() -> None:
    turned = adain(CONTENT, STYLE)
    for channel in range(5):
        own, wanted = CONTENT[0, channel], STYLE[0, channel]
        slow = [(value - own.mean()) / own.std() * wanted.std() + wanted.mean() for value in own.flatten()]
        torch.testing.assert_close(turned[0, channel].flatten(), torch.stack(slow))


def test_adain_is_held_to_the_styles_means_and_deviations_as_its_decoder_is(network: LayeredNetwork) -> None:
    recipe = dataclasses.replace(PAINTING["adain"], tv_weight=0.0, margin=16)
    bare = dataclasses.replace(recipe, statistics_layers={})
    photo, style = picture(48, 64), StyleSource(picture(56, 40, seed=1))
    with_them, without = (
        TransferObjective(network, asked, photo, [style]).evaluate(photo)[0]["features"]
        for asked in (recipe, bare)
    )
    slow = 0.0
    for layer, weight in recipe.statistics_layers.items():
        found, wanted = (
            network.features(pad(pixels, 16), {layer})[layer].detach() for pixels in (photo, style.pixels)
        )
        border = 16 // stride_of(layer)
        found, wanted = (x[0, :, border:-border, border:-border] for x in (found, wanted))
        apart = size = 0.0
        for own, of_style in zip(found, wanted, strict=True):
            for moment in (torch.mean, torch.std):
                apart += float(moment(own) - moment(of_style)) ** 2
                size += float(moment(of_style)) ** 2
        slow += weight * apart / size
    assert with_them - without == pytest.approx(slow, rel=1e-3)


def test_whitening_and_colouring_give_the_styles_mean_and_covariance() -> None:
    turned = whiten_and_colour(CONTENT, STYLE)[0].flatten(1).double()
    wanted = STYLE[0].flatten(1).double()
    torch.testing.assert_close(turned.mean(1), wanted.mean(1), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(torch.cov(turned), torch.cov(wanted), rtol=1e-3, atol=1e-3)


def test_whitening_and_colouring_by_singular_values_as_in_the_paper() -> None:
    own, wanted = (x[0].flatten(1).double().numpy() for x in (CONTENT, STYLE))
    mean, style_mean = own.mean(1, keepdims=True), wanted.mean(1, keepdims=True)
    e, d, _ = np.linalg.svd(np.cov(own))
    white = e @ np.diag(d**-0.5) @ e.T @ (own - mean)
    e, d, _ = np.linalg.svd(np.cov(wanted))
    slow = e @ np.diag(d**0.5) @ e.T @ white + style_mean
    np.testing.assert_allclose(
        whiten_and_colour(CONTENT, STYLE)[0].flatten(1).numpy(), slow, rtol=1e-4, atol=1e-4
    )


def test_channels_without_variance_are_left_out_of_whitening() -> None:
    flat = CONTENT.clone()
    flat[:, 2] = 3.0
    assert torch.isfinite(whiten_and_colour(flat, STYLE)).all()


def test_style_swap_patch_by_patch() -> None:
    total, counts = torch.zeros_like(CONTENT), torch.zeros_like(CONTENT)
    for y in range(CONTENT.shape[2] - PATCH + 1):
        for x in range(CONTENT.shape[3] - PATCH + 1):
            own = CONTENT[..., y : y + PATCH, x : x + PATCH]
            patches = [
                STYLE[..., v : v + PATCH, u : u + PATCH]
                for v in range(STYLE.shape[2] - PATCH + 1)
                for u in range(STYLE.shape[3] - PATCH + 1)
            ]
            likeness = [float((own * patch).sum() / own.norm() / patch.norm()) for patch in patches]
            total[..., y : y + PATCH, x : x + PATCH] += patches[int(np.argmax(likeness))]
            counts[..., y : y + PATCH, x : x + PATCH] += 1
    torch.testing.assert_close(style_swap(CONTENT, STYLE), total / counts, rtol=1e-4, atol=1e-4)


def test_a_swap_with_itself_changes_nothing() -> None:
    torch.testing.assert_close(style_swap(CONTENT, CONTENT), CONTENT, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["adain", "wct", "swap"])
def test_the_loss_is_of_what_the_transfer_made(network: LayeredNetwork, name: str) -> None:
    recipe = dataclasses.replace(PAINTING[name], style_layers={"relu2_1": 1.0}, tv_weight=0.0, margin=16)
    photo, style = picture(48, 64), StyleSource(picture(56, 40, seed=1))
    own = TransferObjective(network, recipe, photo, [StyleSource(photo)])
    assert own.evaluate(photo)[0]["features"] < 1e-4, "a photo in its own style is what it was"
    terms, gradient = TransferObjective(network, recipe, photo, [style]).evaluate(photo)
    assert terms["features"] > 0.001
    step = 1e-3 * gradient / gradient.abs().max()
    after, _ = TransferObjective(network, recipe, photo, [style]).evaluate(photo - step)
    assert after["total"] < terms["total"]
