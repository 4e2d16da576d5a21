"""The texture net: noise of several scales in, a picture of one texture out."""

import copy
from collections.abc import Sequence
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.nets.annealed_norm import AnnealedNorm

NOISE_CHANNELS = 4
OWN = 8
"""channels that each scale makes of its own noise"""
WIDTHS = (16, 32, 64, 96, 96, 96)
"""channels of the scales, the finest first: coarse ones are cheap"""
SLOPE = 0.1


class TextureNet(nn.Module):
    """A generator that joins noise from coarse to fine, each scale twice as large as the one before.

    No convolution pads: each noise brings a margin of its own, so that what is made of a part of the noise is that part
    of what is made of all of it. Tiles join without a seam, and noise that wraps round makes pictures whose edges meet.

    widths:  channels of each scale, the finest first
    margins: values that each scale's noise has beyond the picture on every side, the finest first
    forward: noise, the finest first, (N, NOISE_CHANNELS, H / 2^k + 2 margins[k], W / 2^k + 2 margins[k]), of unit
             variance -> (N, 3, H, W) float32, RGB in [0, 1]; H and W divide by `multiple`
    source:  Ulyanov et al. 2016, Texture Networks; wider where the picture is small, and without a border
    """

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.multiple = 2 ** (len(widths) - 1)
        self.margins, self._rims = _margins(len(widths))
        self.own = nn.ModuleList(_Layer(NOISE_CHANNELS, OWN) for _ in widths)
        inputs = [OWN + below for below in (*widths[1:], 0)]
        self.joined = nn.ModuleList(
            nn.Sequential(_Layer(count, width), _Layer(width, width))
            for count, width in zip(inputs, widths, strict=True)
        )
        self.colours = nn.Conv2d(widths[0], 3, 1)

    def forward(self, *noise: Tensor) -> Tensor:
        x = None
        scales = zip(self.own, self.joined, noise, self._rims, strict=True)
        for own, joined, values, rim in reversed(list(scales)):
            here = own(values)
            x = joined(here if x is None else torch.cat([_enlarged(x, rim), here], 1))
        return torch.sigmoid(self.colours(x))

    def folded(self) -> Self:
        """A copy without normalisations, for running."""
        net = copy.deepcopy(self).eval()
        for layer in net.modules():
            if isinstance(layer, _Layer):
                layer.fold()
        return net


class _Layer(nn.Module):
    """A 3x3 convolution without padding, an annealed norm and a leaky ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, bias=False)
        self.norm: nn.Module = AnnealedNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(self.norm(self.conv(x)), SLOPE)

    def fold(self) -> None:
        assert isinstance(self.norm, AnnealedNorm)
        self.conv, self.norm = self.norm.fold_into(self.conv), nn.Identity()


def _margins(scales: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What 3x3 convolutions use up, two over one at each scale; and what of the coarser scale, enlarged, is cut away:
    a pixel or more, which is made of what lies beyond."""
    margins, rims, beyond = [], [], 0
    for _ in range(scales):
        margins.append(beyond + 3)
        coarser = -(-(beyond + 3) // 2)
        rims.append(2 * coarser - (beyond + 2))
        beyond = coarser
    return tuple(margins), tuple(rims)


def _enlarged(x: Tensor, rim: int) -> Tensor:
    """Twice as large, without a rim of it."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear")[:, :, rim:-rim, rim:-rim]
