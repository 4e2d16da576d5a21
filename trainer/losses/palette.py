"""Palette loss: whether pictures have the colours of a painting, each over as much of their area."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.parallel import mean_over_processes, own_part, world_size

CELL = 8
"""pixels whose mean colour counts: of the size of a stroke, so that a few specks are no colour of the picture"""
DIRECTIONS = 16
"""in the cube of colours, along which distributions are compared"""


class PaletteLoss(nn.Module):
    """How far the colours of a batch of pictures are from the painting's, as distributions.

    Gram matrices know which colours meet, hardly how much of each there is: under them alone a starry night comes out
    all blue, with specks of yellow. The batch is held as a whole, so that a dark photo may stay dark beside a bright
    one.

    style:   (1, 3, H, W) float32, RGB in [0, 1]
    forward: (N, 3, H, W) -> scalar, squared differences in units of the painting's own spread; 0 = the same colours
    source:  sliced Wasserstein distance, Rabin et al. 2011, Wasserstein Barycenter and Its Application to Texture
             Mixing
    """

    def __init__(self, style: Tensor) -> None:
        super().__init__()
        # Even over the half sphere, by a Fibonacci lattice
        n = torch.arange(DIRECTIONS, device=style.device) + 0.5
        height, turn = n / DIRECTIONS, n * math.pi * (1 + math.sqrt(5))
        around = (1 - height.square()).sqrt()
        directions = torch.stack([around * turn.cos(), around * turn.sin(), height])
        self.register_buffer("directions", directions)
        self.directions: Tensor
        target = self._sorted(_cells(style))
        self.register_buffer("target", target)
        self.target: Tensor
        self.unit = float(target.var(1).mean().clamp(min=1e-4))

    def forward(self, painted: Tensor) -> Tensor:
        cells = _cells(painted)
        # Only the first process judges
        found = self._sorted(_of_all_processes(cells) if self.training else cells)
        # The painting's values at as many even shares of its area
        wanted = F.interpolate(self.target[None], size=found.shape[1], mode="linear", align_corners=True)[0]
        return (found - wanted).square().mean() / self.unit

    def _sorted(self, pictures: Tensor) -> Tensor:
        """(DIRECTIONS, cells): the cells' colours along each direction, in order."""
        return (self.directions.mT @ pictures.permute(1, 0, 2, 3).flatten(1)).sort(1).values


def _cells(pictures: Tensor) -> Tensor:
    return F.avg_pool2d(pictures, CELL)


def _of_all_processes(cells: Tensor) -> Tensor:
    """The cells of the batches of all processes that train together."""
    if world_size() == 1:
        return cells
    everything = cells.new_zeros(world_size() * len(cells), *cells.shape[1:])
    everything[own_part(len(everything))] = cells
    return world_size() * mean_over_processes(everything)
