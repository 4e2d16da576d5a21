"""The fast painting net: strokes at an eighth of the size, edges at a half, the last touch at full size."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from trainer.nets.annealed_norm import AnnealedNorm


class NormedConv(nn.Module):
    """Convolution and annealed norm; `folded()` makes one convolution of the two."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
        self.norm: nn.Module = AnnealedNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))

    def fold(self) -> None:
        assert isinstance(self.norm, AnnealedNorm)
        self.conv, self.norm = self.norm.fold_into(self.conv), nn.Identity()


class Residual(nn.Module):
    """Two 3x3 convolutions added to their input (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = NormedConv(channels, channels)
        self.second = NormedConv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.relu(self.first(x)))


class Grain(nn.Module):
    """Adds a fixed noise map, weighted per channel: what strokes in flat areas grow from.

    Where a picture is flat, a net with strides can only paint a pattern that repeats with the stride: a
    grid; or it amplifies the camera's noise, and boils. The map is a tile of TILE x TILE, the same
    in every frame, at a random offset while training.
    source: noise inputs of Ulyanov et al. 2016 (Texture Networks) and Karras et al. 2019 (StyleGAN)
    """

    TILE = 64
    MAPS = 4

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("noise", torch.randn(self.MAPS, self.TILE, self.TILE))
        self.noise: Tensor
        self.weight = nn.Parameter(torch.randn(channels, self.MAPS) * 0.1)

    def forward(self, x: Tensor) -> Tensor:
        noise = self.noise
        if self.training:
            down, right = (int(n) for n in torch.randint(self.TILE, (2,)))
            noise = noise.roll((down, right), (1, 2))
        rows = torch.arange(x.shape[2], device=x.device) % self.TILE
        columns = torch.arange(x.shape[3], device=x.device) % self.TILE
        tiled = noise.index_select(1, rows).index_select(2, columns)
        return x + F.conv2d(tiled[None], self.weight[:, :, None, None])


class LiveNet(nn.Module):
    """A U-shaped transform net for video on a CPU: 4.0 GMAC at 640x480.

    Down by strided convolutions to an eighth, where residual blocks with a wide view lay the
    strokes; up by bilinear resizing and 3x3 convolutions, with the encoder's features added on the
    way so that edges stay where they are. No pixel shuffle and no transposed convolution: both
    leave a grid in flat areas; grain at an eighth and a quarter gives strokes there something steady to
    grow from. All padding is zeros, which ONNX Runtime runs fastest; the faded frame that this paints
    falls into `margin`, reflected picture that the caller adds and crops. A trained net's own need is
    measured when it is exported.
    Every normalisation folds into its convolution.
    """

    multiple = 8
    margin = 64

    def __init__(self) -> None:
        super().__init__()
        self.down2 = NormedConv(3, 16, kernel=5, stride=2)
        self.down4 = NormedConv(16, 32, stride=2)
        self.down8 = NormedConv(32, 64, stride=2)
        self.grain8 = Grain(64)
        self.body8 = nn.Sequential(*(Residual(64) for _ in range(5)))
        self.up4 = NormedConv(64, 32)
        self.grain4 = Grain(32)
        self.body4 = nn.Sequential(*(Residual(32) for _ in range(2)))
        self.up2 = NormedConv(32, 16)
        self.paint = nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by `multiple`; returns the same."""
        half = F.relu(self.down2(x - 0.5))
        quarter = F.relu(self.down4(half))
        x = self.body8(self.grain8(F.relu(self.down8(quarter))))
        x = self.body4(self.grain4(F.relu(self.up4(enlarge(x))) + quarter))
        x = F.relu(self.up2(enlarge(x))) + half
        return F.sigmoid(self.paint(enlarge(x)))

    def folded(self) -> "LiveNet":
        """A copy without normalisations that computes the same picture."""
        net = copy.deepcopy(self)
        for module in net.modules():
            if isinstance(module, NormedConv):
                module.fold()
        return net


def enlarge(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear")
