"""Makes a start for today's live net of a style model of the narrower one before, which paints the same at first.

python models/recipes/grow.py great_wave.onnx grown.safetensors

The narrower net had 16, 32 and 64 channels on the way in and 32 and 16 on the way out.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from livebrush.trainer.nets.layers import FoldingNet, Grain, NormedConv, Residual
from livebrush.trainer.nets.live import EvenBlocks, LiveNet
from livebrush.trainer.runs.checkpoint import RunState, save_checkpoint
from livebrush.trainer.starts import load_start

QUIETER = 0.7
"""of the usual random weights: norms that are fixed no longer normalise what these make"""


class NarrowNet(LiveNet):
    """The live net of livebrush 0.1.0's first styles."""

    def __init__(self) -> None:
        FoldingNet.__init__(self)
        self.down2 = NormedConv(3, 16, kernel=5, stride=2)
        self.down4 = NormedConv(16, 32, stride=2)
        self.down8 = NormedConv(32, 64, stride=2)
        self.grain8 = Grain(64, stride=8)
        self.body8 = nn.Sequential(*(Residual(64) for _ in range(4)))
        self.up4 = NormedConv(64, 32)
        self.grain4 = Grain(32, stride=4)
        self.body4 = Residual(32)
        self.up2 = NormedConv(32, 16)
        self.body2 = NormedConv(16, 16)
        self.paint = EvenBlocks(16)


def grow(narrow: LiveNet, wide: LiveNet) -> None:
    """Fill a net from one with fewer channels, so that it paints the same: nothing listens to the new channels yet.

    raises: ValueError while the narrow net's norms still depend on the picture
    """
    parts = dict(narrow.folded().named_modules())
    for name, module in wide.named_modules():
        part = parts.get(name)
        if isinstance(module, NormedConv) and isinstance(part, NormedConv):
            _grow_conv(part.conv, module)
        elif isinstance(module, Grain) and isinstance(part, Grain):
            module.noise.copy_(part.noise)
            module.weight.data.zero_()
            module.weight.data[: len(part.weight)] = part.weight.data
        elif isinstance(module, EvenBlocks) and isinstance(part, EvenBlocks):
            module.weight.data.zero_()
            module.weight.data[:, : part.weight.shape[1]] = part.weight.data
            module.bias.data.copy_(part.bias.data)


def _grow_conv(narrow: nn.Conv2d, wide: NormedConv) -> None:
    outputs, inputs = narrow.weight.shape[:2]
    weight = wide.conv.weight.data * QUIETER
    weight[:outputs] = 0
    weight[:outputs, :inputs] = narrow.weight.data
    bias = torch.zeros(len(weight))
    bias[:outputs] = narrow.bias.data  # pyright: ignore[reportOptionalMemberAccess]
    wide.unfold(weight, bias)


if __name__ == "__main__":
    torch.manual_seed(0)
    before = NarrowNet()
    said = load_start(Path(sys.argv[1]), before)
    grown = LiveNet()
    grow(before, grown)
    run = {**said, "recipe": {**said["recipe"], "net": "live"}}
    save_checkpoint(Path(sys.argv[2]), grown, torch.optim.Adam(grown.parameters()), RunState(0, run))
