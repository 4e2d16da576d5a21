"""Total variation: what pixel-sized noise costs."""

from typing import Any

import torch
from torch import Tensor


def total_variation_loss(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels.

    image:   (N, 3, H, W), RGB in [0, 1]
    returns: scalar
    source:  Johnson et al. 2016, section 3.2 (Mahendran and Vedaldi 2015, with beta = 2)
    """
    return _SquaredDifferences.apply(image, 2) + _SquaredDifferences.apply(image, 3)


def total_variation_sum(image: Tensor, power: float) -> Tensor:
    """The squared gradient of every pixel to a power, summed over the picture.

    image:   (N, 3, H, W), RGB in [0, 1]
    power:   1 or more: the larger, the softer the edges
    returns: scalar
    source:  Mahendran and Vedaldi 2015, eq. 3, with beta = 2 power
    """
    across, down = image.diff(dim=3)[..., :-1, :], image.diff(dim=2)[..., :-1]
    return (across.square() + down.square()).pow(power).sum()


class _SquaredDifferences(torch.autograd.Function):
    """The mean squared difference of neighbours along one axis.

    Autograd would hold several pictures of differences, which counts where the picture is large.
    """

    @staticmethod
    def forward(ctx: Any, image: Tensor, dim: int) -> Tensor:
        ctx.save_for_backward(image)
        ctx.dim = dim
        difference = image.diff(dim=dim)
        return difference.square_().mean()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (image,) = ctx.saved_tensors
        length = image.shape[ctx.dim] - 1
        difference = image.diff(dim=ctx.dim)
        difference *= 2 * gradients[0] / difference.numel()
        gradient = torch.zeros_like(image)
        gradient.narrow(ctx.dim, 1, length).add_(difference)
        gradient.narrow(ctx.dim, 0, length).sub_(difference)
        return gradient, None
