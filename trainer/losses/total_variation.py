"""Total variation: what pixel-sized noise costs."""

from torch import Tensor


def total_variation_loss(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels.

    image:   (N, 3, H, W), RGB in [0, 1]
    returns: scalar
    source:  Johnson et al. 2016, section 3.2 (Mahendran and Vedaldi 2015, with beta = 2)
    """
    rows = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    columns = (image[..., 1:] - image[..., :-1]).square().mean()
    return rows + columns
