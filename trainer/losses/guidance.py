"""Guidance: where a picture is busy and where calm, so that a calm sky is painted like the painting's calm places."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CELL = 8
"""pixels: the guide has one value for each such square"""
BUSIEST = 0.5
"""rank of contrast from which a place is busy altogether: meadows and faces need strokes, skies none"""


class Guidance(nn.Module):
    """How busy each place of a picture is, by the rank of its contrast among many places.

    Ranks and not contrasts, because paintings have more of it everywhere: of a painting that is full of strokes the
    calmer half counts as calm, and is what calm places of photos are painted after.

    many:    (N, 3, H, W) float32, RGB in [0, 1], the pictures whose places are compared with
    forward: (N, 3, H, W) -> (N, 1, H / CELL, W / CELL), 0 = calm, 1 = busy
    source:  guidance channels of Gatys et al. 2017, Controlling Perceptual Factors in Neural Style Transfer
    """

    def __init__(self, many: Tensor) -> None:
        super().__init__()
        self.register_buffer("of_many", contrast(many).flatten().sort().values)
        self.of_many: Tensor

    def forward(self, pictures: Tensor) -> Tensor:
        found = contrast(pictures)
        ranks = torch.searchsorted(self.of_many, found.contiguous()) / len(self.of_many)
        share = (ranks / BUSIEST).clamp(max=1)
        return share * share * (3 - 2 * share)


def contrast(pictures: Tensor) -> Tensor:
    """The deviation of brightness around each cell, over three by three of them: (N, 1, H / CELL, W / CELL)."""
    grey = pictures.mean(1, keepdim=True)
    mean, of_squares = (around(F.avg_pool2d(x, CELL)) for x in (grey, grey.square()))
    return (of_squares - mean.square()).clamp(min=0).sqrt()


def around(cells: Tensor) -> Tensor:
    return F.avg_pool2d(cells, 3, stride=1, padding=1, count_include_pad=False)
