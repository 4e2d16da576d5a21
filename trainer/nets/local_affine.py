"""Local affine colour maps: fitted to an edit of a small copy of a photo, applied to the photo itself."""

import torch
import torch.nn.functional as F
from torch import Tensor

EPSILON = 1e-3
"""squared spread of colour, of 1, below which a place counts as flat"""
PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def fit_maps(photo: Tensor, change: Tensor, contrast: Tensor, cell: int) -> Tensor:
    """In windows of two cells, the affine map of the photo's colours that comes nearest to what is to be added to them.

    Where a place is flat only the mean follows, and its texture becomes as strong as `contrast` says: noise that is
    not there should not come, and noise that is there should not stay where all else grows faint.

    photo, change: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by `cell`
    contrast:      (N, 1, H / cell, W / cell), 1 leaves texture as it is
    returns: (N, 12, H / cell, W / cell): three slopes for each of three colours, then three offsets
    source:  He et al. 2013, Guided Image Filtering, the colour form
    """
    products = torch.stack([photo[:, i] * photo[:, j] for i, j in PAIRS], 1)
    together = (photo[:, None] * change[:, :, None]).flatten(1, 2)
    mean, wanted, products, together = _windows([photo, change, products, together], cell)
    spread = [products[:, k] - mean[:, i] * mean[:, j] + EPSILON * (i == j) for k, (i, j) in enumerate(PAIRS)]
    covariance = together.unflatten(1, (3, 3)) - wanted[:, :, None] * mean[:, None]
    identity = torch.eye(3, dtype=photo.dtype, device=photo.device)[..., None, None]
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


def _windows(planes: list[Tensor], cell: int) -> tuple[Tensor, ...]:
    means = F.avg_pool2d(torch.cat(planes, 1), 2 * cell, cell, padding=cell // 2, count_include_pad=False)
    return means.split([part.shape[1] for part in planes], 1)


def _inverse(matrix: list[Tensor]) -> Tensor:
    """Of symmetric 3x3 matrices, by their adjugates. matrix: the six of PAIRS, (N, h, w); returns (N, 3, 3, h, w)"""
    a, b, c, d, e, f = matrix
    adjugate = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b]
    determinant = a * adjugate[0] + b * adjugate[1] + c * adjugate[2]
    rows = torch.stack([adjugate[k] for k in (0, 1, 2, 1, 3, 4, 2, 4, 5)], 1) / determinant[:, None]
    return rows.unflatten(1, (3, 3))
