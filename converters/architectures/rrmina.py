"""rrmina/fast-neural-style-pytorch: its transformer network with and without tanh, and those of ResNeXt blocks.

source: Johnson et al. 2016; levels 0-255 in and out, blue first
"""

from collections.abc import Callable

import numpy as np
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
from livebrush.converters.foreign.probing import edge_likeness, known_picture
from livebrush.models.errors import LivebrushError

TANH_LEVELS = 150
"""what the net with tanh multiplies it by"""
_ALIKE = 0.05
"""of edges kept: a smaller difference between two readings of a file says nothing"""
_DARK = 25  # levels; a net without tanh paints brighter than this


def layer(t: Tensors, key: str, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(conv_of(t, f"{key}.conv_layer", stride), norm_of(t, f"{key}.norm_layer"))


def _up(t: Tensors, key: str) -> nn.Sequential:
    weight, bias = tensor(t, f"{key}.conv_transpose.weight"), tensor(t, f"{key}.conv_transpose.bias")
    return nn.Sequential(TransposedConv(weight, bias, 1), norm_of(t, f"{key}.norm_layer"))


def _block(t: Tensors, key: str) -> Residual:
    """Two convolutions, or three in a ResNeXt block."""
    layers: list[nn.Module] = [layer(t, f"{key}.conv1"), nn.ReLU(), layer(t, f"{key}.conv2")]
    if f"{key}.conv3.conv_layer.weight" in t:
        layers += [nn.ReLU(), layer(t, f"{key}.conv3")]
    return Residual(nn.Sequential(*layers))


def norm_first(t: Tensors, key: str) -> nn.Sequential:
    """Norm and ReLU before the convolution."""
    return nn.Sequential(norm_of(t, f"{key}.norm_layer"), nn.ReLU(), conv_of(t, f"{key}.conv_layer"))


def _preactivated(t: Tensors, key: str) -> Residual:
    return Residual(nn.Sequential(*(norm_first(t, f"{key}.{half}") for half in ("conv1", "conv2"))))


def _load(checkpoint: Checkpoint) -> ForeignNet:
    """raises: LivebrushError where nothing tells whether norms come before convolutions"""
    t = checkpoint.tensors
    norm, conv = (f"ResidualBlock.0.conv1.{layer}_layer.weight" for layer in ("norm", "conv"))
    names = list(t)
    # In a bottleneck the norm's size tells which comes first; elsewhere the order of the keys does
    if len(t[norm]) != t[conv].shape[1]:
        return _net(t, _block)
    if names != sorted(names):
        return _net(t, _preactivated if names.index(norm) < names.index(conv) else _block)
    # In a file that sorts its keys the paintings do: the wrong one shows little of the picture
    photo = known_picture((128, 128))
    nets = [_net(t, _block), _net(t, _preactivated)]
    alike = [edge_likeness(photo, _painted(net, photo)) for net in nets]
    if abs(alike[0] - alike[1]) < _ALIKE:
        raise LivebrushError(
            "its keys are sorted, so that nothing tells whether norms come first: convert the .pth",
            code="unsupported",
        )
    return nets[alike.index(max(alike))]


def _painted(net: nn.Module, photo: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 to levels, float32."""
    with torch.no_grad():
        return 255 * net(torch.from_numpy(photo).permute(2, 0, 1)[None] / 255)[0].permute(1, 2, 0).numpy()


def _net(t: Tensors, block: Callable[[Tensors, str], Residual]) -> ForeignNet:
    count = sum(f"ResidualBlock.{n}.conv1.conv_layer.weight" in t for n in range(100))
    net = nn.Sequential(way_down(t), *(block(t, f"ResidualBlock.{n}") for n in range(count)), way_up(t))
    levels = nn.Sequential(Scale(255.0, reverse=True), net)
    if _is_dark(levels):
        levels = nn.Sequential(levels, nn.Tanh(), Scale(float(TANH_LEVELS)))
    return ForeignNet(nn.Sequential(levels, Scale(1 / 255, reverse=True)))


def way_down(t: Tensors) -> nn.Sequential:
    """From the picture to a quarter of its size."""
    layers = [(layer(t, f"ConvBlock.{n}", stride), nn.ReLU()) for n, stride in ((0, 1), (2, 2), (4, 2))]
    return nn.Sequential(*(part for pair in layers for part in pair))


def way_up(t: Tensors) -> nn.Sequential:
    layers = [(_up(t, f"DeconvBlock.{n}"), nn.ReLU()) for n in (0, 2)]
    return nn.Sequential(*(part for pair in layers for part in pair), conv_of(t, "DeconvBlock.4.conv_layer"))


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
