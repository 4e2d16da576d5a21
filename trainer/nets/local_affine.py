"""Local affine colour maps: fitted to an edit of a small copy of a photo, applied to the photo itself."""

import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.nets.cells import PAIRS, Cells, symmetric

EPSILON = 3e-3
"""squared spread of colour, of 1, below which a place counts as flat"""
WINDOW = 3
"""cells a side that each map is fitted to"""


def fit_maps(cells: Cells, change: Tensor, contrast: Tensor) -> Tensor:
    """In windows of WINDOW cells, the affine map of the photo's colours that comes nearest to what is to be added.

    Where a place is flat only the mean follows, and its texture becomes as strong as `contrast` says: noise that is
    not there should not come, and noise that is there should not stay where all else grows faint.

    cells:    of the photo
    change:   (N, B, 3, G, G'), what is to be added to their pixels
    contrast: (N, 1, G, G'), 1 leaves texture as it is
    returns:  (N, 12, G, G'): three slopes for each of three colours, then three offsets
    source:   He et al. 2013, Guided Image Filtering, the colour form
    """
    together = (cells.pixels[:, :, None] * change[:, :, :, None]).mean(1).flatten(1, 2)
    planes = torch.cat([cells.mean, change.mean(1), cells.products, together], 1)
    windows = F.avg_pool2d(planes, WINDOW, 1, padding=WINDOW // 2, count_include_pad=False)
    mean, wanted, products, together = windows.split([3, 3, 6, 9], 1)
    spread = [products[:, k] - mean[:, i] * mean[:, j] + EPSILON * (i == j) for k, (i, j) in enumerate(PAIRS)]
    covariance = together.unflatten(1, (3, 3)) - wanted[:, :, None] * mean[:, None]
    identity = torch.eye(3, dtype=mean.dtype, device=mean.device)[..., None, None]
    covariance = covariance + EPSILON * (contrast - 1)[:, None] * identity
    slopes = (covariance[:, :, :, None] * _inverse(spread)[:, None]).sum(2)
    offsets = wanted - (slopes * mean[:, None]).sum(2)
    return torch.cat([slopes.flatten(1, 2), offsets], 1)


def add_maps(photo: Tensor, maps: Tensor) -> Tensor:
    """A photo with what its maps add, not clipped. photo: (N, 3, H, W); maps: (N, 12, h, w), of any size"""
    if maps.shape[2:] != photo.shape[2:]:
        maps = F.interpolate(maps, size=photo.shape[2:], mode="bilinear")
    slopes, offsets = maps.split([9, 3], 1)
    return photo + (slopes.unflatten(1, (3, 3)) * photo[:, None]).sum(2) + offsets


def _inverse(matrix: list[Tensor]) -> Tensor:
    """Of symmetric 3x3 matrices, by their adjugates. matrix: the six of PAIRS, (N, h, w); returns (N, 3, 3, h, w)"""
    a, b, c, d, e, f = matrix
    adjugate = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b]
    determinant = a * adjugate[0] + b * adjugate[1] + c * adjugate[2]
    return symmetric(torch.stack(adjugate, 1) / determinant[:, None])
