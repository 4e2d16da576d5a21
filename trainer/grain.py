"""The grain of canvas, paper and print, taken from a picture of a painting: a net would paint it over everything."""

import cv2
import numpy as np

_MEDIAN = 3
_DIAMETER, _LEVELS, _PIXELS = 9, 35.0, 3.0
"""of the bilateral filter: how far it looks, which differences it takes for grain, and how near it weighs"""


def without_grain(pixels: np.ndarray, passes: int) -> np.ndarray:
    """A painting whose planes are smooth and whose outlines are as they were.

    pixels: (H, W, 3) uint8, at the size that it is learnt at; passes: of the filter, 0 leaves it as it is
    source: Tomasi and Manduchi 1998, "Bilateral filtering for gray and color images"
    """
    if passes:
        pixels = cv2.medianBlur(pixels, _MEDIAN)
    for _ in range(passes):
        pixels = cv2.bilateralFilter(pixels, _DIAMETER, _LEVELS, _PIXELS)
    return pixels
