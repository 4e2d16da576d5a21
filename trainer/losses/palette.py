"""Palette loss: whether a picture has the colours of a painting, the photo's darks where its darks are."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CELL = 8
"""pixels whose mean colour counts: of the size of a stroke, so that a few specks are no colour of the picture"""
DIRECTIONS = 16
"""in the cube of colours, along which distributions are compared"""
PHOTO_SHARE = 0.5
"""how much the photo decides which of the painting's colours goes where; strokes decide the rest"""


class PaletteLoss(nn.Module):
    """How far the colours of painted photos are from the painting's, as distributions.

    Gram matrices know which colours meet, hardly how much of each there is: under them alone a starry night comes out
    all blue, with specks of yellow. Along each of a few directions in the cube of colours a place is asked to have that
    value of the painting's which lies halfway between its own rank in the picture and the rank of the photo there among
    many photos: dark photos become dark paintings, and the reddest place takes the reddest that the painting has.

    style:   (1, 3, H, W) float32, RGB in [0, 1]
    photos:  (N, 3, H, W), the many photos
    forward: painted and photo, (N, 3, H, W) -> scalar, squared differences in units of the painting's own spread
    source:  sliced transport of colours after Rabin et al. 2011, Wasserstein Barycenter and Its Application to Texture
             Mixing
    """

    def __init__(self, style: Tensor, photos: Tensor) -> None:
        super().__init__()
        # Even over the half sphere, by a Fibonacci lattice
        n = torch.arange(DIRECTIONS, device=style.device) + 0.5
        height, turn = n / DIRECTIONS, n * math.pi * (1 + math.sqrt(5))
        around = (1 - height.square()).sqrt()
        directions = torch.stack([around * turn.cos(), around * turn.sin(), height])
        self.register_buffer("directions", directions)
        self.directions: Tensor
        of_style = self._values(style).sort(2).values[0]
        self.register_buffer("of_style", of_style)
        self.of_style: Tensor
        of_photos = self._values(photos).transpose(0, 1).flatten(1).sort(1).values
        self.register_buffer("of_photos", of_photos)
        self.of_photos: Tensor
        self.unit = float(of_style.var(1).mean().clamp(min=1e-4))

    def forward(self, painted: Tensor, photo: Tensor) -> Tensor:
        found = self._values(painted)
        with torch.no_grad():
            own = ranks(found)
            by_photo = share_below(self.of_photos, self._values(photo))
            wanted = at_shares(self.of_style, torch.lerp(own, by_photo, PHOTO_SHARE))
        return (found - wanted).square().mean() / self.unit

    def _values(self, pictures: Tensor) -> Tensor:
        """(N, DIRECTIONS, cells): where the cells' colours lie along each direction."""
        return self.directions.mT @ F.avg_pool2d(pictures, CELL).flatten(2)


def ranks(values: Tensor) -> Tensor:
    """For each of the last dimension's values the share of them that is smaller, in (0, 1)."""
    return (values.argsort(-1).argsort(-1) + 0.5) / values.shape[-1]


def share_below(ordered: Tensor, values: Tensor) -> Tensor:
    """How much of `ordered`, (D, M), is smaller than each of `values`, (N, D, K), equal ones by half: in [0, 1]."""
    flat = values.transpose(0, 1).flatten(1).contiguous()
    below, up_to = (torch.searchsorted(ordered, flat, right=right) for right in (False, True))
    return ((below + up_to) / (2 * ordered.shape[1])).unflatten(1, (len(values), -1)).transpose(0, 1)


def at_shares(ordered: Tensor, shares: Tensor) -> Tensor:
    """The values below which those shares, (N, D, K) in [0, 1], of `ordered`, (D, M), lie."""
    places = shares * ordered.shape[1] - 0.5
    low = places.floor().clamp(0, ordered.shape[1] - 1).long()
    high = (low + 1).clamp(max=ordered.shape[1] - 1)
    many = ordered.expand(len(shares), -1, -1)
    return torch.lerp(many.gather(2, low), many.gather(2, high), (places - low).clamp(0, 1))
