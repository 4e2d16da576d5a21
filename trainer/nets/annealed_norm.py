"""Instance normalisation that turns into a fixed scale and shift, so that it can be folded away."""

from typing import Any

import torch
from torch import Tensor, nn

from livebrush.trainer.runs.parallel import mean_over_processes


class AnnealedNorm(nn.Module):
    """Instance norm whose statistics move, over a training, from each picture's own to running ones.

    Instance norm trains style nets well, but at run time it costs more than the convolutions around
    it and makes a video flicker, because every frame is normalised by itself. Switching abruptly to
    fixed statistics shocks the loss; `fixed` slides from 0 (instance norm, Ulyanov et al. 2016)
    to 1 (an affine map per channel), and at 1 the running statistics stand still.
    """

    most = 1.0
    """how far it may be fixed; below 1 it is kept in the net, and follows every picture by what is left"""
    every = 1
    """rows from one that its statistics are of to the next"""

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.02) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("fixed", torch.zeros(()))
        self.fixed_share = 0.0  # `fixed` on the host: a GPU that is asked for it has to finish its work first
        self.running_mean: Tensor
        self.running_var: Tensor
        self.fixed: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, C, H, W) float; returns the same shape."""
        fixed = self.fixed_share
        mean, var = self.running_mean[:, None, None], self.running_var[:, None, None]
        if fixed < 1:
            own_mean, own_var = self._statistics(x)
            if self.training and self.momentum:
                with torch.no_grad():
                    batch = torch.stack([own_mean.mean((0, 2, 3)), own_var.mean((0, 2, 3))])
                    batch_mean, batch_var = mean_over_processes(batch)
                    self.running_mean.lerp_(batch_mean, self.momentum)
                    self.running_var.lerp_(batch_var, self.momentum)
                mean, var = self.running_mean[:, None, None], self.running_var[:, None, None]
            # Not by `lerp`, of which the exported graph would have both of its ways
            mean, var = (1 - fixed) * own_mean + fixed * mean, (1 - fixed) * own_var + fixed * var
        scale = self.weight[:, None, None] * torch.rsqrt(var + self.eps)
        return torch.addcmul(self.bias[:, None, None] - mean * scale, x, scale)

    def _statistics(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Each picture's mean and variance of each channel, (N, C, 1, 1)."""
        some = (x if self.every == 1 else x[..., :: self.every, :]).float()
        mean = some.mean((2, 3), keepdim=True)
        apart = some - mean
        return mean, (apart * apart).mean((2, 3), keepdim=True)

    @property
    def kept(self) -> bool:
        """Whether it follows the picture at run time, too."""
        return self.most < 1

    def set_fixed(self, share: float) -> None:
        share = min(share, self.most)
        self.fixed.fill_(share)
        self.fixed_share = share

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self.fixed_share = float(self.fixed)

    @torch.no_grad()
    def fold_into(self, conv: nn.Conv2d) -> nn.Conv2d:
        """A convolution that does what `conv` followed by this norm does.

        raises: ValueError while the statistics still depend on the picture (fixed < 1)
        """
        if self.fixed_share < 1:
            raise ValueError(f"the norm is only {self.fixed_share:.0%} fixed: train its schedule to the end")
        folded = nn.Conv2d(
            conv.in_channels,
            conv.out_channels,
            conv.kernel_size,  # pyright: ignore[reportArgumentType]
            conv.stride,  # pyright: ignore[reportArgumentType]
            conv.padding,  # pyright: ignore[reportArgumentType]
        )
        scale = self.weight * torch.rsqrt(self.running_var + self.eps)
        bias = conv.bias if conv.bias is not None else torch.zeros_like(scale)
        folded.weight.copy_(conv.weight * scale[:, None, None, None])
        folded.bias.copy_((bias - self.running_mean) * scale + self.bias)  # pyright: ignore[reportOptionalMemberAccess]
        return folded


def keep_running(net: nn.Module) -> None:
    """Leave the running statistics of every annealed norm as they are, also in training."""
    for module in net.modules():
        if isinstance(module, AnnealedNorm):
            module.momentum = 0.0


def is_statistic(name: str) -> bool:
    """Whether a tensor of a net's state is one of a norm's buffers, which are measured and not learnt."""
    return name.endswith(("norm.running_mean", "norm.running_var", "norm.fixed"))


def set_fixed(net: nn.Module, fixed: float) -> None:
    """Move every annealed norm of a net to `fixed` in [0, 1]."""
    for module in net.modules():
        if isinstance(module, AnnealedNorm):
            module.set_fixed(fixed)


def fixed_share(net: nn.Module) -> float:
    """How far the annealed norms of a net are fixed, 0 to 1; 0 for a net without any."""
    return max((m.fixed_share for m in net.modules() if isinstance(m, AnnealedNorm)), default=0.0)
