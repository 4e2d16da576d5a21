"""Gram style loss: which features occur together in a picture, wherever they are."""

from typing import Any

import torch
from torch import Tensor, nn

from trainer.crop import crop
from trainer.parallel import mean_over_processes


def gram_matrix(features: Tensor) -> Tensor:
    """Feature correlations, averaged over positions.

    features: (N, C, H, W)
    returns:  (N, C, C) float32
    source:   Gatys et al. 2016, eq. 3; divided by H*W so that pictures of two sizes compare
    """
    # bfloat16 features multiply as they are (sums are kept in float32): five times faster than converted
    return _mean_product(positions(features))


def positions(features: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H W, C): position by position, as the convolutions of bfloat16 leave them in memory."""
    if features.stride(1) == 1:
        return features.permute(0, 2, 3, 1).flatten(1, 2)
    return features.flatten(2).mT


def _mean_product(flat: Tensor) -> Tensor:
    product = SelfProduct.apply(flat)
    return product.float() / flat.shape[1]


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


BANDS = 4


def bands(features: Tensor) -> Tensor:
    """Every picture cut into BANDS level bands, sky at the top: (N, C, H, W) to (BANDS N, H // BANDS * W, C).

    Level, because features lie in memory row by row: the bands are views.
    """
    height = features.shape[2] // BANDS
    if features.shape[2] % BANDS:
        features = crop(features, slice(BANDS * height), slice(None))
    rows = features.permute(0, 2, 3, 1)
    return rows.unflatten(1, (BANDS, height)).flatten(0, 1).flatten(1, 2)


class GramLoss(nn.Module):
    """Squared distance of feature statistics to the style's, relative to the style's own, of three kinds.

    The batch as a whole is held against the style's Gram matrix: that gives palette and strokes, and lets
    a dark photo stay dark and a bright one bright, where holding each picture paints all in one mean tone. But
    a batch may have all its strokes in busy places. So every level band of a picture is held against the
    covariance of the style's features, which knows texture but no tone: flat sky needs its strokes, too. The published
    way holds each picture as a whole.

    target:        (1, C, H, W) features of the style picture at one layer
    batch_share:   how much of the loss holds the batch, 0..1. In train mode the batch is that of all processes that
                   train together, in eval mode it is the one at hand
    picture_share: how much holds each picture, 0..1; what is left of 1 holds the bands
    forward:       (N, C, H, W) features of painted pictures -> scalar float32, 0 = the style's statistics
    source:        Gatys et al. 2016, eq. 4; normalised by the target's norm so that every layer counts alike
    """

    def __init__(self, target: Tensor, batch_share: float = 0.0, picture_share: float = 0.0) -> None:
        super().__init__()
        self.batch_share, self.picture_share = batch_share, picture_share
        gram, covariance = (m.mean(0, keepdim=True) for m in _statistics(target))
        self.register_buffer("gram", gram)
        self.register_buffer("covariance", covariance)
        self.gram: Tensor
        self.covariance: Tensor

    def forward(self, features: Tensor) -> Tensor:
        grams, covariances = _statistics(features)
        batch = grams.mean(0, keepdim=True)
        if self.training:
            batch = mean_over_processes(batch)
        of_bands = 1 - self.batch_share - self.picture_share
        loss = self.batch_share * _relative(batch, self.gram) + of_bands * _relative(
            covariances, self.covariance
        )
        if self.picture_share:
            pictures = grams.unflatten(0, (-1, BANDS)).mean(1)
            loss = loss + self.picture_share * _relative(pictures, self.gram)
        return loss


def _statistics(features: Tensor) -> tuple[Tensor, Tensor]:
    """Gram and covariance matrix of every band of every picture, each (BANDS N, C, C)."""
    flat = bands(features)
    # A product with ones: five times faster than a mean over bfloat16
    mean = torch.matmul(flat.new_ones(1, flat.shape[1]), flat).float() / flat.shape[1]
    grams = _mean_product(flat)
    return grams, grams - mean * mean.mT


def _relative(matrices: Tensor, target: Tensor) -> Tensor:
    """Squared distance to a target (1, C, C), over the target's energy; the mean over the matrices."""
    return (matrices - target).square().sum((1, 2)).mean() / target.square().sum().clamp(min=1e-8)
