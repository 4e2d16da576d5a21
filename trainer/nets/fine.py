"""The painting net for a GPU: the shape of the live net, twice as wide, and painted at full size."""

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


class FineNet(FoldingNet):
    """A U-shaped transform net of 16 to 128 channels: 16 GMAC at 640x480, a third of Johnson's.

    It differs from the live net in width, in more residual blocks at a quarter, and in convolutions at full
    size on the way in and out, so that edges and fine strokes are sharp to the pixel.
    """

    multiple = 8
    margin = 16

    def __init__(self) -> None:
        super().__init__()
        self.full = NormedConv(3, 16, kernel=5)
        self.down2 = NormedConv(16, 32, stride=2)
        self.down4 = NormedConv(32, 64, stride=2)
        self.down8 = NormedConv(64, 128, stride=2)
        self.grain8 = Grain(128, stride=8)
        self.body8 = nn.Sequential(*(Residual(128) for _ in range(5)))
        self.up4 = NormedConv(128, 64)
        self.grain4 = Grain(64, stride=4)
        self.body4 = nn.Sequential(*(Residual(64) for _ in range(3)))
        self.up2 = NormedConv(64, 32)
        self.body2 = Residual(32)
        self.up1 = NormedConv(32, 16)
        self.body1 = NormedConv(16, 16)
        self.paint = nn.Conv2d(16, 3, 3, padding=1)
        nn.init.constant_(self.paint.bias, 0.5)  # pyright: ignore[reportArgumentType]

    def forward(self, x: Tensor, grain: GrainPlace | None = None) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by `multiple`; returns the same."""
        full = F.relu(self.full(x - 0.5))
        half = F.relu(self.down2(full))
        quarter = F.relu(self.down4(half))
        x = self.body8(self.grain8(F.relu(self.down8(quarter)), grain))
        x = self.body4(F.relu(self.grain4(enlarge(self.up4(x)) + quarter, grain)))
        x = self.body2(F.relu(enlarge(self.up2(x)) + half))
        x = F.relu(self.body1(F.relu(enlarge(self.up1(x)) + full)))
        return bounded(self.paint(x), self.training)
