"""The frames of a video that a conversion is fitted to, and measured by."""

from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

_FRAMES = 8  # spread over the video
_LONG_SIDE = 640  # pixels
_DIVIDES = 64  # both sides, which then suit any net


def calibration_frames(video: Path) -> Sequence[np.ndarray]:
    """(H, W, 3) uint8 RGB, at most _LONG_SIDE wide or high.

    raises: LivebrushError for what is no video, or damaged
    """
    from livebrush.realtime.video.picture import Picture
    from livebrush.realtime.video.source import VideoSource

    with closing(VideoSource(video)) as source:
        step = max(1, (source.stream.frames or _FRAMES) // _FRAMES)
        pictures = (event for event in source.read() if isinstance(event, Picture))
        return [_fitting(picture.over_black()) for picture in islice(pictures, 0, step * _FRAMES, step)]


def _fitting(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = [max(_DIVIDES, round(side * scale) // _DIVIDES * _DIVIDES) for side in (width, height)]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
