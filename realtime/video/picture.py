"""One frame on its way from a source to a sink."""

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame, as it is shown.

    pixels: (H, W, 3) RGB uint8; alpha: (H, W) uint8, 255 = opaque, or None
    pts, duration: in ticks of time_base, a Fraction of a second; a duration of 0 is unknown
    number: its own in a sequence of numbered pictures; None: pictures are counted from 1
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    pts: int
    duration: int
    time_base: Fraction
    number: int | None = None

    def over_black(self) -> np.ndarray:
        """The pixels as they look where no alpha can be kept: (H, W, 3) RGB uint8."""
        if self.alpha is None:
            return self.pixels
        return cv2.multiply(self.pixels, cv2.merge([self.alpha] * 3), scale=1 / 255)
