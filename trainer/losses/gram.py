"""Gram style loss: which features occur together in a picture, wherever they are."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEAST_SHARE = 0.03
"""of a picture that is taken for a kind of place: of less there is no telling how its features go together"""


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


def guided_grams(features: Tensor, guide: Tensor) -> tuple[Tensor, Tensor]:
    """Feature correlations of the busy and of the calm places of pictures.

    Of the calm ones without their mean: how features vary there, not which there are, so that a calm place may have
    any of the painting's colours.

    features: (N, C, H, W)
    guide:    (N, 1, h, w), 0 = calm, 1 = busy
    returns:  (2, N, C, C) float32, averaged over the places by how much they are of either kind, and (2, N), how
              much of the picture is
    """
    enlarged = features.shape[2] > guide.shape[2]
    busy = F.interpolate(guide, features.shape[2:], mode="bilinear" if enlarged else "area").to(
        features.dtype
    )
    grams, shares = [], []
    for weight in (busy, 1 - busy):
        share = weight.float().mean((1, 2, 3))
        grams.append(gram_matrix(features * weight.sqrt()) / share.clamp(min=LEAST_SHARE)[:, None, None])
        shares.append(share)
    mean = (features * (1 - busy)).float().mean((2, 3)) / shares[1].clamp(min=LEAST_SHARE)[:, None]
    grams[1] = grams[1] - mean[:, :, None] * mean[:, None]
    return torch.stack(grams), torch.stack(shares)


class GramLoss(nn.Module):
    """How far the feature correlations of pictures are from those of the style picture, at one layer.

    Busy places are held to the style picture's busy places, calm ones to its calm ones. Held to the whole of it, every
    picture needs as many strokes as the painting has, and they end up where nothing speaks against them: all over the
    sky.

    The distance is absolute: layers with large activations lead, as they do in VGG19. Measured relative to each
    layer's own size, the coarsest layer's blotches would count as much as strokes.

    target:  (1, C, H, W) features of the style picture
    guide:   (1, 1, h, w) of the style picture, see `Guidance`; 1 everywhere is the published loss
    forward: (N, C, H, W) features of painted pictures and (N, 1, h, w), their photos' guide -> (2,) float32, the
             distances of busy and of calm places, by how much of the pictures they are; 0 = the style's statistics
    source:  Johnson et al. 2016, eq. 4, the mean over the matrix instead of its sum; by regions as Gatys et al. 2017
    """

    def __init__(self, target: Tensor, guide: Tensor) -> None:
        super().__init__()
        self.register_buffer("grams", guided_grams(target, guide)[0] / target.shape[1])
        self.grams: Tensor

    def forward(self, features: Tensor, guide: Tensor) -> Tensor:
        grams, shares = guided_grams(features, guide)
        distances = (grams / features.shape[1] - self.grams).square().mean((2, 3))
        return (shares * distances).mean(1)
