"""A large picture in tiles: memory is that of one tile, and the statistics are those of the whole picture."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.crop import crop

DEEPEST_STRIDE = 16
"""of relu5_1: tiles begin at multiples of it, so that pooling falls alike in all"""
OVERLAP = 64
"""pixels that a tile looks beyond its own area: most of what a feature at relu4_1 depends on"""


@dataclass(frozen=True)
class Span:
    """Along one axis, in pixels of the padded picture: what is looked at, and of this what is the tile's own."""

    look: slice
    own: slice

    def own_features(self, stride: int) -> slice:
        """The tile's own part of features of what is looked at."""
        start = (self.own.start - self.look.start) // stride
        return slice(start, start + (self.own.stop - self.own.start) // stride)

    def of_picture(self, margin: int, stride: int) -> slice:
        """The same features among those of the picture without its margin."""
        start = (self.own.start - margin) // stride
        return slice(start, start + (self.own.stop - self.own.start) // stride)


@dataclass(frozen=True)
class Tile:
    rows: Span
    columns: Span

    def look(self, padded: Tensor) -> Tensor:
        """What the tile looks at: a view."""
        return padded[..., self.rows.look, self.columns.look]

    def own_features(self, features: Tensor, stride: int) -> Tensor:
        return crop(features, self.rows.own_features(stride), self.columns.own_features(stride))

    def of_picture(self, whole: Tensor, margin: int, stride: int) -> Tensor:
        """The tile's part of something as large as the picture's features, such as a mask."""
        return whole[..., self.rows.of_picture(margin, stride), self.columns.of_picture(margin, stride)]


def cut(height: int, width: int, margin: int, side: int = 0) -> list[Tile]:
    """The tiles of a picture that has `margin` pixels of reflection on every side.

    side: of a tile's own area, a multiple of DEEPEST_STRIDE; 0: one tile for the whole picture
    """
    rows, columns = (_spans(length, margin, side) for length in (height, width))
    return [Tile(r, c) for r in rows for c in columns]


def _spans(length: int, margin: int, side: int) -> list[Span]:
    whole = length + 2 * margin
    if not side or side >= length:
        return [Span(slice(0, whole), slice(margin, margin + length))]
    starts = range(margin, margin + length, side)
    if length % side and length % side < DEEPEST_STRIDE:  # too narrow to have features at all
        starts = starts[:-1]
    ends = [*starts[1:], margin + length]
    return [
        Span(slice(max(0, start - OVERLAP), min(whole, end + OVERLAP)), slice(start, end))
        for start, end in zip(starts, ends, strict=True)
    ]


def pad(image: Tensor, margin: int) -> Tensor:
    """(1, C, H, W) with `margin` pixels of reflection on every side; replicated where it is too small to reflect."""
    if not margin:
        return image
    mode = "reflect" if margin < min(image.shape[2:]) else "replicate"
    return F.pad(image, (margin,) * 4, mode=mode)
