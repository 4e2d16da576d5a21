"""A look as a table of colours (.cube), which video editors read."""

from pathlib import Path

import numpy as np

from livebrush.models.looks import LEAST_SPREAD, LookStatistics
from livebrush.models.writing import whole_file
from livebrush.realtime.looks.colour_map import transport
from livebrush.realtime.looks.fitted_table import SIZE, lattice

ORDINARY_MEAN = (0.460, 0.448, 0.396)
ORDINARY_ROOT = ((0.206, 0.119, 0.084), (0.119, 0.177, 0.118), (0.084, 0.118, 0.213))
"""mean, and root of the covariance, of the colours of 1,430 photos together, which `ordinary_table` takes a clip's to
be"""


def ordinary_table(style: LookStatistics) -> np.ndarray:
    """The linear map that moves the colours of ordinary photos, as a whole, to those of a style photo.

    A look moves each frame's own colours, region by region: on a frame that is not ordinary it does something else.

    returns: (SIZE, SIZE, SIZE, 3) float64, 0..1, by blue, green and red
    source:  Pitie and Kokaram 2007
    """
    mean, root = np.array(ORDINARY_MEAN), np.array(ORDINARY_ROOT)
    change, offset = linear_map(mean, root, style.means[-1], style.roots[-1])
    return np.clip(lattice() @ change.T + offset, 0, 1)


def write_cube(table: np.ndarray, title: str, path: Path) -> None:
    """Write a table of colours, for RGB as it is shown, 0 black and 1 white.

    table:  (SIZE, SIZE, SIZE, 3), 0..1, by blue, green and red
    raises: LivebrushError when the file cannot be written
    source: Adobe, Cube LUT Specification 1.0
    """
    rows = "\n".join(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in table.reshape(-1, 3))  # red changes fastest
    quoted = title.replace('"', "'")
    with whole_file(path) as partial:
        partial.write_text(f'TITLE "{quoted}"\nLUT_3D_SIZE {SIZE}\n{rows}\n', encoding="utf-8")


def linear_map(
    mean: np.ndarray, root: np.ndarray, style_mean: np.ndarray, style_root: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The least change that takes colours of one mean and covariance to another's: 3x3 matrix and offset.

    root, style_root: square roots of the covariances
    """
    change = transport(root @ root + LEAST_SPREAD * np.eye(3), style_root)
    return change, style_mean - change @ mean
