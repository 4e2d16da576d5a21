"""Where what is in each cell of a frame was in the frame before, so that what is remembered of it can come along."""

import torch
import torch.nn.functional as F
from torch import Tensor

WINDOW = 5
"""cells a side that move together"""
FLAT = 1e-3
"""squared slope of colour, of 1 in a cell, below which a place does not tell how it moves, and is taken to stand"""


def cell_motion(before: Tensor, now: Tensor) -> Tensor:
    """In one step, which is enough for what moves by less than a cell and is as steady as more of them.

    before, now: (N, 3, G, G'), RGB in [0, 1], the mean colours of the cells
    returns:     (N, 2, G, G'), cells to the right and down to where each was, 1 at most
    source:      Lucas and Kanade 1981, An Iterative Image Registration Technique
    """
    padded = F.pad(before, (1, 1, 1, 1), mode="replicate")
    across = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    down = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2
    change = now - before
    products = (across * across, across * down, down * down, across * change, down * change)
    sums = torch.stack([product.sum(1) for product in products], 1)
    means = F.avg_pool2d(sums, WINDOW, 1, padding=WINDOW // 2, count_include_pad=False)
    a, b, c, right, below = means.split(1, 1)
    a, c = a + FLAT, c + FLAT
    motion = torch.cat([c * right - b * below, a * below - b * right], 1) / (a * c - b * b)
    return motion.clamp(-1, 1)


def moved_along(planes: Tensor, motion: Tensor) -> Tensor:
    """What each cell has when it brings along what it had where it was; at the border, what is nearest.

    planes: (N, C, G, G'); motion: (N, 2, G, G'), as `cell_motion` gives it
    """
    # First across, then down, which takes half the operations of four neighbours at once
    right, below = motion.split(1, 1)
    padded = F.pad(planes, (1, 1, 0, 0), mode="replicate")
    planes = _between(padded[..., :-2], planes, padded[..., 2:], right)
    padded = F.pad(planes, (0, 0, 1, 1), mode="replicate")
    return _between(padded[..., :-2, :], planes, padded[..., 2:, :], below)


def _between(least: Tensor, middle: Tensor, most: Tensor, way: Tensor) -> Tensor:
    """On a straight line from the middle to one of its neighbours. way: -1 to 1"""
    back, forth = (-way).clamp(min=0), way.clamp(min=0)
    return (1 - back - forth) * middle + back * least + forth * most
