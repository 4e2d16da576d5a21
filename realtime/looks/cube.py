"""A look as a table of colours (.cube), which video editors read."""

from pathlib import Path

import numpy as np

from livebrush.models.looks import LEAST_SPREAD, LookStatistics
from livebrush.models.writing import whole_file
from livebrush.realtime.looks.colour_map import transport

SIZE = 33
"""colours a side, which every program takes"""
ORDINARY_MEAN = (0.460, 0.448, 0.396)
ORDINARY_ROOT = ((0.206, 0.119, 0.084), (0.119, 0.177, 0.118), (0.084, 0.118, 0.213))
"""mean, and root of the covariance, of the colours of 1,430 photos together, which the table takes a clip's to be"""


def write_cube(style: LookStatistics, content: LookStatistics | None, title: str, path: Path) -> None:
    """Write the linear map that moves the colours of one photo, as a whole, to another's.

    A table knows no regions: sky and skin of one colour go the same way.

    content: of a photo or a frame that the table is for; None: of ordinary photos
    raises:  LivebrushError when the file cannot be written
    source:  Pitie and Kokaram 2007; the format: Adobe, Cube LUT Specification 1.0
    """
    mean, root = (content.means[-1], content.roots[-1]) if content else (ORDINARY_MEAN, ORDINARY_ROOT)
    change, offset = linear_map(np.array(mean), np.array(root), style.means[-1], style.roots[-1])
    steps = np.linspace(0, 1, SIZE)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red changes fastest
    colours = np.stack([red, green, blue], 3).reshape(-1, 3) @ change.T + offset
    rows = "\n".join(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in np.clip(colours, 0, 1))
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
