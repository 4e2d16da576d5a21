"""The course of a still: its sizes, and what a painting of a small copy becomes at the next."""

import dataclasses

import pytest
import torch

from livebrush.trainer.stills.painting import (
    LARGE,
    TILE,
    WHOLE,
    coarse_to_fine,
    enlarge_change,
    plan_legs,
    resize,
    tile_side,
)
from livebrush.trainer.stills.recipe import PAINTING, PHOTO


@pytest.mark.parametrize(
    ("size", "first", "sides"),
    [((384, 512), 128, [128, 181, 256, 362, 512]), ((512, 512), 0, [512]), ((40, 512), 128, [512])],
)
def test_sizes_grow_up_to_the_pictures_own(size: tuple[int, int], first: int, sides: list[int]) -> None:
    sizes = coarse_to_fine(size, first)
    assert [max(s) for s in sizes] == sides and sizes[-1] == size


def test_every_size_has_its_steps_and_every_stage_its_sizes() -> None:
    ours = PAINTING["livebrush"]
    legs = plan_legs(ours, (512, 512))
    assert [leg.steps for leg in legs] == [ours.coarse_steps] * 2 + [ours.steps]
    large = plan_legs(ours, (LARGE, 2 * LARGE))
    assert ours.large_steps
    main, beyond = ours.large_steps
    assert [leg.steps for leg in large[-4:]] == [ours.coarse_steps, main, beyond, beyond]
    panorama = plan_legs(ours, (40, 8 * LARGE))
    assert [leg.steps for leg in panorama] == [ours.steps], "there is no smaller size of it"
    luan = dataclasses.replace(PHOTO["luan"], steps=7)
    assert [(leg.steps, leg.affine_share) for leg in plan_legs(luan, (64, 64))] == [(7, 0.0), (7, 1.0)]


def test_large_pictures_are_worked_on_in_tiles() -> None:
    assert [tile_side(0, size) for size in ((300, WHOLE), (WHOLE + 1, 300))] == [0, TILE]
    assert [tile_side(300, size) for size in ((100, 200), (200, 1000))] == [0, 288]


def test_the_photos_detail_comes_back_at_the_next_size() -> None:
    photo = 0.3 + 0.4 * torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    painted = resize(photo, (32, 48)) + 0.2
    torch.testing.assert_close(enlarge_change(painted, photo), photo + 0.2)
    white = enlarge_change(torch.ones(1, 3, 32, 48), photo)
    assert float(white.max()) <= 1
