"""The fast painting net: strokes at an eighth of the size, edges at a half, four pixels painted at once."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.nets.layers import (
    FoldingNet,
    Grain,
    GrainPlace,
    NormedConv,
    Residual,
    bounded,
    enlarge,
)


class EvenBlocks(nn.Module):
    """A 3x3 convolution that paints blocks of 2x2 pixels, none of them brighter than the others on the whole.

    Each pixel of a block has weights of its own, and where they differ in sum, a grid of period 2 lies over
    flat areas. Here the sums, and the biases, are shared by construction, so that there is no grid to unlearn.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        start = nn.Conv2d(channels, 3, 3)
        self.weight = nn.Parameter(start.weight.detach().repeat(4, 1, 1, 1))
        self.bias = nn.Parameter(torch.full((3,), 0.5))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 12, H, W), the twelve being row, column, colour."""
        means = self.weight.mean((2, 3), keepdim=True)
        shared = means.unflatten(0, (4, 3)).mean(0).repeat(4, 1, 1, 1)
        return F.conv2d(x, self.weight - means + shared, self.bias.repeat(4), padding=1)


def pixels_of_blocks(blocks: Tensor) -> Tensor:
    """(N, 12, H / 2, W / 2), the twelve being row, column, colour, to (N, 3, H, W)."""
    # A pixel shuffle takes colour, row, column
    return F.pixel_shuffle(blocks.unflatten(1, (4, 3)).transpose(1, 2).flatten(1, 2), 2)


class LiveNet(FoldingNet):
    """A U-shaped transform net for video on a CPU: 3.7 GMAC at 640x480.

    Down by strided convolutions to an eighth, where residual blocks with a wide view lay the
    strokes; up again by a convolution and bilinear enlargement, the encoder's features added on the way so that
    edges stay where they are. Convolving before enlarging costs a quarter of the other order. The last
    convolution works at half size and paints four pixels at once. Grain at an eighth and a quarter gives
    strokes in flat areas something steady to grow from. All padding is zeros, which ONNX Runtime runs
    fastest; the faded frame that this paints falls into `margin`, reflected picture that the caller
    adds and crops.
    """

    multiple = 8
    margin = 16
    channels = (32, 48, 64)
    """at a half, a quarter and an eighth of the size"""

    def __init__(self) -> None:
        super().__init__()
        half, quarter, eighth = self.channels
        self.down2 = NormedConv(3, half, kernel=5, stride=2)
        self.down4 = NormedConv(half, quarter, stride=2)
        self.down8 = NormedConv(quarter, eighth, stride=2)
        self.grain8 = Grain(eighth, stride=8)
        self.body8 = nn.Sequential(*(Residual(eighth) for _ in range(4)))
        self.up4 = NormedConv(eighth, quarter)
        self.grain4 = Grain(quarter, stride=4)
        self.body4 = Residual(quarter)
        self.up2 = NormedConv(quarter, half)
        self.body2 = NormedConv(half, half // 2)
        self.paint = EvenBlocks(half // 2)

    def forward(self, x: Tensor, grain: GrainPlace | None = None) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by `multiple`; returns the same."""
        return pixels_of_blocks(self.blocks(x, grain))

    def blocks(self, x: Tensor, grain: GrainPlace | None = None) -> Tensor:
        """The painting as blocks of 2x2 pixels: (N, 12, H / 2, W / 2), the twelve being row, column, colour."""
        half = F.relu(self.down2(x - 0.5))
        quarter = F.relu(self.down4(half))
        x = self.body8(self.grain8(F.relu(self.down8(quarter)), grain))
        x = self.body4(F.relu(self.grain4(enlarge(self.up4(x)) + quarter, grain)))
        x = F.relu(self.body2(F.relu(enlarge(self.up2(x)) + half)))
        return bounded(self.paint(x), self.training)
