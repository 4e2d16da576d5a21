"""Noise: a pure function of place and seed."""

import numpy as np

from livebrush.realtime.textures.noise import noise


def test_a_part_is_that_part_of_the_whole() -> None:
    whole = noise(3, 1, 2, (-5, -7), (40, 50))
    np.testing.assert_array_equal(noise(3, 1, 2, (0, 10), (8, 9)), whole[:, 5:13, 17:26])


def test_wrapped_noise_repeats_on_every_side() -> None:
    repeated = noise(0, 0, 1, (-6, -4), (18, 12), (6, 4))[0]
    np.testing.assert_array_equal(repeated, np.tile(repeated[:6, :4], (3, 3)))


def test_it_has_mean_0_and_variance_1_and_nothing_in_common_with_its_neighbours() -> None:
    values = noise(1, 0, 4, (0, 0), (200, 200))
    assert values.dtype == np.float32
    assert abs(values.mean()) < 0.01
    assert abs(values.var() - 1) < 0.02
    others = [
        values[:, 1:],
        values[:, :, 1:],
        noise(2, 0, 4, (0, 0), (200, 200)),
        noise(1, 1, 4, (0, 0), (200, 200)),
    ]
    for other in (*others, values[::-1]):
        height, width = other.shape[1:]
        assert abs((values[:, :height, :width] * other).mean()) < 0.02


def test_every_seed_is_another_picture() -> None:
    seeds = (0, 1, 2**32, 2**62)
    found = {noise(seed, 0, 1, (0, 0), (4, 4)).tobytes() for seed in seeds}
    assert len(found) == len(seeds)
