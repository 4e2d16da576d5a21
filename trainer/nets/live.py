"""The fast painting net: strokes at a quarter of the size, four pixels painted at once."""

import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.nets.layers import (
    EvenBlocks,
    FoldingNet,
    NormedConv,
    Residual,
    bounded,
    enlarge,
    pixels_of_blocks,
)

FIXED = 0.25
"""of the statistics that follow every picture: a black frame is not blown up until its noise is strokes"""


class LiveNet(FoldingNet):
    """A transform net for video on a CPU: 3.0 GMAC at 640x480.

    Johnson's, made narrow: down by strided convolutions to a quarter of the size, where residual blocks lay the
    strokes; up again by a convolution and bilinear enlargement, which costs a quarter of the other order. Nothing of
    the photo comes past the strokes: where what was seen at a half is added, forms stay a photo's, and paint lies
    over flat places alone. The last convolution works at half size and paints four pixels at once. At an eighth of
    the size, where a place is as large as a stroke, nets learn one dash and repeat it. No grain: what a net may paint
    without looking, it paints everywhere. All padding is zeros, which ONNX Runtime runs fastest; the faded frame that
    this paints falls into `margin`, reflected picture that the caller adds and crops.
    """

    multiple = 4
    margin = 16
    at_half, at_quarter, last = 32, 32, 24
    """channels at a half and a quarter of the size, and before the last convolution"""
    blocks_at_quarter = 5
    shortcut = False
    """whether what was seen at a half is added, as in the nets before: a palette may begin with such"""

    def __init__(self) -> None:
        super().__init__()
        self.down2 = NormedConv(3, self.at_half, kernel=5, stride=2)
        self.down4 = NormedConv(self.at_half, self.at_quarter, stride=2)
        residuals = [Residual(self.at_quarter) for _ in range(self.blocks_at_quarter)]
        self.body4 = nn.Sequential(*residuals)
        self.up2 = NormedConv(self.at_quarter, self.at_half)
        self.body2 = NormedConv(self.at_half, self.last)
        self.paint = EvenBlocks(self.last)
        for conv in (self.down4, *(residual.second for residual in residuals)):
            conv.keep_norm(FIXED)

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by `multiple`; returns the same."""
        return pixels_of_blocks(self.blocks(x))

    def blocks(self, x: Tensor) -> Tensor:
        """The painting as blocks of 2x2 pixels: (N, 12, H / 2, W / 2), the twelve being row, column, colour."""
        half = F.relu(self.down2(x - 0.5))
        x = enlarge(self.up2(self.body4(F.relu(self.down4(half)))))
        x = F.relu(self.body2(F.relu(x + half if self.shortcut else x)))
        return bounded(self.paint(x), self.training)
