"""The net that enlarges paintings: twice the size, with strokes as sharp as they were."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SuperResolutionNet(nn.Module):
    """What repeating every pixel lacks, found at half of the small size and laid out as blocks of 4x4 pixels.

    A convolution of 32 channels at half the size takes as much as one of 16 at the whole, moves half as much memory,
    and sees twice as far.

    source: sub-pixel convolution, Shi et al. 2016; learning the residual, Kim et al. 2016
    """

    channels, layers = 32, 3
    reach = 2 + 2 * layers + 2 + 1
    """pixels of the small picture that one of the large ones depends on, each way"""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, self.channels, 5, stride=2, padding=2)
        self.body = nn.ModuleList(
            nn.Conv2d(self.channels, self.channels, 3, padding=1) for _ in range(self.layers)
        )
        self.last = nn.Conv2d(self.channels, 48, 3, padding=1)
        self.repeat = nn.Conv2d(3, 48, 2, stride=2, bias=False)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # pyright: ignore[reportArgumentType]
        with torch.no_grad():
            self.repeat.weight.copy_(_repeating())

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W even; returns (N, 3, 2 H, 2 W)."""
        blocks = self.blocks(x).unflatten(1, (4, 4, 3))
        return blocks.permute(0, 3, 4, 1, 5, 2).flatten(4, 5).flatten(2, 3)

    def blocks(self, x: Tensor) -> Tensor:
        """The same as blocks of 4x4 pixels: (N, 48, H / 2, W / 2), the 48 being row, column, colour."""
        features = first = F.relu(self.first(x - 0.5))
        for convolution in self.body:
            features = F.relu(convolution(features))
        return self.last(features + first) + self.repeat(x)


def _repeating() -> Tensor:
    """Weights that make 2x2 pixels of every one: (48, 3, 2, 2), the 48 being row, column, colour."""
    weights = torch.zeros(4, 4, 3, 3, 2, 2)
    for row in range(4):
        for column in range(4):
            weights[row, column, :, :, row // 2, column // 2] = torch.eye(3)
    return weights.flatten(0, 2)
