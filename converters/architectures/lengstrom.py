"""lengstrom/fast-style-transfer: TensorFlow variables that are numbered, not named.

source: Johnson et al. 2016 with instance norm; levels 0-255 in and out; "SAME" padding; a norm follows every
convolution, the last one too
"""

import re

import numpy as np
import torch
from torch import nn

from livebrush.converters.architectures.architecture import Architecture, ForeignNet, Tensors
from livebrush.converters.architectures.layers import Conv, InstanceNorm, Residual, Scale, TransposedConv, pad
from livebrush.converters.checkpoints.checkpoint import Checkpoint

_EPS = 1e-3
_ENDS = 6  # convolutions that are in no residual block


def _numbered(tensors: Tensors) -> list[np.ndarray]:
    """The variables in the order that they were made in; an optimiser's have other names."""
    numbers = {name: re.fullmatch(r"Variable(?:_(\d+))?", name) for name in tensors}
    ordered = sorted((int(match[1] or 0), name) for name, match in numbers.items() if match)
    return [tensors[name] for _, name in ordered]


def _holds(checkpoint: Checkpoint) -> bool:
    shapes = [array.shape for array in _numbered(checkpoint.tensors)]
    kernels = shapes[::3]
    return (
        len(shapes) % 3 == 0
        and len(kernels) >= _ENDS + 2
        and len(kernels) % 2 == 0
        and all(len(kernel) == 4 for kernel in kernels)
        and all(len(shape) == 1 for n, shape in enumerate(shapes) if n % 3)
        and kernels[0][2] == 3
        and kernels[-1][3] == 3
    )


class _Layers:
    """Takes one layer after the other off the variables: kernel, shift, scale."""

    def __init__(self, arrays: list[np.ndarray]) -> None:
        self._arrays = iter(arrays)

    def _next(self) -> nn.Parameter:
        return nn.Parameter(torch.from_numpy(next(self._arrays).copy()), requires_grad=False)

    def _kernel(self) -> nn.Parameter:
        return nn.Parameter(self._next().permute(3, 2, 0, 1).contiguous(), requires_grad=False)

    def _norm(self) -> InstanceNorm:
        shift, scale = self._next(), self._next()
        return InstanceNorm(scale, shift, _EPS)

    def conv(self, stride: int = 1) -> nn.Sequential:
        kernel = self._kernel()
        around = kernel.shape[-1] // 2
        # "SAME" at stride 2 pads even sizes at the end alone
        padding = (
            pad(around, "zeros") if stride == 1 else nn.ZeroPad2d((around - 1, around, around - 1, around))
        )
        return nn.Sequential(padding, Conv(kernel, stride=stride), self._norm())

    def up(self) -> nn.Sequential:
        kernel = self._kernel()  # outputs and inputs have changed places, as in PyTorch
        return nn.Sequential(TransposedConv(kernel, None, (kernel.shape[-1] - 2) // 2), self._norm())


def _load(checkpoint: Checkpoint) -> ForeignNet:
    arrays = _numbered(checkpoint.tensors)
    take = _Layers(arrays)
    down = [part for stride in (1, 2, 2) for part in (take.conv(stride), nn.ReLU())]
    blocks = [
        Residual(nn.Sequential(take.conv(), nn.ReLU(), take.conv()))
        for _ in range((len(arrays) // 3 - _ENDS) // 2)
    ]
    up = [part for _ in range(2) for part in (take.up(), nn.ReLU())]
    return ForeignNet(
        nn.Sequential(Scale(255.0), *down, *blocks, *up, take.conv(), nn.Tanh(), Scale(150 / 255, 0.5))
    )


LENGSTROM = Architecture("lengstrom/fast-style-transfer", _holds, _load)
