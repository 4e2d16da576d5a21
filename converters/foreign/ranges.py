"""The ranges of values that nets take and give pictures in."""

from dataclasses import dataclass

import numpy as np

IMAGENET = (np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))
CAFFE_MEAN = (103.939, 116.779, 123.68)


@dataclass(frozen=True)
class Range:
    """Values of a net: level = (value - offset) / factor, channel by channel; level is 0 to 255."""

    name: str
    factor: tuple[float, ...]
    offset: tuple[float, ...]


def _range(name: str, factor: float, offset: float) -> Range:
    return Range(name, (factor,) * 3, (offset,) * 3)


RANGES = {
    "0-255": _range("0-255", 1.0, 0.0),
    "0-1": _range("0-1", 1 / 255, 0.0),
    "-1-1": _range("-1-1", 2 / 255, -1.0),
    "-0.5-0.5": _range("-0.5-0.5", 1 / 255, -0.5),
    "imagenet": Range(
        "imagenet",
        tuple((1 / 255 / IMAGENET[1]).tolist()),
        tuple((-IMAGENET[0] / IMAGENET[1]).tolist()),
    ),
    "caffe": Range("caffe", (1.0,) * 3, tuple(-mean for mean in reversed(CAFFE_MEAN))),
}
"""of RGB; "imagenet" and "caffe" are normalised as the classifiers of these names want it"""


def values_of(frame: np.ndarray, of: Range, bgr: bool = False) -> np.ndarray:
    """(H, W, 3) uint8 RGB to (1, 3, H, W) float32 in a net's values."""
    values = frame.astype(np.float32) * np.array(of.factor, np.float32) + np.array(of.offset, np.float32)
    return np.ascontiguousarray((values[..., ::-1] if bgr else values).transpose(2, 0, 1)[None])


def levels_of(painted: np.ndarray, of: Range, bgr: bool = False) -> np.ndarray:
    """(1, 3, H, W) in a net's values to (H, W, 3) float levels of RGB, not clipped."""
    picture = painted[0].transpose(1, 2, 0)
    picture = picture[..., ::-1] if bgr else picture
    return (picture - np.array(of.offset, np.float32)) / np.array(of.factor, np.float32)
