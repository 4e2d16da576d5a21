"""What the painting nets are built of."""

import copy
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.nets.annealed_norm import AnnealedNorm

KEPT_ROWS = 4
"""rows from one to the next that the statistics of kept norms are of: a quarter of the work, at run time, too"""


class NormedConv(nn.Module):
    """Convolution and annealed norm; `folded()` makes one convolution of the two, where the norm may be fixed."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
        self.norm: nn.Module = AnnealedNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))

    def keep_norm(self, most: float) -> None:
        """Have a norm that follows every picture at run time, too, but for so much of its statistics, fixed."""
        assert isinstance(self.norm, AnnealedNorm)
        self.norm.most, self.norm.every = most, KEPT_ROWS

    @property
    def keeps_norm(self) -> bool:
        return isinstance(self.norm, AnnealedNorm) and self.norm.kept

    def scale_to(self, var: Tensor) -> None:
        """Give the convolution outputs of this variance, channel by channel, where a kept norm follows it.

        That changes nothing of what comes out of the norm. While it is trained such a convolution grows all the same:
        after 10,000 steps to forty times, which is too much for float16, and for a mixture with other nets' weights.
        """
        assert isinstance(self.norm, AnnealedNorm)
        share = (var / self.norm.running_var).sqrt()
        self.conv.weight.data.mul_(share[:, None, None, None])
        self.norm.running_mean.mul_(share)
        self.norm.running_var.copy_(var)

    def fold(self) -> None:
        assert isinstance(self.norm, AnnealedNorm)
        if not self.norm.kept:
            self.conv, self.norm = self.norm.fold_into(self.conv), nn.Identity()

    def unfold(self, weight: Tensor, bias: Tensor) -> None:
        """Do what a convolution of this weight and bias does, with a fixed norm that changes nothing else."""
        assert isinstance(self.norm, AnnealedNorm)
        self.conv.weight.data.copy_(weight)
        self.norm.weight.data.fill_((1 + self.norm.eps) ** 0.5)
        self.norm.bias.data.copy_(bias)
        self.norm.set_fixed(1.0)

    def restore(self, weight: Tensor, mean: Tensor, var: Tensor, scale: Tensor, offset: Tensor) -> None:
        """Have this weight, and a norm that follows the picture.

        mean, var: running ones times the fixed share, as exported; (C, 1, 1) like scale and offset
        """
        assert isinstance(self.norm, AnnealedNorm)
        self.norm.set_fixed(1.0)
        self.conv.weight.data.copy_(weight)
        share = self.norm.fixed_share
        self.norm.running_mean.copy_(mean.flatten() / share)
        self.norm.running_var.copy_(var.flatten() / share)
        self.norm.weight.data.copy_(scale.flatten())
        self.norm.bias.data.copy_(offset.flatten())


class Residual(nn.Module):
    """Two 3x3 convolutions added to their input (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = NormedConv(channels, channels)
        self.second = NormedConv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.relu(self.first(x)))


class EvenBlocks(nn.Module):
    """A 3x3 convolution that paints blocks of 2x2 pixels, none of them brighter than the others on the whole.

    Each pixel of a block has weights of its own, and where they differ in sum, a grid of period 2 lies over
    flat areas. Here the sums, and the biases, are shared by construction, so that there is no grid to unlearn.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        start = nn.Conv2d(channels, 3, 3)
        self.weight = nn.Parameter(start.weight.detach().repeat(4, 1, 1, 1))
        self.bias = nn.Parameter(torch.full((3,), 0.5))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 12, H, W), the twelve being row, column, colour."""
        means = self.weight.mean((2, 3), keepdim=True)
        shared = means.unflatten(0, (4, 3)).mean(0).repeat(4, 1, 1, 1)
        return F.conv2d(x, self.weight - means + shared, self.bias.repeat(4), padding=1)


def pixels_of_blocks(blocks: Tensor) -> Tensor:
    """(N, 12, H / 2, W / 2), the twelve being row, column, colour, to (N, 3, H, W)."""
    # A pixel shuffle takes colour, row, column
    return F.pixel_shuffle(blocks.unflatten(1, (4, 3)).transpose(1, 2).flatten(1, 2), 2)


def enlarge(x: Tensor) -> Tensor:
    """Bilinear, twice the size: no grid, which pixel shuffles and transposed convolutions leave."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear")


def bounded(x: Tensor, training: bool) -> Tensor:
    """[0, 1] by clipping; while training with a slight slope beyond, along which gradients lead back.

    A sigmoid would do, but it bends: pixels of a block that vary differently then differ in the mean, which
    is a grid again.
    """
    clipped = x.clamp(0, 1)
    return torch.lerp(clipped, x, 0.05) if training else clipped


def variances(net: nn.Module) -> dict[str, Tensor]:
    """Of the convolutions' outputs before norms that follow the picture, by name: what those norms have seen, (C,)."""
    return {
        name: module.norm.running_var.detach().clone()  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
        for name, module in net.named_modules()
        if isinstance(module, NormedConv) and module.keeps_norm
    }


def scale_to(net: nn.Module, wanted: dict[str, Tensor]) -> None:
    """See `NormedConv.scale_to`. wanted: as `variances` gives them"""
    for name, module in net.named_modules():
        if isinstance(module, NormedConv) and name in wanted:
            module.scale_to(wanted[name])


class FoldingNet(nn.Module):
    """A net whose normalisations fold into the convolutions before them, but for those that follow the picture."""

    def folded(self) -> Self:
        """A copy without the normalisations that are fixed, which computes the same picture."""
        net = copy.deepcopy(self)
        for module in net.modules():
            if isinstance(module, NormedConv):
                module.fold()
        return net
