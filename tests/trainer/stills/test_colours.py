"""Colours moved from picture to picture, whole and region by region."""

import torch
from torch import Tensor

from livebrush.trainer.stills.colours import in_colours_of_styles, match_colours, moments
from livebrush.trainer.stills.objective import Region, StyleSource


def picture(seed: int, height: int, width: int) -> Tensor:
    """Correlated colours well inside [0, 1]."""
    random = torch.Generator().manual_seed(seed)
    colours = 0.5 + 0.03 * torch.randn(3, 3, generator=random) @ torch.randn(
        3, height * width, generator=random
    )
    return (colours + 0.1 * torch.rand(3, 1, generator=random)).view(1, 3, height, width)


def assert_colours_alike(image: Tensor, other: Tensor) -> None:
    for own, wanted in zip(moments(image), moments(other), strict=True):
        torch.testing.assert_close(own, wanted, atol=1e-4, rtol=0)


def test_a_style_takes_on_the_photos_colours() -> None:
    style, photo = picture(0, 40, 30), picture(1, 20, 50)
    assert_colours_alike(match_colours(style, photo), photo)


def test_matching_a_picture_with_itself_changes_nothing() -> None:
    photo = picture(2, 24, 24)
    torch.testing.assert_close(match_colours(photo, photo), photo, atol=1e-5, rtol=0)


def test_each_region_has_its_own_styles_colours() -> None:
    photo, left, right = picture(3, 32, 40), picture(4, 20, 20), picture(5, 30, 10)
    mask = torch.zeros(1, 1, 32, 40)
    mask[..., :25] = 1
    sources = [[StyleSource(left)], [StyleSource(right)]]
    moved = in_colours_of_styles(photo, [Region(sources[0], mask), Region(sources[1], 1 - mask)])
    assert_colours_alike(moved[..., :25], left)
    assert_colours_alike(moved[..., 25:], right)


def test_of_a_style_only_its_region_counts_and_styles_count_by_weight() -> None:
    photo, style = picture(6, 32, 32), torch.cat([picture(7, 20, 20), picture(8, 20, 20)], 3)
    mask = torch.zeros(1, 1, 20, 40)
    mask[..., :20] = 1
    moved = in_colours_of_styles(photo, [Region([StyleSource(style, mask)])])
    assert_colours_alike(moved, style[..., :20])
    halves = [StyleSource(style[..., :20], weight=2), StyleSource(style[..., 20:], weight=2)]
    assert_colours_alike(in_colours_of_styles(photo, [Region(halves)]), style)


def test_a_flat_photo_stays_finite() -> None:
    flat = torch.full((1, 3, 8, 8), 0.5)
    moved = in_colours_of_styles(flat, [Region([StyleSource(picture(9, 8, 8))])])
    assert bool(torch.isfinite(moved).all()) and float(moved.std()) < 0.3
