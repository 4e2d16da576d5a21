"""Lattice loss: how much of a picture repeats with the stride of the net that painted it."""

import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.losses.flatness import flatness

PERIOD = 8
"""pixels; the strides of the nets, 2, 4 and 8, divide it"""
WINDOW = 8
"""blocks of PERIOD pixels on each side of the area that a pattern is looked for in"""
PAIRS_WINDOW = 16
"""pixels on each side of the area that alternating rows and columns are looked for in: strokes are not that fine, so
that a small area tells"""
CHESSBOARD_WINDOW = 8
"""pixels on each side of the area that a chessboard is looked for in"""


def lattice_loss(painted: Tensor, photo: Tensor) -> Tensor:
    """The energy of the pattern that all blocks of 8x8 pixels of a flat neighbourhood have in common.

    Strided convolutions and pixel shuffles paint such a grid where a photo is flat. The pattern is the mean of
    the neighbourhood's blocks; it is taken from the even and the odd columns of blocks apart, and what
    counts is what the two have in common: strokes, which are elsewhere in each block, add nothing. Rows or columns
    that alternate (period 2) are looked for in smaller areas as well, because they come and go with the strokes; and
    pixels that alternate like a chessboard everywhere, because no stroke does.

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
    pattern = common.mean(2).clamp(min=0).mean()  # below 0 the blocks alternate: nothing to reward
    return pattern + _alternation(detail, 2) + _alternation(detail, 3) + _chessboard(painted)


def _alternation(detail: Tensor, axis: int) -> Tensor:
    """The variance of rows (axis 2) or columns (axis 3) that are in turn brighter and darker than their neighbours."""
    size = detail.shape[axis]
    before, at, after = (detail.narrow(axis, start, size - 2) for start in range(3))
    bend = (2 * at - before - after) / 4  # slopes have none
    signs = torch.tensor([1.0, -1.0], device=detail.device).repeat(size // 2)[: size - 2]
    signs = signs.view(-1, 1) if axis == 2 else signs
    return F.avg_pool2d(bend * signs, PAIRS_WINDOW).square().mean()


def _chessboard(painted: Tensor) -> Tensor:
    """The variance of pixels that are in turn brighter and darker than their neighbours along rows and columns."""
    rows = (2 * painted[..., 1:-1, :] - painted[..., :-2, :] - painted[..., 2:, :]) / 4
    bend = (2 * rows[..., 1:-1] - rows[..., :-2] - rows[..., 2:]) / 4
    down, across = (torch.arange(size, device=painted.device) for size in bend.shape[-2:])
    signs = 1 - 2 * ((down[:, None] + across) % 2).to(painted.dtype)
    return F.avg_pool2d(bend * signs, CHESSBOARD_WINDOW).square().mean()
