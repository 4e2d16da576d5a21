"""The painting net with the most to say: a body at a quarter of the size, whose norms follow every picture."""

import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.nets.annealed_norm import AnnealedNorm
from livebrush.trainer.nets.layers import FoldingNet, NormedConv, Residual, bounded, enlarge
from livebrush.trainer.nets.live import EvenBlocks, pixels_of_blocks

FIXED = 0.25
"""of the statistics that follow every picture: a black frame is not blown up until its noise is strokes"""


class RichNet(FoldingNet):
    """A transform net that keeps more of a photo's forms and of a painting's hues: 8.7 GMAC at 640x480.

    Johnson's, made narrow: down to a quarter, residual blocks there, and up again. Its strokes are laid where a place
    is four pixels and not eight, and with the statistics of the picture that they are laid in. Norms at a quarter of
    the size cost next to nothing at run time; those at a half would, and are fixed and folded away. No grain: what a
    net may paint without looking, it paints everywhere. Margin, skip, and the blocks of pixels at the end are the live
    net's.
    """

    multiple = 4
    margin = 16
    at_half, at_quarter, last = 32, 64, 24
    """channels at a half and a quarter of the size, and before the last convolution"""

    def __init__(self) -> None:
        super().__init__()
        self.down2 = NormedConv(3, self.at_half, kernel=5, stride=2)
        self.down4 = NormedConv(self.at_half, self.at_quarter, stride=2)
        self.body4 = nn.Sequential(*(Residual(self.at_quarter) for _ in range(5)))
        self.up2 = NormedConv(self.at_quarter, self.at_half)
        self.body2 = NormedConv(self.at_half, self.last)
        self.paint = EvenBlocks(self.last)
        for module in (*self.down4.modules(), *self.body4.modules()):
            if isinstance(module, AnnealedNorm):
                module.most = FIXED

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by `multiple`; returns the same."""
        return pixels_of_blocks(self.blocks(x))

    def blocks(self, x: Tensor) -> Tensor:
        """The painting as blocks of 2x2 pixels: (N, 12, H / 2, W / 2), the twelve being row, column, colour."""
        half = F.relu(self.down2(x - 0.5))
        x = self.body4(F.relu(self.down4(half)))
        x = F.relu(self.body2(F.relu(enlarge(self.up2(x)) + half)))
        return bounded(self.paint(x), self.training)
