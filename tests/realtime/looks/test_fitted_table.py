"""Tables of colours fitted to pictures: near to what was done to them, calm elsewhere."""

import numpy as np

from livebrush.realtime.looks.fitted_table import SIZE, fitted_table, lattice, looked_up

WAVES = np.mgrid[:120, :160].astype(np.float32)


def picture(low: int = 0, high: int = 255) -> np.ndarray:
    """Smooth colours between two levels."""
    y, x = WAVES
    waves = np.stack([np.sin(x / 19), np.cos(y / 23), np.sin((x + y) / 31)], 2)
    return np.rint(low + (waves + 1) / 2 * (high - low)).astype(np.uint8)


def painted(table: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    return 255 * looked_up(table, pixels.reshape(-1, 3) / 255).reshape(pixels.shape)


def test_what_changes_nothing_is_a_table_that_changes_nothing() -> None:
    pixels = picture(60, 140)
    np.testing.assert_allclose(fitted_table([(pixels, pixels)]), lattice(), atol=1e-6)


def test_a_curve_is_followed_as_no_linear_map_can() -> None:
    pixels = picture()
    curved = np.rint(255 * (pixels / 255) ** 2).astype(np.uint8)
    assert np.abs(painted(fitted_table([(pixels, curved)]), pixels) - curved).mean() < 3
    slopes = np.polyfit(pixels.ravel(), curved.ravel(), 1)
    assert np.abs(np.polyval(slopes, pixels) - curved).mean() > 12


def test_what_one_colour_became_in_two_places_is_the_mean() -> None:
    pixels = np.full((40, 40, 3), 100, np.uint8)
    after = pixels.copy()
    after[:20], after[20:] = 60, 160
    assert np.abs(painted(fitted_table([(pixels, after)]), pixels[:1, :1]) - 110).max() < 1


def test_every_frame_counts() -> None:
    dark, bright = picture(0, 90), picture(170, 255)
    table = fitted_table([(dark, dark + 30), (bright, bright - 30)])
    assert abs((painted(table, dark) - dark).mean() - 30) < 3
    assert abs((painted(table, bright) - bright).mean() + 30) < 3


def test_colours_that_no_frame_shows_are_not_carried_off() -> None:
    """A nearly grey frame made colourful: the map that does it would throw a red dress far out."""
    grey = picture(118, 138)
    after = np.clip((grey.astype(int) - 128) * 5 + 128, 0, 255).astype(np.uint8)
    table = fitted_table([(grey, after)])
    assert table.min() >= 0 and table.max() <= 1
    steps = np.abs(np.diff(table, axis=0)).max()
    assert steps < 4 / (SIZE - 1)
