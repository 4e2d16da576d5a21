"""naoto0804/pytorch-AdaIN: an encoder (VGG19 to relu4_1) and a decoder, with one painting's statistics between them.

source: Huang and Belongie 2017; RGB 0-1 in and out
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from livebrush.converters.architectures.architecture import Architecture, ForeignNet, Tensors
from livebrush.converters.architectures.layers import Conv, InstanceNorm, conv_of, tensor, twice
from livebrush.converters.checkpoints.checkpoint import Checkpoint
from livebrush.models.errors import LivebrushError

_EPS = 1e-5
_ENCODER = (0, 2, 5, 9, 12, 16, 19, 22, 25, 29)
"""numbers of the convolutions up to relu4_1"""
_POOLS = (5, 12, 25)
"""convolutions that a pooling follows"""
_DECODER = (1, 5, 8, 11, 14, 18, 21, 25, 28)
_UPS = (1, 14, 21)
"""convolutions that are followed by twice the size"""


def _is_encoder(t: Tensors) -> bool:
    return all(f"{n}.weight" in t for n in _ENCODER) and t["0.weight"].shape == (3, 3, 1, 1)


def _is_decoder(t: Tensors) -> bool:
    return all(f"{n}.weight" in t for n in _DECODER) and t["28.weight"].shape[0] == 3


def _holds(checkpoint: Checkpoint) -> bool:
    return _is_encoder(checkpoint.tensors) or _is_decoder(checkpoint.tensors)


def _encoder(t: Tensors) -> nn.Sequential:
    layers: list[nn.Module] = [Conv(tensor(t, "0.weight"), tensor(t, "0.bias"))]
    for n in _ENCODER[1:]:
        layers += [conv_of(t, str(n)), nn.ReLU()]
        if n in _POOLS:
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
    return nn.Sequential(*layers)


def _decoder(t: Tensors) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n in _DECODER:
        layers += [conv_of(t, str(n)), nn.Identity() if n == _DECODER[-1] else nn.ReLU()]
        if n in _UPS:
            layers.append(twice())
    return nn.Sequential(*layers)


class _Net(ForeignNet):
    multiple = 8


class _Like(nn.Module):
    """A photo's features with the mean and deviation, channel by channel, that a painting's have.

    The published code divides by the deviation of a sample; that of all values, which is here, differs by less than a
    ten-thousandth of it at any size that is painted.
    """

    def __init__(self, features: Tensor) -> None:
        super().__init__()
        flat = features.flatten(2)[0]
        deviation = (flat.var(1) + _EPS).sqrt()
        self.norm = InstanceNorm(nn.Parameter(deviation, False), nn.Parameter(flat.mean(1), False), _EPS)

    def forward(self, features: Tensor) -> Tensor:
        return self.norm(features)


def _load(first: Checkpoint, second: Checkpoint, style: Tensor) -> ForeignNet:
    pair: Sequence[Tensors] = (first.tensors, second.tensors)
    encoders = [t for t in pair if _is_encoder(t)]
    decoders = [t for t in pair if _is_decoder(t) and not _is_encoder(t)]
    if len(encoders) != 1 or len(decoders) != 1:
        raise LivebrushError(
            f"an AdaIN net is an encoder and a decoder; {first.path.name} and {second.path.name} are "
            f"{len(encoders)} and {len(decoders)} of these",
            code="conflict",
        )
    encoder, decoder = _encoder(encoders[0]).eval(), _decoder(decoders[0])
    with torch.no_grad():
        like = _Like(encoder(style[None]))
    return _Net(nn.Sequential(encoder, like, decoder))


ADAIN = Architecture("naoto0804/pytorch-AdaIN", _holds, _load, files=2, styled=True)
