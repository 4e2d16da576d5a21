"""Tables of colours for video editors."""

from pathlib import Path

import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.looks.cube import ORDINARY_MEAN, linear_map, ordinary_table, write_cube
from livebrush.realtime.looks.fitted_table import SIZE, lattice, looked_up
from livebrush.realtime.looks.statistics import look_statistics


def read_cube(path: Path) -> np.ndarray:
    """(SIZE, SIZE, SIZE, 3), by blue, green, red"""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[1] == f"LUT_3D_SIZE {SIZE}"
    return np.array([[float(v) for v in line.split()] for line in lines[2:]]).reshape(SIZE, SIZE, SIZE, 3)


def test_red_changes_fastest(tmp_path: Path) -> None:
    write_cube(lattice(), 'the "same"', tmp_path / "same.cube")
    lines = (tmp_path / "same.cube").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "TITLE \"the 'same'\"" and lines[3] == "0.031250 0.000000 0.000000"
    assert lines[2 + SIZE] == "0.000000 0.031250 0.000000" and lines[-1] == "1.000000 1.000000 1.000000"
    np.testing.assert_allclose(read_cube(tmp_path / "same.cube"), lattice(), atol=1e-6)


def test_a_table_for_ordinary_photos_moves_their_mean_to_the_style_s() -> None:
    photo = np.random.default_rng(0).integers(40, 120, (64, 64, 3), dtype=np.uint8)
    style = look_statistics(photo, np.full((4, 4, 10), 25, np.uint8))
    moved = looked_up(ordinary_table(style), np.array([ORDINARY_MEAN]))
    np.testing.assert_allclose(moved[0], style.means[-1], atol=0.01)


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
    with pytest.raises(LivebrushError, match="cannot be written"):
        write_cube(lattice(), "x", tmp_path / "missing" / "x.cube")
