"""The way to a still as a moving picture: a GIF or an MP4."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from livebrush.models.writing import whole_file
from livebrush.realtime.video.clip_of_pictures import write_clip

LONG_SIDE = 512
PICTURES = 80
FRAMES_PER_S = 12
HOLD_FRAMES = 18
"""of the finished picture at the end"""


class VideoOfProgress:
    """Collects pictures on the way, evenly, and writes them.

    path:  .gif or .mp4
    steps: of the whole run
    size:  (height, width) of the still; the video's long side is at most LONG_SIDE
    """

    def __init__(self, path: Path, steps: int, size: tuple[int, int]) -> None:
        self.path, self.every = path, max(1, steps // PICTURES)
        scale = min(1.0, LONG_SIDE / max(size))
        self.height, self.width = (max(2, 2 * round(side * scale / 2)) for side in size)
        self.pictures: list[np.ndarray] = []

    def wants(self, step: int) -> bool:
        """Whether the picture of this step is one of the video's."""
        return step % self.every == 0

    def add(self, pixels: np.ndarray) -> None:
        """pixels: (H, W, 3) uint8, RGB, of any size"""
        self.pictures.append(self._fitted(pixels))

    def write(self, final: np.ndarray) -> None:
        """raises: LivebrushError when the file cannot be written"""
        pictures = self.pictures + [self._fitted(final)] * HOLD_FRAMES
        with whole_file(self.path) as partial:
            if self.path.suffix.lower() == ".gif":
                write_gif(pictures, partial)
            else:
                write_clip(pictures, partial, FRAMES_PER_S)

    def _fitted(self, pixels: np.ndarray) -> np.ndarray:
        larger = pixels.shape[0] > self.height
        return cv2.resize(
            pixels, (self.width, self.height), interpolation=cv2.INTER_AREA if larger else cv2.INTER_CUBIC
        )


def write_gif(pictures: Sequence[np.ndarray], path: Path) -> None:
    """pictures: (H, W, 3) uint8, RGB, all of one size"""
    frames = [Image.fromarray(p).quantize(256, dither=Image.Dither.FLOYDSTEINBERG) for p in pictures]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=1000 // FRAMES_PER_S, loop=0)
