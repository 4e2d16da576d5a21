"""Layers that take their weights from a checkpoint: sizes are read from the tensors, nothing is set twice."""

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.models.errors import LivebrushError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
CAFFE_MEAN = (103.939, 116.779, 123.68)
"""of blue, green and red, 0 to 255"""


def tensor(tensors: Mapping[str, np.ndarray], key: str) -> nn.Parameter:
    """raises: LivebrushError naming the key that is missing"""
    if key not in tensors:
        raise LivebrushError(f"the checkpoint lacks the tensor {key!r}", code="mismatch")
    return nn.Parameter(torch.from_numpy(np.ascontiguousarray(tensors[key])), requires_grad=False)


def pad(by: int, mode: str) -> nn.Module:
    """mode: "reflect", "replicate" or "zeros"; none where there is nothing to add"""
    if not by:
        return nn.Identity()
    return {"reflect": nn.ReflectionPad2d, "replicate": nn.ReplicationPad2d, "zeros": nn.ZeroPad2d}[mode](by)


class Conv(nn.Module):
    """A convolution without padding.

    weight: (outputs, inputs / groups, rows, columns); bias: (outputs,) or None
    """

    def __init__(
        self, weight: nn.Parameter, bias: nn.Parameter | None = None, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.weight, self.bias, self.stride, self.groups = weight, bias, stride, groups

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight, self.bias, self.stride, groups=self.groups)


class TransposedConv(nn.Module):
    """A transposed convolution of stride 2 whose output is twice as large.

    weight: (inputs, outputs, rows, columns)
    before: rows and columns that are cut off at the top and left; what is beyond twice the size is cut off at the end
    """

    def __init__(self, weight: nn.Parameter, bias: nn.Parameter | None, before: int) -> None:
        super().__init__()
        self.weight, self.bias, self.before = weight, bias, before
        self.added = 2 + 2 * before - weight.shape[-1]  # which makes it exactly twice the size

    def forward(self, x: Tensor) -> Tensor:
        if self.added < 0:
            full = F.conv_transpose2d(x, self.weight, self.bias, 2, self.before)
            return full[:, :, : self.added, : self.added]
        return F.conv_transpose2d(x, self.weight, self.bias, 2, self.before, self.added)


class InstanceNorm(nn.Module):
    def __init__(self, weight: nn.Parameter, bias: nn.Parameter, eps: float = 1e-5) -> None:
        super().__init__()
        self.weight, self.bias, self.eps = weight, bias, eps

    def forward(self, x: Tensor) -> Tensor:
        return F.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)


class Residual(nn.Module):
    """shave: pixels by which the branch is smaller on every side"""

    def __init__(self, branch: nn.Module, shave: int = 0) -> None:
        super().__init__()
        self.branch, self.shave = branch, shave

    def forward(self, x: Tensor) -> Tensor:
        s = self.shave
        return (x[:, :, s:-s, s:-s] if s else x) + self.branch(x)


class Scale(nn.Module):
    """Values times one factor a channel, plus one offset a channel; channels in reverse order where `reverse` says so.

    The order changes first.
    """

    factor: Tensor
    offset: Tensor

    def __init__(
        self,
        factor: float | tuple[float, ...],
        offset: float | tuple[float, ...] = 0.0,
        reverse: bool = False,
    ):
        super().__init__()
        self.reverse = reverse
        self.register_buffer("factor", torch.tensor(factor).reshape(-1, 1, 1))
        self.register_buffer("offset", torch.tensor(offset).reshape(-1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return (x.flip(1) if self.reverse else x) * self.factor + self.offset


def conv_of(
    tensors: Mapping[str, np.ndarray], key: str, stride: int = 1, mode: str = "reflect", groups: int = 1
) -> nn.Sequential:
    """The convolution under a key, with half its kernel padded on every side."""
    weight = tensor(tensors, f"{key}.weight")
    bias = tensor(tensors, f"{key}.bias") if f"{key}.bias" in tensors else None
    return nn.Sequential(pad(weight.shape[-1] // 2, mode), Conv(weight, bias, stride, groups))


def norm_of(tensors: Mapping[str, np.ndarray], key: str, eps: float = 1e-5) -> InstanceNorm:
    """The instance norm under a key; running statistics, which old PyTorch stored beside and never used, are left."""
    return InstanceNorm(tensor(tensors, f"{key}.weight"), tensor(tensors, f"{key}.bias"), eps)


def twice() -> nn.Module:
    """Nearest neighbour, twice the size."""
    return nn.Upsample(scale_factor=2, mode="nearest")
