"""The finish of an edited photo: a smooth map of its own colours, at any size."""

import cv2
import numpy as np
import pytest

from livebrush.trainer.stills.finish import finish_photo


def photo(height: int = 120, width: int = 160) -> np.ndarray:
    """Soft hills with fine stripes and a hard edge: (height, width, 3) uint8."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    base = np.stack([0.3 + 0.4 * x, 0.5 - 0.3 * y, 0.4 + 0.2 * np.sin(9 * x)], 2)
    base[:, width // 2 :] += 0.25
    base += 0.04 * np.sin(np.arange(width) * 2.0)[None, :, None]
    return np.clip(base * 255, 0, 255).astype(np.uint8)


def edit(pixels: np.ndarray) -> np.ndarray:
    warm = np.array([[1.1, 0.1, 0], [0, 0.8, 0.1], [0, 0, 0.7]], np.float32)
    return np.clip(pixels.astype(np.float32) @ warm.T + 8, 0, 255).astype(np.uint8)


def mean_error(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).mean())


def test_an_edit_of_colours_comes_through() -> None:
    assert mean_error(finish_photo(photo(), edit(photo())), edit(photo())) < 1.0


def test_noise_goes_and_edges_stay() -> None:
    wanted = edit(photo()).astype(float)
    noisy = np.clip(wanted + np.random.default_rng(0).normal(0, 12, wanted.shape), 0, 255).astype(np.uint8)
    finished = finish_photo(photo(), noisy)
    assert mean_error(finished, wanted) < 0.35 * mean_error(noisy, wanted)
    step = np.diff(finished.astype(float).mean((0, 2)))[79]
    assert step == pytest.approx(np.diff(wanted.mean((0, 2)))[79], rel=0.15)


@pytest.mark.parametrize("size", [(480, 640), (601, 803), (120, 160)])
def test_a_small_edit_serves_a_large_photo(size: tuple[int, int]) -> None:
    large = photo(*size)
    small = edit(cv2.resize(large, (160, 120), interpolation=cv2.INTER_AREA))
    finished = finish_photo(large, small)
    assert finished.shape == large.shape
    assert mean_error(finished, edit(large)) < 3


def test_strips_meet_without_a_seam() -> None:
    finished = finish_photo(photo(1100, 90), edit(photo(1100, 90))[::-1].copy()).astype(float)
    jumps = np.abs(np.diff(finished, axis=0)).mean((1, 2))
    assert jumps[[511, 1023]].max() < 1.5 * np.median(jumps) + 0.5


def test_flat_photos() -> None:
    black = np.zeros((40, 50, 3), np.uint8)
    finished = finish_photo(black, black + 30)
    assert np.abs(finished.astype(int) - 30).max() <= 1
