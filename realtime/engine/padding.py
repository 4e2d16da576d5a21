"""Frames, and masks with them, brought to the sizes that a net takes."""

import cv2
import numpy as np


def padded(frame: np.ndarray, margin: int, multiple: int, least: int = 1) -> np.ndarray:
    """A frame with a margin on every side, then filled bottom and right until both sides divide by `multiple`.

    frame:   (H, W, 3) uint8
    least:   pixels that each side is filled up to, besides
    returns: the frame itself where there is nothing to add; what is added is reflected, and replicated where the
        frame is too small to reflect
    """
    if margin:
        frame = cv2.copyMakeBorder(frame, margin, margin, margin, margin, _border(frame, margin))
    bottom, right = (max(side, least) + -max(side, least) % multiple - side for side in frame.shape[:2])
    if not bottom and not right:
        return frame
    return cv2.copyMakeBorder(frame, 0, bottom, 0, right, _border(frame, max(bottom, right)))


def padded_masks(masks: np.ndarray, frame: tuple[int, int], to: tuple[int, int], margin: int) -> np.ndarray:
    """Masks of a frame as masks of the frame with its margin and fill, about as fine as they were.

    masks:     (h, w, K) uint8, of any size
    frame, to: (height, width) of the frame, and with margin and fill
    """
    if frame == to:
        return masks
    rows = _places(masks.shape[0], frame[0], to[0], margin)
    columns = _places(masks.shape[1], frame[1], to[1], margin)
    between = _interpolated(_interpolated(masks.astype(np.float32), rows, 0), columns, 1)
    return np.rint(between).astype(np.uint8)


def _border(frame: np.ndarray, by: int) -> int:
    return cv2.BORDER_REFLECT_101 if by < min(frame.shape[:2]) else cv2.BORDER_REPLICATE


def _places(count: int, frame: int, to: int, margin: int) -> np.ndarray:
    """Where along a side of the masks each place of the padded masks lies."""
    places = (np.arange(max(1, round(count * to / frame))) + 0.5) * to / max(1, round(count * to / frame))
    pixels = places - 0.5
    end = frame + 2 * margin - 1
    pixels = np.where(
        pixels > end, 2 * end - pixels, pixels
    )  # the fill is what the margin ends with, reflected
    pixels = np.abs(pixels - margin)
    last = frame - 1
    pixels = np.where(pixels > last, np.maximum(2 * last - pixels, 0), pixels)
    return np.clip((pixels + 0.5) * count / frame - 0.5, 0, count - 1)


def _interpolated(masks: np.ndarray, places: np.ndarray, axis: int) -> np.ndarray:
    before = np.floor(places).astype(int)
    after = np.minimum(before + 1, masks.shape[axis] - 1)
    share = (places - before).astype(np.float32).reshape(-1, *[1] * (masks.ndim - 1 - axis))
    return masks.take(before, axis) * (1 - share) + masks.take(after, axis) * share
