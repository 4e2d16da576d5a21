"""Synthetic motion, and the loss that holds two paintings of one scene together."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.losses.motion import NOISE, Motion, random_motion, taken_again
from livebrush.trainer.losses.steadiness import SteadinessLoss

SIDE = 64


def scene(count: int = 8) -> Tensor:
    """Smooth blobs of strong contrast."""
    noise = torch.rand(count, 3, SIDE // 8, SIDE // 8, generator=torch.Generator().manual_seed(0))
    return F.interpolate(noise, size=(SIDE, SIDE), mode="bicubic").clamp(0, 1)


def motions(count: int = 8) -> Motion:
    torch.manual_seed(3)
    motion = random_motion(count, SIDE, SIDE, torch.device("cpu"))
    assert 0 < float(motion.moving.sum()) < count
    return motion


def test_about_half_of_the_frames_stand_still_and_are_untouched() -> None:
    photo, motion = scene(), motions()
    moved = motion.move(photo)
    for still, before, after in zip(motion.moving.flatten() == 0, photo, moved, strict=True):
        assert torch.equal(before, after) == bool(still)
    torch.manual_seed(0)
    many = random_motion(400, 8, 8, torch.device("cpu"))
    assert 150 < float(many.moving.sum()) < 250


def test_a_pan_moves_pixels_by_what_the_grid_says() -> None:
    photo = scene(1)
    theta = torch.tensor([[[1.0, 0.0, 2 * 5 / SIDE], [0.0, 1.0, 0.0]]])
    grid = F.affine_grid(theta, [1, 1, SIDE, SIDE], align_corners=False)
    moved = Motion(grid, torch.ones(1, 1, SIDE, SIDE), torch.ones(1, 1, 1, 1)).move(photo)
    torch.testing.assert_close(moved[..., :-6], photo[..., 5:-1], atol=1e-4, rtol=0)


def test_the_same_seed_gives_the_same_motion() -> None:
    assert torch.equal(motions().grid, motions().grid)


def test_a_second_picture_has_its_own_noise_and_brightness() -> None:
    torch.manual_seed(1)
    again = taken_again(torch.full((16, 3, 32, 32), 0.5))
    means, deviations = again.mean((1, 2, 3)), again.std((1, 2, 3))
    assert float(means.max() - means.min()) > 0.01
    assert 0 < float(deviations.min()) < float(deviations.max()) <= 1.1 * NOISE


def test_a_painting_that_moves_along_costs_nothing() -> None:
    photo, motion = scene(), motions()
    loss = SteadinessLoss(scene(1))
    assert float(loss(photo, motion.move(photo), photo, motion)) == 0
    assert float(loss(photo, photo, photo, motion)) > 0.001


def test_strokes_in_flat_areas_must_hold_still_but_need_not_move() -> None:
    flat, strokes = torch.full((8, 3, SIDE, SIDE), 0.5), scene()
    motion, loss = motions(), SteadinessLoss(scene(1))
    assert float(loss(strokes, strokes, flat, motion)) < 1e-3
    boiling = strokes.flip(3)
    assert float(loss(strokes, boiling, flat, motion)) > 0.1


def test_the_unit_is_the_variance_of_the_painting() -> None:
    photo, motion = scene(), motions()
    pale = SteadinessLoss(0.5 + 0.1 * (scene(1) - 0.5))
    garish = SteadinessLoss(scene(1))
    ratio = float(pale(photo, photo, photo, motion) / garish(photo, photo, photo, motion))
    assert ratio == pytest.approx(100, rel=0.01)
