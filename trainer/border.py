"""How much reflected picture a trained net needs around a frame so that no border shows."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.runs.preview import with_margin

STEP, WIDEST, RING = 8, 160, 8
MEAN_SHARE, SPREAD_RATIO = 0.2, 1.15
"""how far off the ring's mean may be, in its own spread (a bold painting differs more from place to place), and its
spread"""


@torch.no_grad()
def measure_margin(net: nn.Module, photos: Tensor) -> int:
    """The smallest margin, from the net's own on, at which the outermost pixels look like those of a net that sees no
    border.

    Zero padding tells a net where the frame ends, and how far inwards that shows differs from style to
    style. Compared are mean and spread of the outer RING pixels, against WIDEST pixels of margin, over all
    photos: the pixels themselves differ, because the grain lies elsewhere.

    photos:  (N, 3, H, W) float32, RGB in [0, 1]
    returns: pixels, in steps of STEP; 0 for a net that pads by itself (`margin` 0)
    """
    if int(net.margin) == 0:  # pyright: ignore[reportArgumentType]
        return 0
    photos = F.interpolate(photos, size=(256, 320), mode="bilinear")
    mean, spread = _ring(with_margin(net, photos, WIDEST))
    for margin in range(int(net.margin), WIDEST, STEP):  # pyright: ignore[reportArgumentType]
        ring_mean, ring_spread = _ring(with_margin(net, photos, margin))
        alike = (ring_mean - mean).abs().max() <= MEAN_SHARE * spread
        if alike and 1 / SPREAD_RATIO <= float(ring_spread / spread) <= SPREAD_RATIO:
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
