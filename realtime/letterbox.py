"""A picture inside a frame of another size: scaled to fit, centred on black."""

import cv2
import numpy as np


def letterbox_rect(height: int, width: int, into_height: int, into_width: int) -> tuple[int, int, int, int]:
    """Where a height x width picture lies inside into_height x into_width when it keeps its shape.

    All in pixels, 1 or more; returns: (top, left, height, width) of the picture, at least 1x1
    """
    # In integers: a picture of exactly the same shape fills the frame, whatever floats would say
    if width * into_height >= height * into_width:
        inside_height, inside_width = max(1, _rounded(height * into_width, width)), into_width
    else:
        inside_height, inside_width = into_height, max(1, _rounded(width * into_height, height))
    return (into_height - inside_height) // 2, (into_width - inside_width) // 2, inside_height, inside_width


def letterbox(picture: np.ndarray, height: int, width: int, interpolation: int | None = None) -> np.ndarray:
    """The picture scaled to fit, centred on black; the very same array where it has that size already.

    picture:       (H, W, 3) uint8
    height, width: of the result, in pixels
    interpolation: OpenCV's; None takes area averaging to shrink and linear to enlarge
    returns:       (height, width, 3) uint8
    """
    from_height, from_width = picture.shape[:2]
    if (from_height, from_width) == (height, width):
        return picture
    top, left, inside_height, inside_width = letterbox_rect(from_height, from_width, height, width)
    if interpolation is None:
        interpolation = cv2.INTER_AREA if inside_height < from_height else cv2.INTER_LINEAR
    framed = np.zeros((height, width, 3), np.uint8)
    inside = framed[top : top + inside_height, left : left + inside_width]
    if inside.shape == picture.shape:
        inside[:] = picture
    else:
        inside[:] = cv2.resize(picture, (inside_width, inside_height), interpolation=interpolation)
    return framed


def pad_to_even(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) or (H, W) with its last row and column repeated where their number is odd: some encoders need it."""
    bottom, right = picture.shape[0] % 2, picture.shape[1] % 2
    if not bottom and not right:
        return picture
    return cv2.copyMakeBorder(picture, 0, bottom, 0, right, cv2.BORDER_REPLICATE)


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
