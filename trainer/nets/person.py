"""The net that finds persons in a frame, at a quarter of its size: the first layers of a MobileNetV2, and a way up."""

import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.nets.region import convolve

STAGES = ((16, 1, 1, 1), (24, 6, 2, 2), (32, 6, 3, 2), (64, 6, 4, 2), (96, 6, 2, 1))
"""of the MobileNetV2 that is kept: channels, expansion, blocks, stride of the first"""
WIDTH = 48
"""channels on the way up"""


class InvertedResidual(nn.Module):
    """Widen, filter each channel by itself, narrow (Sandler et al. 2018), with normalisation folded away."""

    def __init__(self, inward: int, outward: int, expansion: int, stride: int) -> None:
        super().__init__()
        wide = inward * expansion
        self.widen = nn.Conv2d(inward, wide, 1) if expansion > 1 else None
        self.filter = nn.Conv2d(wide, wide, 3, stride, padding=1, groups=wide)
        self.narrow = nn.Conv2d(wide, outward, 1)
        self.adds = stride == 1 and inward == outward

    def forward(self, x: Tensor) -> Tensor:
        wide = F.relu6(self.widen(x)) if self.widen else x
        narrow = self.narrow(F.relu6(self.filter(wide)))
        return x + narrow if self.adds else narrow


class PersonNet(nn.Module):
    """Down to a sixteenth, with the whole frame's mean for context, up to a quarter.

    source: the way down is MobileNetV2, Sandler et al. 2018, without its last five blocks
    """

    multiple = 16

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 32, 3, 2, padding=1)
        stages: list[nn.Module] = []
        inward = 32
        for channels, expansion, count, stride in STAGES:
            blocks = [
                InvertedResidual(channels if n else inward, channels, expansion, 1 if n else stride)
                for n in range(count)
            ]
            stages.append(nn.Sequential(*blocks))
            inward = channels
        self.stages = nn.ModuleList(stages)
        self.context = nn.Conv2d(inward, WIDTH, 1)
        self.sideways = nn.ModuleList(nn.Conv2d(channels, WIDTH, 1) for channels in (inward, 32, 24))
        self.up = nn.ModuleList((convolve(WIDTH, WIDTH), convolve(WIDTH, 32)))
        self.person = nn.Conv2d(32, 1, 1)

    @property
    def way_down(self) -> list[nn.Conv2d]:
        """Its convolutions, in the order that they are run."""
        of_stages = [layer for layer in self.stages.modules() if isinstance(layer, nn.Conv2d)]
        return [self.first, *of_stages]

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by 16; returns logits (N, 1, H / 4, W / 4)."""
        half = self.stages[0](F.relu6(self.first(2 * x - 1)))
        quarter = self.stages[1](half)
        eighth = self.stages[2](quarter)
        sixteenth = self.stages[4](self.stages[3](eighth))
        context = self.context(sixteenth.mean((2, 3), keepdim=True))
        x = F.relu(self.sideways[0](sixteenth) + context)
        for sideways, up, features in zip(self.sideways[1:], self.up, (eighth, quarter), strict=True):
            enlarged = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = up(enlarged + sideways(features))
        return self.person(x)
