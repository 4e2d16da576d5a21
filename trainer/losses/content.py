"""Content loss: how far the features of a painted picture are from those of its photo."""

from torch import Tensor


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """Squared feature distance, relative to the photo's own features.

    features, target: (N, C, H, W) of one layer, the painted picture's and the photo's
    returns:          scalar float32, 0 = same, about 1 = unrelated; the mean over the batch.
                      Being relative, it needs no new weight for another layer or loss network.
    source:           Gatys et al. 2016, eq. 1; normalised by the target's energy
    """
    features, target = features.float(), target.float()
    return (
        (features - target).square().sum((1, 2, 3)) / target.square().sum((1, 2, 3)).clamp(min=1e-8)
    ).mean()
