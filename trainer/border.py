"""How much reflected picture a trained net needs around a frame so that no border shows."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.converters.canvas import Canvas
from livebrush.trainer.runs.preview import with_margin

STEP, WIDEST, RING = 8, 160, 8
MEAN_SHARE, SPREAD_RATIO = 0.2, 1.15
"""how far off the ring's mean may be, in its own spread (a bold painting differs more from place to place), and its
spread"""
DEEP, FAINT = 48, 0.06
"""pixels that a band along a side is looked for in, and how much brighter or darker it may be; where strokes are bold,
twice as much as lines differ anyway where norms that follow the picture see more of its mirror image"""


@torch.no_grad()
def measure_margin(net: nn.Module, photos: Tensor, canvas: Canvas | None = None) -> int:
    """The smallest margin, from the net's own on, at which the outermost pixels look like those of a net that sees no
    border.

    Zero padding tells a net where the frame ends, and how far inwards that shows differs from style to style. Compared,
    against WIDEST pixels of margin, are mean and spread of the outer RING pixels over all photos, and of every photo
    and side the means of all lines along it: a band in one calm sky is one too many.

    photos:  (N, 3, H, W) float32, RGB in [0, 1]
    canvas:  what lies under them
    returns: pixels, in steps of STEP; 0 for a net that pads by itself (`margin` 0)
    """
    if int(net.margin) == 0:  # pyright: ignore[reportArgumentType]
        return 0
    photos = F.interpolate(photos, size=(256, 320), mode="bilinear")
    photos = canvas(photos) if canvas else photos
    unseen = with_margin(net, photos, WIDEST)
    (mean, spread), lines = _ring(unseen), _lines(unseen)
    by_statistics = float((_lines(with_margin(net, photos, WIDEST - STEP)) - lines).abs().max())
    for margin in range(int(net.margin), WIDEST, STEP):  # pyright: ignore[reportArgumentType]
        painted = with_margin(net, photos, margin)
        ring_mean, ring_spread = _ring(painted)
        as_bright = bool((ring_mean - mean).abs().max() <= MEAN_SHARE * spread)
        as_lively = 1 / SPREAD_RATIO <= float(ring_spread / spread) <= SPREAD_RATIO
        without_bands = float((_lines(painted) - lines).abs().max()) <= max(FAINT, 2 * by_statistics)
        if as_bright and as_lively and without_bands:
            return margin
    return WIDEST


def _ring(painted: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of each side's outermost pixels (top, bottom, left, right), and their overall spread."""
    sides = [
        painted[..., :RING, :],
        painted[..., -RING:, :],
        painted[..., :, :RING],
        painted[..., :, -RING:],
    ]
    means = torch.stack([side.mean() for side in sides])
    return means, torch.stack([side.std() for side in sides]).mean()


def _lines(painted: Tensor) -> Tensor:
    """Of each picture and side (top, bottom, left, right) the means of lines along it, from outside: (N, 4, DEEP)."""
    grey = painted.mean(1)
    rows, columns = grey.mean(2), grey.mean(1)
    sides = [rows[:, :DEEP], rows.flip(1)[:, :DEEP], columns[:, :DEEP], columns.flip(1)[:, :DEEP]]
    return torch.stack(sides, 1)
