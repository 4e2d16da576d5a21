"""The guided filter's maps, against least squares window by window."""

import cv2
import numpy as np

from livebrush.realtime.engine.guided_filter import linear_maps, mapped

RANDOM = np.random.default_rng(0)
RADIUS, EPSILON = 2, 50.0


def fitted(photo: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(h, w, 4): for each window a ridge regression of its own, then the mean over the same windows."""
    height, width = target.shape
    padded = [np.pad(plane, RADIUS, "symmetric") for plane in (*np.moveaxis(photo, 2, 0), target)]
    maps = np.empty((height, width, 4))
    for row in range(height):
        for column in range(width):
            window = slice(row, row + 2 * RADIUS + 1), slice(column, column + 2 * RADIUS + 1)
            *colours, wanted = (plane[window].ravel() for plane in padded)
            about = np.stack(colours, 1) - np.mean(colours, 1)
            ridge = about.T @ about / len(about) + EPSILON * np.eye(3)
            slopes = np.linalg.solve(ridge, about.T @ (wanted - wanted.mean()) / len(about))
            maps[row, column] = *slopes, wanted.mean() - slopes @ np.mean(colours, 1)
    window = (2 * RADIUS + 1, 2 * RADIUS + 1)
    return np.stack([cv2.blur(maps[..., n], window, borderType=cv2.BORDER_REFLECT) for n in range(4)], 2)


def test_maps_are_those_of_least_squares() -> None:
    photo = RANDOM.integers(0, 256, (9, 12, 3)).astype(np.float32)
    target = RANDOM.random((9, 12, 2), np.float32)
    maps = linear_maps(photo, target, RADIUS, EPSILON)
    assert maps.shape == (9, 12, 2, 4) and maps.dtype == np.float32
    for k in range(2):
        np.testing.assert_allclose(maps[..., k, :], fitted(photo, target[..., k]), atol=2e-5)


def test_a_flat_photo_takes_the_mean_of_the_target() -> None:
    photo = np.full((20, 20, 3), 255, np.float32)
    target = np.zeros((20, 20, 1), np.float32)
    target[:, 10:] = 1
    maps = linear_maps(photo, target, RADIUS, EPSILON)
    np.testing.assert_allclose(maps[..., 0, :3], 0, atol=1e-5)
    assert abs(maps[10, 3, 0, 3]) < 1e-5 and abs(maps[10, 16, 0, 3] - 1) < 1e-5


def test_maps_of_a_smaller_size_are_applied_to_every_pixel() -> None:
    maps = RANDOM.normal(0, 1, (30, 41, 4)).astype(np.float32)
    for size in ((120, 161), (30, 41), (1, 1), (7, 40_000)):
        photo = RANDOM.integers(0, 256, (*size, 3), dtype=np.uint8)
        enlarged = cv2.resize(maps, size[::-1], interpolation=cv2.INTER_LINEAR)
        wanted = (enlarged[..., :3] * photo).sum(2) + enlarged[..., 3]
        np.testing.assert_allclose(mapped(maps, photo), wanted, rtol=1e-4, atol=1e-2)
