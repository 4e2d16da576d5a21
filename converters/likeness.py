"""How nearly two paintings of the same frames are alike, in levels of 0 to 255."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Painter = Callable[[np.ndarray], np.ndarray]
"""(H, W, 3) uint8 to the same"""


@dataclass(frozen=True)
class Likeness:
    """within_1: share of values that differ by a level or less; mean, largest: differences in levels"""

    within_1: float
    mean: float
    largest: int

    def __str__(self) -> str:
        return f"{self.within_1:.2%} of values within 1 level, mean {self.mean:.2f}, largest {self.largest}"


def likeness(first: Painter, second: Painter, frames: Sequence[np.ndarray]) -> Likeness:
    """Of what two paint of the same frames."""
    differences = [np.abs(first(frame).astype(np.int16) - second(frame)).ravel() for frame in frames]
    all_of_them = np.concatenate(differences)
    return Likeness(float((all_of_them <= 1).mean()), float(all_of_them.mean()), int(all_of_them.max()))


def as_levels(values: np.ndarray) -> np.ndarray:
    """Clipped and rounded to uint8, as every style model does it."""
    return np.floor(np.clip(values, 0, 255) + 0.5).astype(np.uint8)
