"""Regions matched by colour, whatever the palette and however soft the edges."""

import itertools

import cv2
import numpy as np
import pytest
import torch

from livebrush.models.regions import COLOURS
from livebrush.trainer.stills.drawn_regions import drawn_regions, pair_regions
from livebrush.trainer.stills.objective import StyleSource


def masks(*colours: tuple[int, int, int], height: int = 60, width: int = 90) -> np.ndarray:
    """Upright stripes of these colours."""
    stripes = np.array(colours, np.uint8)[np.linspace(0, len(colours) - 1e-6, width).astype(int)]
    return np.repeat(stripes[None], height, 0)


SKY, SEA, SAND = (30, 60, 250), (0, 200, 90), (240, 230, 120)


def test_the_same_colour_is_the_same_region() -> None:
    pairs = pair_regions(masks(SKY, SEA, SEA), masks(SEA, SKY))
    assert [pair.colour for pair in pairs] == [SEA, SKY]
    sea, sky = pairs
    assert sea.photo[:, 40:].all() and not sea.photo[:, :25].any()
    assert sea.style is not None and sea.style[:, :40].all() and not sea.style[:, 50:].any()
    np.testing.assert_array_equal(sea.photo + sky.photo, 1)


def test_soft_edges_and_compression_are_no_regions() -> None:
    soft = cv2.GaussianBlur(masks(SKY, SEA, SAND), (0, 0), 1.5)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    assert jpeg is not None
    pairs = pair_regions(jpeg, masks(SKY, SEA, SAND))
    assert len(pairs) == 3 and all(pair.style is not None for pair in pairs)
    assert all(0.25 < pair.photo.mean() < 0.42 for pair in pairs)


def test_a_region_that_the_style_lacks_takes_all_of_it() -> None:
    pairs = {pair.colour: pair for pair in pair_regions(masks(SKY, SAND), masks(SKY, SEA))}
    assert pairs[SAND].style is None and pairs[SKY].style is not None


def test_a_region_that_the_photo_lacks_is_no_other_regions() -> None:
    for sky, sea in itertools.permutations(COLOURS, 2):
        for third in set(COLOURS) - {sky, sea}:
            pairs = {pair.colour: pair for pair in pair_regions(masks(sky, sea), masks(sky, third))}
            assert pairs[sea].style is None, (sea, third)
            of_style = pairs[sky].style
            assert of_style is not None and of_style.mean() == pytest.approx(0.5, abs=0.02)


def test_one_colour_is_one_region() -> None:
    (pair,) = pair_regions(masks(SKY), masks(SKY))
    assert pair.photo.all() and pair.style is not None and pair.style.all()


def test_a_thin_thing_of_another_hue_keeps_its_region() -> None:
    photo = np.full((300, 400, 3), (60, 120, 60), np.uint8)
    drawn = np.full((300, 400, 3), SEA, np.uint8)
    photo[:, 200:208], drawn[:, 200:208] = (190, 60, 40), SKY  # as bright as what is around
    style = StyleSource(torch.rand(1, 3, 300, 400))
    thin = drawn_regions(drawn, drawn, photo, [style], print)[1].mask
    assert thin is not None
    assert float(thin[..., 200:208].min()) > 0.8 and float(thin[..., :180].max()) < 0.02


def test_regions_drawn_by_hand_end_at_the_edges_of_the_photo() -> None:
    photo = np.full((200, 480, 3), 30, np.uint8)
    photo[:, 240:] = 210
    drawn = np.zeros((200, 480, 3), np.uint8)
    drawn[:, :244] = SKY
    drawn[:, 244:] = SAND
    style = StyleSource(torch.rand(1, 3, 200, 480))
    sky, sand = (region.mask for region in drawn_regions(drawn, drawn, photo, [style], print))
    assert sky is not None and sand is not None
    assert [int((mask[0, 0, 100] > 0.5).sum()) for mask in (sky, sand)] == [240, 240]
    torch.testing.assert_close(sky + sand, torch.ones_like(sky))
