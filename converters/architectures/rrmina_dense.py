"""rrmina/fast-neural-style-pytorch: its experimental nets with dense blocks, one of them shaped like a U.

source: Huang et al. 2017, "Densely connected convolutional networks"; levels 0-255 in and out, blue first
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from livebrush.converters.architectures.architecture import Architecture, ForeignNet, Tensors
from livebrush.converters.architectures.layers import Scale, conv_of, twice
from livebrush.converters.architectures.rrmina import layer, norm_first, way_down, way_up
from livebrush.converters.checkpoints.checkpoint import Checkpoint


class Dense(nn.Module):
    """What is seen, and beside it what a branch makes of it."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((x, self.branch(x)), 1)


class U(nn.Module):
    """down: each halves the size but the first; what each gives is added again on the way up, in the reverse order"""

    def __init__(
        self, down: Sequence[nn.Module], middle: nn.Module, up: Sequence[nn.Module], last: nn.Module
    ) -> None:
        super().__init__()
        self.down, self.up = nn.ModuleList(down), nn.ModuleList([middle, *up])
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        seen: list[Tensor] = []
        for part in self.down:
            x = part(x).relu()
            seen.append(x)
        for part in self.up:
            x = (part(x) + seen.pop()).relu()
        return self.last(x)


def _dense_block(t: Tensors) -> nn.Sequential:
    count = sum(f"DenseBlock.{n}.conv1.conv_layer.weight" in t for n in range(100))
    return nn.Sequential(
        norm_first(t, "DenseBlock.0"),
        *(
            Dense(nn.Sequential(*(norm_first(t, f"DenseBlock.{n}.{half}") for half in ("conv1", "conv3"))))
            for n in range(1, count + 1)
        ),
    )


def _load(checkpoint: Checkpoint) -> ForeignNet:
    t = checkpoint.tensors
    if "D3.conv_layer.weight" not in t:
        return _of_levels(nn.Sequential(way_down(t), _dense_block(t), way_up(t)))
    down = [layer(t, f"C{n}", stride) for n, stride in ((1, 1), (2, 2), (3, 2))]
    up = [nn.Sequential(twice(), conv_of(t, f"D{n}.conv2d")) for n in (1, 2)]
    return _of_levels(U(down, _dense_block(t), up, conv_of(t, "D3.conv_layer")))


def _of_levels(net: nn.Module) -> ForeignNet:
    return ForeignNet(nn.Sequential(Scale(255.0, reverse=True), net, Scale(1 / 255, reverse=True)))


RRMINA_DENSE = Architecture(
    "rrmina/fast-neural-style-pytorch (DenseNet)",
    lambda c: (
        {"DenseBlock.0.conv_layer.weight", "DenseBlock.1.conv3.norm_layer.weight"} <= c.tensors.keys()
        and bool({"DeconvBlock.4.conv_layer.weight", "D3.conv_layer.weight"} & c.tensors.keys())
    ),
    _load,
)
