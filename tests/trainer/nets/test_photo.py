"""The photo net from frame to frame."""

import numpy as np
import pytest
import torch
from torch import Tensor

from livebrush.realtime.looks.statistics import look_statistics
from livebrush.trainer.nets.local_affine import add_maps
from livebrush.trainer.nets.photo import RATE, PhotoNet


@pytest.fixture
def net() -> PhotoNet:
    style = np.random.default_rng(0).normal((160, 80, 60), 30, (64, 64, 3)).clip(0, 255).astype(np.uint8)
    return PhotoNet(look_statistics(style, np.full((8, 8, 10), 25, np.uint8)), refined=True).eval()


def scene(seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    colours = torch.rand(1, 3, 8, 8, generator=generator)
    thumbnail = torch.nn.functional.interpolate(colours, size=(256, 256), mode="bilinear")
    masks = torch.zeros(1, 10, 16, 16)
    masks[:, seed % 10] = 1
    return thumbnail, masks


def first(net: PhotoNet) -> Tensor:
    return torch.zeros(1, net.state_size)


@torch.no_grad()
def test_a_still_scene_stays_as_it_began(net: PhotoNet) -> None:
    thumbnail, masks = scene(0)
    maps, state = net(thumbnail, masks, first(net))
    for _ in range(5):
        again, state = net(thumbnail, masks, state)
    torch.testing.assert_close(again, maps, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_masks_that_flicker_change_little(net: PhotoNet) -> None:
    style = np.zeros((64, 64, 3), np.uint8)
    style[:32], style[32:] = (200, 60, 40), (30, 60, 160)
    masks = np.zeros((64, 64, 10), np.uint8)
    masks[:32, :, 0], masks[32:, :, 1] = 255, 255
    two = PhotoNet(
        look_statistics(style + np.random.default_rng(0).integers(0, 20, style.shape, np.uint8), masks), False
    )
    thumbnail, sky = scene(0)
    maps, state = two(thumbnail, sky, first(two))
    flickered, _ = two(thumbnail, sky.roll(1, 1), state)
    fresh, _ = two(thumbnail, sky.roll(1, 1), first(two))
    assert (flickered - maps).abs().mean() < 3 * RATE * (fresh - maps).abs().mean()


@torch.no_grad()
def test_noise_moves_maps_less_than_it_would_alone(net: PhotoNet) -> None:
    thumbnail, masks = scene(0)
    noisy = (
        thumbnail + 0.05 * torch.randn(thumbnail.shape, generator=torch.Generator().manual_seed(1))
    ).clamp(0, 1)
    maps, state = net(thumbnail, masks, first(net))
    after, _ = net(noisy, masks, state)
    alone, _ = net(noisy, masks, first(net))
    assert (after - maps).abs().mean() < 2 * RATE * (alone - maps).abs().mean()


@torch.no_grad()
def test_after_a_cut_a_place_that_looks_as_before_is_another_thing_all_the_same(net: PhotoNet) -> None:
    before, masks = scene(0)
    after = before.clone()
    after[..., 64:] = (after[..., 64:] + 0.5) % 1
    _, state = net(before, masks, first(net))
    cut, _ = net(after, masks.roll(1, 1), state)
    fresh, _ = net(after, masks.roll(1, 1), first(net))
    torch.testing.assert_close(cut[..., :12], fresh[..., :12], atol=1e-4, rtol=1e-3)


@torch.no_grad()
def test_what_fades_in_from_black_hardly_overshoots(net: PhotoNet) -> None:
    thumbnail, masks = scene(0)
    settled, _ = net.edit(thumbnail, masks)
    state = first(net)
    for share in (0.0, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5):
        maps, state = net(share * thumbnail, masks, state)
        painted = add_maps(share * thumbnail, maps).clamp(0, 1)
        assert painted.mean() < settled.mean() + 0.08
        if share == 0:
            assert painted.max() < 0.02


@torch.no_grad()
def test_after_a_cut_nothing_is_remembered(net: PhotoNet) -> None:
    before, masks_before = scene(0)
    _, masks_after = scene(1)
    _, state = net(before, masks_before, first(net))
    cut, _ = net((before + 0.5) % 1, masks_after, state)
    fresh, _ = net((before + 0.5) % 1, masks_after, first(net))
    assert (cut - fresh).abs().mean() < 0.1 * fresh.abs().mean()


@torch.no_grad()
def test_before_training_it_is_the_closed_form(net: PhotoNet) -> None:
    thumbnail, masks = scene(2)
    refinement, net.refinement = net.refinement, None
    plain, _ = net.edit(thumbnail, masks)
    net.refinement = refinement
    torch.testing.assert_close(net.edit(thumbnail, masks)[0], plain)


def test_a_gradient_reaches_the_refinement_and_is_finite(net: PhotoNet) -> None:
    thumbnail, masks = scene(3)
    net.edit(thumbnail, masks)[0].square().mean().backward()
    assert net.refinement is not None
    gradient = net.refinement.maps[-1].weight.grad
    assert isinstance(gradient, Tensor) and torch.isfinite(gradient).all() and gradient.abs().sum() > 0
