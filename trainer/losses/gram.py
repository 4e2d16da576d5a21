"""Gram style loss: which features occur together in a picture, wherever they are."""

from typing import Any

import torch
from torch import Tensor, nn

from livebrush.trainer.runs.parallel import mean_over_processes

_MEMORY = 0.95
"""of what a running mean was, at each step: that of some twenty"""


def gram_matrix(features: Tensor) -> Tensor:
    """Feature correlations, averaged over positions.

    features: (N, C, H, W)
    returns:  (N, C, C) float32
    source:   Gatys et al. 2016, eq. 3; divided by H*W so that pictures of two sizes compare
    """
    flat = positions(features)
    if flat.is_cuda:
        flat = flat.float()
    # On a CPU bfloat16 features multiply as they are (sums are kept in float32): five times faster than converted
    return SelfProduct.apply(flat).float() / flat.shape[1]


def positions(features: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H W, C): position by position, as the convolutions of bfloat16 leave them in memory."""
    if features.stride(1) == 1:
        return features.permute(0, 2, 3, 1).flatten(1, 2)
    return features.flatten(2).mT


class SelfProduct(torch.autograd.Function):
    """(N, P, C) -> (N, C, C), with one product in the backward pass, where autograd would do two.

    Position by position bfloat16 multiplies 3 (relu4_1) to 13 times (relu1_1) as fast as channel by channel.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor) -> Tensor:
        ctx.save_for_backward(flat)
        return torch.bmm(flat.mT, flat)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (flat,) = ctx.saved_tensors
        return torch.bmm(flat, gradients[0] + gradients[0].mT)


class GramLoss(nn.Module):
    """How far the feature correlations of pictures are from those of the style picture, at one layer.

    The distance is absolute: layers with large activations lead, as they do in VGG19. Measured relative to each
    layer's own size, the coarsest layer's blotches would count as much as strokes.

    Small crops differ, and what makes them alike is weaker strokes: held to the style's one by one, crops end with
    smaller correlations than it has. So where something learns from it, a crop is held to it together with the crops
    before: what all have in common weighs 1 / own_share as much as what sets them apart.

    target:    (1, C, H, W) features of the style picture
    own_share: of a picture's own correlations in what is held to the style's; the rest are the pictures' before it,
               their running mean, which takes no gradient. 1: each by itself
    forward:   (N, C, H, W) features of painted pictures -> scalar, 0 = the style's statistics
    source:    Johnson et al. 2016, eq. 4, the mean over the matrix instead of its sum
    """

    def __init__(self, target: Tensor, own_share: float = 1.0) -> None:
        super().__init__()
        self.own_share = own_share
        self.register_buffer("gram", gram_matrix(target) / target.shape[1])
        self.register_buffer("running", self.gram.clone())
        self.gram: Tensor
        self.running: Tensor

    def forward(self, features: Tensor) -> Tensor:
        apart = gram_matrix(features) / features.shape[1] - self.gram
        if self.own_share < 1 and apart.requires_grad:
            before = (1 / self.own_share - 1) * (self.running - self.gram)
            with torch.no_grad():
                own = mean_over_processes(apart.mean(0, keepdim=True)) + self.gram
                self.running.lerp_(own, 1 - _MEMORY)
            apart = apart + before
        return apart.square().mean()
