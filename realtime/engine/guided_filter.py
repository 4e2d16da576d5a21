"""The guided filter's linear maps: how colours around each pixel of a photo are turned into something else."""

import cv2
import numpy as np


def linear_maps(photo: np.ndarray, target: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """Around each pixel, the map of the photo's colours that comes nearest to the target.

    photo:   (h, w, 3) float32; target: (h, w, K) float32
    radius:  of the window that a map is fitted in, pixels; over as large a one the maps are averaged
    epsilon: squared spread of colour below which a place counts as flat, and only the target's mean follows there
    returns: (h, w, K, 4) float32: three slopes and an offset
    source:  He et al. 2013, Guided Image Filtering, the colour form
    """
    mean, wanted = _mean(photo, radius), _mean(target, radius)
    spread = (
        _mean(photo[..., :, None] * photo[..., None, :], radius) - mean[..., :, None] * mean[..., None, :]
    )
    together = (
        _mean(photo[..., :, None] * target[..., None, :], radius) - mean[..., :, None] * wanted[..., None, :]
    )
    slopes = np.linalg.solve(spread + epsilon * np.eye(3, dtype=np.float32), together).swapaxes(-1, -2)
    offsets = wanted - np.einsum("hwkc,hwc->hwk", slopes, mean)
    return _mean(np.concatenate([slopes, offsets[..., None]], 3), radius)


def _mean(values: np.ndarray, radius: int) -> np.ndarray:
    window = (2 * radius + 1, 2 * radius + 1)
    planes = np.moveaxis(values.reshape(*values.shape[:2], -1), 2, 0)
    means = [cv2.blur(np.ascontiguousarray(plane), window, borderType=cv2.BORDER_REFLECT) for plane in planes]
    return np.stack(means, 2).reshape(values.shape)
