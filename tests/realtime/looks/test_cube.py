"""Tables of colours for video editors."""

from pathlib import Path

import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.looks import LookStatistics
from livebrush.realtime.looks.cube import SIZE, linear_map, write_cube
from livebrush.realtime.looks.statistics import look_statistics


def statistics(seed: int, low: int, high: int) -> tuple[np.ndarray, LookStatistics]:
    photo = np.random.default_rng(seed).integers(low, high, (64, 64, 3), dtype=np.uint8)
    return photo, look_statistics(photo, np.full((4, 4, 10), 25, np.uint8))


def read_cube(path: Path) -> np.ndarray:
    """(SIZE, SIZE, SIZE, 3), by blue, green, red"""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1] == f"LUT_3D_SIZE {SIZE}"
    return np.array([[float(v) for v in line.split()] for line in lines[2:]]).reshape(SIZE, SIZE, SIZE, 3)


def test_a_table_of_a_photo_for_itself_changes_nothing_that_it_shows(tmp_path: Path) -> None:
    _, own = statistics(0, 40, 200)
    write_cube(own, own, "same", tmp_path / "same.cube")
    table = read_cube(tmp_path / "same.cube")
    steps = np.linspace(0, 1, SIZE)
    inside = (steps > 0.2) & (steps < 0.75)
    expected = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), 3)[..., ::-1]
    window = np.ix_(inside, inside, inside)
    np.testing.assert_allclose(table[window], expected[window], atol=0.01)


def test_the_map_moves_mean_and_covariance() -> None:
    random = np.random.default_rng(2)
    own = random.normal(0.4, 0.1, (5000, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.3], [0, 0, 1]])
    root = np.array([[0.2, 0.05, 0.0], [0.05, 0.15, 0.02], [0.0, 0.02, 0.1]])
    values, vectors = np.linalg.eigh(np.cov(own.T))
    change, offset = linear_map(
        own.mean(0), vectors * np.sqrt(values) @ vectors.T, np.array([0.2, 0.3, 0.6]), root
    )
    moved = own @ change.T + offset
    np.testing.assert_allclose(moved.mean(0), [0.2, 0.3, 0.6], atol=1e-6)
    np.testing.assert_allclose(np.cov(moved.T), root @ root, atol=4e-3)
    np.testing.assert_allclose(change, change.T, atol=1e-9)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    _, own = statistics(0, 40, 200)
    with pytest.raises(LivebrushError, match="cannot be written"):
        write_cube(own, None, "x", tmp_path / "missing" / "x.cube")
