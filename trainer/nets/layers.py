"""What the painting nets are built of."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.nets.annealed_norm import AnnealedNorm


class NormedConv(nn.Module):
    """Convolution and annealed norm; `folded()` makes one convolution of the two, where the norm may be fixed."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
        self.norm: nn.Module = AnnealedNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))

    def fold(self) -> None:
        assert isinstance(self.norm, AnnealedNorm)
        if not self.norm.kept:
            self.conv, self.norm = self.norm.fold_into(self.conv), nn.Identity()

    def unfold(self, weight: Tensor, bias: Tensor) -> None:
        """Do what a convolution of this weight and bias does, with a fixed norm that changes nothing else."""
        assert isinstance(self.norm, AnnealedNorm)
        self.conv.weight.data.copy_(weight)
        self.norm.weight.data.fill_((1 + self.norm.eps) ** 0.5)
        self.norm.bias.data.copy_(bias)
        self.norm.set_fixed(1.0)


class Residual(nn.Module):
    """Two 3x3 convolutions added to their input (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = NormedConv(channels, channels)
        self.second = NormedConv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.relu(self.first(x)))


@dataclass(frozen=True)
class GrainPlace:
    """Where the grain lies in a picture: elsewhere in each while training, in the same place in two frames of a scene.

    moved: stride of a `Grain` -> how far its tile is moved down and to the right, in its values
    """

    moved: Mapping[int, tuple[int, int]]

    def cut(self, pixels: int) -> "GrainPlace":
        """Of the same picture without so many pixels at the top and on the left."""
        moved = {
            stride: (y - pixels // stride, x - pixels // stride) for stride, (y, x) in self.moved.items()
        }
        return GrainPlace(moved)


class Grain(nn.Module):
    """Adds a fixed noise map, weighted per channel: what strokes in flat areas grow from.

    Where a picture is flat, a net with strides can only paint a pattern that repeats with the stride: a
    grid; or it amplifies the camera's noise, and boils. The map is a tile of TILE x TILE, the same
    in every frame.

    stride: pixels from one value to the next; a net has one grain of each stride at most
    source: noise inputs of Ulyanov et al. 2016 (Texture Networks) and Karras et al. 2019 (StyleGAN)
    """

    TILE = 64
    MAPS = 4

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.register_buffer("noise", torch.randn(self.MAPS, self.TILE, self.TILE))
        self.noise: Tensor
        self.weight = nn.Parameter(torch.randn(channels, self.MAPS) * 0.1)

    def forward(self, x: Tensor, place: GrainPlace | None = None) -> Tensor:
        """x: (N, C, H, W); place: None, as at run time: the tile begins in the corner"""
        noise = self.noise.roll(place.moved[self.stride], (1, 2)) if place else self.noise
        rows = torch.arange(x.shape[2], device=x.device) % self.TILE
        columns = torch.arange(x.shape[3], device=x.device) % self.TILE
        tiled = noise.index_select(1, rows).index_select(2, columns)
        return x + F.conv2d(tiled[None], self.weight[:, :, None, None])


def drawn_grain(net: nn.Module) -> GrainPlace | None:
    """A place by chance (torch's, on the CPU) for the grain of a net; None for a net without any."""
    grains = [module for module in net.modules() if isinstance(module, Grain)]
    moved = {}
    for grain in grains:
        down, right = torch.randint(Grain.TILE, (2,)).tolist()
        moved[grain.stride] = (down, right)
    return GrainPlace(moved) if grains else None


def enlarge(x: Tensor) -> Tensor:
    """Bilinear, twice the size: no grid, which pixel shuffles and transposed convolutions leave."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear")


def bounded(x: Tensor, training: bool) -> Tensor:
    """[0, 1] by clipping; while training with a slight slope beyond, along which gradients lead back.

    A sigmoid would do, but it bends: pixels of a block that vary differently then differ in the mean, which
    is a grid again.
    """
    clipped = x.clamp(0, 1)
    return torch.lerp(clipped, x, 0.05) if training else clipped


class FoldingNet(nn.Module):
    """A net whose normalisations fold into the convolutions before them, but for those that follow the picture."""

    def folded(self) -> Self:
        """A copy without the normalisations that are fixed, which computes the same picture."""
        net = copy.deepcopy(self)
        for module in net.modules():
            if isinstance(module, NormedConv):
                module.fold()
        return net
