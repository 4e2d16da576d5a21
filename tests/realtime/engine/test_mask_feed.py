"""Which frames regions are looked for in."""

import numpy as np
import pytest

from livebrush.realtime.engine.mask_feed import EVERY, MaskFeed
from livebrush.realtime.engine.regions import RegionFinder


@pytest.fixture
def feed() -> tuple[MaskFeed, list[int]]:
    """A feed, and the mean colours of the frames that its net was asked about."""
    asked: list[int] = []

    class Asked(RegionFinder):
        def coarse(self, photo: np.ndarray) -> np.ndarray:
            asked.append(round(photo.mean()))
            return super().coarse(photo)

    return MaskFeed(Asked(threads=1)), asked


def frame(level: int) -> np.ndarray:
    return np.full((60, 80, 3), level, np.uint8)


def test_masks_are_found_in_every_sixth_frame(feed: tuple[MaskFeed, list[int]]) -> None:
    made, asked = feed
    shapes = {made.masks(frame(100)).shape for _ in range(2 * EVERY + 1)}
    assert len(asked) == 3
    assert len(shapes) == 1 and shapes.pop()[2] == 10


def test_a_cut_and_a_reset_are_seen_at_once(feed: tuple[MaskFeed, list[int]]) -> None:
    made, asked = feed
    made.masks(frame(100))
    made.masks(frame(103))
    made.masks(frame(180))
    made.reset()
    made.masks(frame(181))
    assert asked == [100, 180, 181]


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2000), (500, 2)])
def test_frames_of_any_shape_have_masks(feed: tuple[MaskFeed, list[int]], shape: tuple[int, int]) -> None:
    made, asked = feed
    for _ in range(2):
        assert made.masks(np.full((*shape, 3), 90, np.uint8)).shape[2] == 10
    assert asked == [90]


def test_noise_and_fine_texture_are_no_cut(feed: tuple[MaskFeed, list[int]]) -> None:
    made, asked = feed
    random = np.random.default_rng(0)
    for shift in range(EVERY):
        stripes = np.tile(np.array([40, 200]), (540, 480))
        noisy = np.roll(stripes, shift, 1)[..., None] + random.normal(0, 20, (540, 960, 3))
        made.masks(noisy.clip(0, 255).astype(np.uint8))
    assert len(asked) == 1
