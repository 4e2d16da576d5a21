"""rrmina/fast-neural-style-pytorch: its transformer network with and without tanh, and those of ResNeXt blocks.

source: Johnson et al. 2016; levels 0-255 in and out, blue first
"""

import torch
from torch import Tensor, nn

from livebrush.converters.architectures.architecture import Architecture, ForeignNet, Tensors
from livebrush.converters.architectures.layers import (
    Residual,
    Scale,
    TransposedConv,
    conv_of,
    norm_of,
    tensor,
)
from livebrush.converters.checkpoints.checkpoint import Checkpoint

TANH_LEVELS = 150
"""what the net with tanh multiplies it by"""
_DARK = 25  # levels; a net without tanh paints brighter than this


def _layer(t: Tensors, key: str, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(conv_of(t, f"{key}.conv_layer", stride), norm_of(t, f"{key}.norm_layer"))


def _up(t: Tensors, key: str) -> nn.Sequential:
    weight, bias = tensor(t, f"{key}.conv_transpose.weight"), tensor(t, f"{key}.conv_transpose.bias")
    return nn.Sequential(TransposedConv(weight, bias, 1), norm_of(t, f"{key}.norm_layer"))


def _block(t: Tensors, key: str) -> Residual:
    """Two convolutions, or three in a ResNeXt block."""
    layers: list[nn.Module] = [_layer(t, f"{key}.conv1"), nn.ReLU(), _layer(t, f"{key}.conv2")]
    if f"{key}.conv3.conv_layer.weight" in t:
        layers += [nn.ReLU(), _layer(t, f"{key}.conv3")]
    return Residual(nn.Sequential(*layers))


def _preactivated(t: Tensors, key: str) -> Residual:
    """Norm and ReLU before each convolution."""
    halves = [
        nn.Sequential(
            norm_of(t, f"{key}.{half}.norm_layer"), nn.ReLU(), conv_of(t, f"{key}.{half}.conv_layer")
        )
        for half in ("conv1", "conv2")
    ]
    return Residual(nn.Sequential(*halves))


def _load(checkpoint: Checkpoint) -> ForeignNet:
    t = checkpoint.tensors
    count = sum(f"ResidualBlock.{n}.conv1.conv_layer.weight" in t for n in range(100))
    first_norm, inputs = (
        t["ResidualBlock.0.conv1.norm_layer.weight"],
        t["ResidualBlock.0.conv1.conv_layer.weight"],
    )
    # In a bottleneck the norm's size tells which comes first; elsewhere only the order of the keys does
    names = list(t)
    norm_first = names.index("ResidualBlock.0.conv1.norm_layer.weight") < names.index(
        "ResidualBlock.0.conv1.conv_layer.weight"
    )
    block = _preactivated if norm_first and len(first_norm) == inputs.shape[1] else _block
    net = nn.Sequential(
        *(
            part
            for n, stride in ((0, 1), (2, 2), (4, 2))
            for part in (_layer(t, f"ConvBlock.{n}", stride), nn.ReLU())
        ),
        *(block(t, f"ResidualBlock.{n}") for n in range(count)),
        *(part for n in (0, 2) for part in (_up(t, f"DeconvBlock.{n}"), nn.ReLU())),
        conv_of(t, "DeconvBlock.4.conv_layer"),
    )
    levels = nn.Sequential(Scale(255.0, reverse=True), net)
    if _is_dark(levels):
        levels = nn.Sequential(levels, nn.Tanh(), Scale(float(TANH_LEVELS)))
    return ForeignNet(nn.Sequential(levels, Scale(1 / 255, reverse=True)))


def _is_dark(levels: nn.Module) -> bool:
    """Whether a net is one that a tanh follows: it has no weights, so that only the size of its values tells."""
    ramp = torch.linspace(0, 1, 64)
    photo: Tensor = torch.stack(
        [ramp[:, None].expand(64, 64), ramp.expand(64, 64), ramp.flip(0).expand(64, 64)]
    )
    with torch.no_grad():
        return levels(photo[None]).abs().mean().item() < _DARK


RRMINA = Architecture(
    "rrmina/fast-neural-style-pytorch",
    lambda c: (
        {
            "ConvBlock.0.conv_layer.weight", "ResidualBlock.0.conv1.norm_layer.weight",
            "DeconvBlock.0.conv_transpose.weight", "DeconvBlock.4.conv_layer.weight",
        }
        <= c.tensors.keys()
    ),
    _load,
)  # fmt: skip
