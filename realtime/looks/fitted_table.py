"""A table of colours fitted to what was done to pictures: as near to it as one table can come."""

from collections.abc import Iterator, Sequence

import numpy as np

SIZE = 33
"""colours a side, which every program takes"""
_PIXELS = 100_000
"""of each picture, that are looked at"""
_SCALES = (8, 4, 2)
"""of the table's steps: from coarse to fine, so that colours between those that the pictures show follow these"""
_DOUBT = 1e-4
"""share of the pixels that a neighbourhood of colours must hold until it is followed half of the way"""
_LEAST_SPREAD = 1e-3
"""squared, of 1: what lies far outside the pictures' colours is not carried off by a steep map of a few"""


def fitted_table(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The table that takes colours of some pictures to those of others, smooth where the pictures show nothing.

    An affine map first, then what is left of the difference, averaged over neighbouring colours, from far to near.

    pairs: pictures before and after, each (H, W, 3) uint8, RGB, alike in size
    returns: (SIZE, SIZE, SIZE, 3) float64, 0..1, by blue, green and red
    """
    before = np.concatenate([_sample(picture) for picture, _ in pairs])
    after = np.concatenate([_sample(picture) for _, picture in pairs])
    table = _affine(before, after)
    share = np.full(len(before), 1 / len(before))
    weights = _spread(before, share[:, None])
    for scale in _SCALES:
        left = _spread(before, share[:, None] * (after - looked_up(table, before)))
        table = table + _blurred(left, scale) / (_blurred(weights, scale) + _DOUBT / (2 * scale) ** 3)
    return np.clip(table, 0, 1)


def looked_up(table: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """What a table makes of colours, between its own by linear interpolation: (N, 3), 0..1, to the same."""
    found = np.zeros_like(colours)
    for place, weight in _neighbours(colours):
        found += weight[:, None] * table[place]
    return found


def lattice() -> np.ndarray:
    """The colours that a table tells of: (SIZE, SIZE, SIZE, 3), 0..1, by blue, green and red."""
    steps = np.linspace(0, 1, SIZE)
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij")[::-1], 3)


def _sample(picture: np.ndarray) -> np.ndarray:
    step = max(1, int(np.ceil(np.sqrt(picture.shape[0] * picture.shape[1] / _PIXELS))))
    return picture[::step, ::step].reshape(-1, 3) / 255


def _affine(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The affine map that comes nearest, the nearer to leaving all as it is the fewer colours there are."""
    mean, target = before.mean(0), after.mean(0)
    least = _LEAST_SPREAD * np.eye(3)
    off = before - mean
    change = np.linalg.solve(off.T @ off / len(off) + least, off.T @ (after - target) / len(off) + least)
    return (lattice() - mean) @ change + target


def _neighbours(colours: np.ndarray) -> Iterator[tuple[tuple[np.ndarray, ...], np.ndarray]]:
    """The eight colours of the table round each, as indices, and how near they are, which adds up to 1."""
    place = colours * (SIZE - 1)
    below = np.minimum(place.astype(int), SIZE - 2)
    for corner in np.ndindex(2, 2, 2):
        nearness = np.where(corner, place - below, 1 - (place - below)).prod(1)
        red, green, blue = (below + corner).T
        yield (blue, green, red), nearness


def _spread(colours: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values of colours, added up in the table's places."""
    table = np.zeros((SIZE, SIZE, SIZE, values.shape[1]))
    for place, weight in _neighbours(colours):
        np.add.at(table, place, weight[:, None] * values)
    return table


def _blurred(table: np.ndarray, scale: float) -> np.ndarray:
    """By a Gaussian along each axis, nothing beyond the table."""
    steps = np.arange(SIZE)
    kernel = np.exp(-((steps[:, None] - steps) ** 2) / (2 * scale**2)) / (scale * np.sqrt(2 * np.pi))
    return np.einsum("ib,jg,kr,bgrc->ijkc", kernel, kernel, kernel, table, optimize=True)
