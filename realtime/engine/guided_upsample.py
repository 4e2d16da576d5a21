"""A painting of a small copy of a frame, brought to the frame's size with the frame's own detail."""

from collections.abc import Callable

import cv2
import numpy as np

# Of the frame's fine detail: 0.5 leaves contours soft, above 1 the photo shows through the strokes
GAIN = 0.9
# Levels that detail stays below: hard contours would be drawn beside the strokes that stand for them
LIMIT = 40
STRIDE, CELL = 2, 8  # light is compared in cells of 8x8, at every second pixel of the small copy
FLAT = 9.0  # variance in levels², below which a cell says nothing
AGAINST = 2.0  # no detail where light in painting and copy correlate below -1 / AGAINST
SOFT = 1.25  # times that a picture may be enlarged without a net: softer than that is seen

Doubled = Callable[[np.ndarray], np.ndarray]
"""a painting, (h, w, 3) uint8, at twice its size, strokes as sharp as they were"""

_LIMITED = np.rint(128 + LIMIT * np.tanh(GAIN / LIMIT * (np.arange(256) - 128.0))).astype(np.uint8)


def guided_upsample(
    painted: np.ndarray, small: np.ndarray, frame: np.ndarray, doubled: Doubled | None = None
) -> np.ndarray:
    """Enlarge a painting and add the light and dark that the frame lost when it was made small.

    painted: (h, w, 3) uint8, RGB, the painting of `small`
    small:   (h, w, 3) uint8, RGB, the frame made smaller, area-averaged
    frame:   (H, W, 3) uint8, RGB
    doubled: what keeps strokes sharp; None: they are enlarged smoothly, which takes a twentieth of the time
    returns: (H, W, 3) uint8, RGB; `painted` itself where it is no smaller than the frame

    Strokes stay as they are: what is added is the frame's luma less that of the enlarged copy, never the frame
    itself. Where a style turns light into dark, detail would draw halos; it fades out there.

    source:  detail as the residual of a Laplacian pyramid, Burt & Adelson 1983; local statistics of guide and picture
             at low resolution, He & Sun 2015 (fast guided filter)
    """
    if painted.shape == frame.shape:
        return painted
    height, width = frame.shape[:2]
    light = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    enlarged_light = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    # Both in 8 bits, which is several times faster: detail about 128, agreement in 1/128
    detail = cv2.addWeighted(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), 1, enlarged_light, -1, 128)
    detail = cv2.LUT(detail, _LIMITED)
    agreement = cv2.resize(_agreement(painted, light), (width, height), interpolation=cv2.INTER_LINEAR)
    detail = cv2.addWeighted(cv2.multiply(detail, agreement, scale=1 / 128), 1, agreement, -1, 128)
    strokes = _enlarged(painted, (width, height), doubled)
    return cv2.addWeighted(strokes, 1, cv2.cvtColor(detail, cv2.COLOR_GRAY2RGB), 1, -128, dst=strokes)


def _enlarged(painted: np.ndarray, size: tuple[int, int], doubled: Doubled | None) -> np.ndarray:
    """The strokes alone. size: (width, height)"""
    if doubled is None:
        # Cubic keeps slanted strokes whole, where linear turns them into beads; the blur takes back its overshoot,
        # and some of the two-pixel grid that a net's pixel shuffle can leave
        return cv2.resize(cv2.GaussianBlur(painted, (3, 3), 0.5), size, interpolation=cv2.INTER_CUBIC)
    while size[1] > SOFT * painted.shape[0]:
        painted = doubled(painted)
    too_large = painted.shape[0] > size[1]
    return cv2.resize(painted, size, interpolation=cv2.INTER_AREA if too_large else cv2.INTER_CUBIC)


def _agreement(painted: np.ndarray, light: np.ndarray) -> np.ndarray:
    """The share of detail that each cell takes, in 1/128: less where the painting's light runs against the copy's."""
    guide = light[::STRIDE, ::STRIDE].astype(np.float32)
    picture = cv2.cvtColor(painted, cv2.COLOR_RGB2GRAY)[::STRIDE, ::STRIDE].astype(np.float32)
    cells = max(1, guide.shape[1] // CELL), max(1, guide.shape[0] // CELL)

    def mean(of: np.ndarray) -> np.ndarray:
        return cv2.resize(of, cells, interpolation=cv2.INTER_AREA)

    guide_mean, picture_mean = mean(guide), mean(picture)
    covariance = mean(guide * picture) - guide_mean * picture_mean
    guide_variance = mean(guide * guide) - guide_mean * guide_mean
    picture_variance = mean(picture * picture) - picture_mean * picture_mean
    correlation = covariance / np.sqrt((guide_variance + FLAT) * (picture_variance + FLAT))
    return np.rint(128 * np.clip(1 + AGAINST * correlation, 0, 1)).astype(np.uint8)
