"""What a look knows of its photo."""

import numpy as np

from livebrush.models.looks import QUANTILES
from livebrush.models.regions import GROUPS, PERSONS
from livebrush.realtime.looks.statistics import look_statistics

SKY, ROAD, PERSON = (GROUPS.index(name) for name in ("sky", "road", "person"))


def halves(height: int = 80, width: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Noisy blue above, noisy brown below, and masks that say sky and road."""
    random = np.random.default_rng(0)
    photo = np.empty((height, width, 3))
    photo[: height // 2], photo[height // 2 :] = (60, 120, 200), (120, 90, 60)
    photo += random.normal(0, 1, photo.shape) * (20, 10, 5)
    masks = np.zeros((height, width, 10), np.uint8)
    masks[: height // 2, :, SKY] = masks[height // 2 :, :, ROAD] = 255
    return photo.clip(0, 255).astype(np.uint8), masks


def test_each_region_has_its_own_colours() -> None:
    photo, masks = halves()
    found = look_statistics(photo, masks)
    np.testing.assert_allclose(found.means[SKY] * 255, (60, 120, 200), atol=2)
    np.testing.assert_allclose(found.means[ROAD] * 255, (120, 90, 60), atol=2)
    np.testing.assert_allclose(found.means[-1] * 255, photo.mean((0, 1)), atol=2)


def test_the_root_squared_is_the_covariance_of_the_small_copy() -> None:
    random = np.random.default_rng(1)
    photo = random.integers(0, 256, (256, 256, 3), dtype=np.uint8)
    photo[..., 2] = photo[..., 0] // 2
    root = look_statistics(photo, np.full((4, 4, 10), 25, np.uint8)).roots[-1].astype(np.float64)
    colours = photo.reshape(-1, 3) / 255
    np.testing.assert_allclose(root @ root, np.cov(colours.T) + 1e-5 * np.eye(3), atol=1e-5)


def test_tones_are_quantiles_of_luma_in_standard_deviations() -> None:
    photo = np.repeat(np.linspace(0, 255, 256).astype(np.uint8)[None, :, None], 256, 0).repeat(3, 2)
    tones = look_statistics(photo, np.full((8, 8, 10), 25, np.uint8)).tones[-1]
    assert tones.shape == (QUANTILES,)
    even = (np.arange(QUANTILES) + 0.5) / QUANTILES * 2 - 1
    np.testing.assert_allclose(tones, even * 3**0.5, atol=0.03)


def test_a_missing_group_is_its_stand_in_or_unknown() -> None:
    photo, masks = halves()
    found = look_statistics(photo, masks)
    water = GROUPS.index("water")
    np.testing.assert_array_equal(found.means[water], found.means[SKY])
    assert found.known[water] == 1
    assert found.known[PERSON] == 0
    assert found.known[-1] == 1


def test_nothing_stands_in_for_persons() -> None:
    photo, masks = halves()
    masks = np.roll(masks, 1, 2)  # road becomes building, which would stand in for persons
    found = look_statistics(photo, masks)
    assert found.known[PERSON] == 0
    assert (found.reach[PERSON], np.delete(found.reach, PERSON).min()) == (PERSONS, 1)
    less = look_statistics(photo, masks, persons=0.2)
    assert (less.reach[PERSON], np.delete(less.reach, PERSON).min()) == (np.float32(0.2), 1)
    shown = look_statistics(photo, np.roll(masks, PERSON - ROAD - 1, 2), persons=0.2)
    assert (shown.known[PERSON], shown.reach[PERSON]) == (1, 1)


def test_masks_of_nothing_and_a_single_pixel_have_statistics() -> None:
    found = look_statistics(np.full((1, 1, 3), 200, np.uint8), np.zeros((1, 1, 10), np.uint8))
    assert all(np.isfinite(part).all() for part in found)
    np.testing.assert_allclose(found.means[-1], 200 / 255, atol=1e-6)
