"""The net that finds the regions of a photo: sky, water, persons and so on, at a quarter of its size."""

import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.models.regions import GROUPS

WIDTH = 48
"""channels on the way up"""


def convolve(inward: int, outward: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """3x3, batch normalisation, ReLU."""
    convolution = nn.Conv2d(inward, outward, 3, stride, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outward), nn.ReLU(inplace=True))


class Block(nn.Module):
    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = convolve(channels, channels, dilation=dilation)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


class RegionNet(nn.Module):
    """A U-shaped segmentation net: down to a thirty-second, with the whole picture's mean for context, up to a quarter.

    Batch normalisation folds into the convolutions when it is exported.
    """

    multiple = 32

    def __init__(self) -> None:
        super().__init__()
        self.down4 = nn.Sequential(convolve(3, 16, 2), convolve(16, 32, 2), Block(32))
        self.down8 = nn.Sequential(convolve(32, 64, 2), Block(64))
        self.down16 = nn.Sequential(convolve(64, 80, 2), Block(80), Block(80, dilation=2))
        self.down32 = nn.Sequential(convolve(80, 112, 2), Block(112, dilation=2))
        self.context = nn.Conv2d(112, 112, 1)
        self.sideways = nn.ModuleList(nn.Conv2d(channels, WIDTH, 1) for channels in (112, 80, 64, 32))
        self.up = nn.ModuleList(convolve(WIDTH, WIDTH) for _ in range(3))
        self.groups = nn.Conv2d(WIDTH, len(GROUPS), 1)

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by 32; returns logits (N, 10, H / 4, W / 4)."""
        quarter = self.down4((x - 0.45) * 4)
        eighth = self.down8(quarter)
        sixteenth = self.down16(eighth)
        deepest = self.down32(sixteenth)
        deepest = F.relu(deepest + self.context(deepest.mean((2, 3), keepdim=True)))
        x = self.sideways[0](deepest)
        for sideways, up, features in zip(
            self.sideways[1:], self.up, (sixteenth, eighth, quarter), strict=True
        ):
            enlarged = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = up(enlarged + sideways(features))
        return self.groups(x)
