"""Lattice loss: how much of a picture repeats with the stride of the net that painted it."""

import torch.nn.functional as F
from torch import Tensor

from trainer.losses.flatness import flatness

PERIOD = 8
"""pixels; the strides of the nets, 2, 4 and 8, divide it"""
WINDOW = 8
"""blocks of PERIOD pixels on each side of the area that a pattern is looked for in"""


def lattice_loss(painted: Tensor, photo: Tensor) -> Tensor:
    """The energy of the pattern that all blocks of 8x8 pixels of a flat neighbourhood have in common.

    Strided convolutions and pixel shuffles paint such a grid where a photo is flat. The pattern is the mean of
    the neighbourhood's blocks; it is taken from the even and the odd columns of blocks apart, and what
    counts is what the two have in common: strokes, which are elsewhere in each block, add nothing.

    painted, photo: (N, 3, H, W) float32, RGB in [0, 1]; at least 64 pixels a side
    returns:        scalar, the variance of the pattern; 0 for none
    """
    height, width = (size - size % (2 * PERIOD) for size in painted.shape[-2:])
    # The mean over a period holds no pattern; without it, slopes would count as one
    base = F.avg_pool2d(F.pad(painted, (4, 3, 4, 3), mode="replicate"), PERIOD, stride=1)
    detail = ((painted - base) * flatness(photo))[..., :height, :width]
    blocks = F.pixel_unshuffle(detail, PERIOD)
    even, odd = (
        F.avg_pool2d(half, (WINDOW, WINDOW // 2), ceil_mode=True).unflatten(1, (-1, PERIOD**2))
        for half in (blocks[..., 0::2], blocks[..., 1::2])
    )
    common = (even - even.mean(2, keepdim=True)) * (odd - odd.mean(2, keepdim=True))
    return common.mean(2).clamp(min=0).mean()  # below 0 the blocks alternate: nothing to reward
