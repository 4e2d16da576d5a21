"""Affine loss: whether an image could be a photo whose colours were edited, place by place."""

from torch import Tensor

from livebrush.trainer.losses.matting import EPSILON, MattingLaplacian


def affine_loss(image: Tensor, photo: Tensor, epsilon: float = EPSILON) -> Tensor:
    """How far an image's colours stray from locally affine edits of a photo.

    image, photo: (N, 3, H, W) float32 or float64, RGB in [0, 1]
    returns:      scalar, averaged over pixels so that the weight survives resizing
    raises:       ValueError when the two sizes differ
    source:       Luan et al. 2017, eq. 2, with the matting Laplacian of Levin et al. 2008
    """
    energy = MattingLaplacian(photo, epsilon).energy(image)
    return energy.mean() / (photo.shape[2] * photo.shape[3])
