"""The painting net for stills and GPUs: the live net, twice as wide."""

import torch
from torch import nn

from livebrush.trainer.nets.layers import Grain, NormedConv
from livebrush.trainer.nets.live import EvenBlocks, LiveNet

QUIETER = 0.7
"""of the usual random weights: norms that are fixed no longer normalise what these make"""


class FineNet(LiveNet):
    """A U-shaped transform net: 14 GMAC at 640x480, a third of Johnson's.

    Its shape is the live net's, so that it can begin as a live net that already paints, see `grow`.
    """

    channels = (64, 96, 128)


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
