"""The linear change of colours that makes one distribution of them another, moving them as little as may be."""

import torch
from torch import Tensor

LEAST = 2e-3
"""variance that is added: a picture of a single hue is not stretched into noise"""
ITERATIONS = 18


def colours_of(picture: Tensor) -> tuple[Tensor, Tensor]:
    """(N, 3, H, W) float32 to the colours' mean (N, 3) and covariance (N, 3, 3)."""
    flat = picture.flatten(2)
    mean = flat.mean(2)
    away = flat - mean[:, :, None]
    return mean, away @ away.mT / flat.shape[2]


def colour_transport(spread: Tensor, wanted: Tensor) -> Tensor:
    """The 3x3 matrix that turns colours of covariance `spread` into such of covariance `wanted`.

    source: the linear Monge-Kantorovitch map, Pitie and Kokaram 2007
    """
    least = LEAST * torch.eye(3)
    root, inverse = roots(spread + least)
    between, _ = roots(root @ (wanted + least) @ root)
    return inverse @ between @ inverse


def roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """The square root of a symmetric positive matrix and its inverse, by products alone, which ONNX has.

    source: the iteration of Denman and Beavers 1976 in its inverse-free form (Higham 1997)
    """
    identity = torch.eye(3)
    size = matrix.diagonal().sum()
    root, inverse = matrix / size, identity
    for _ in range(ITERATIONS):
        step = (3 * identity - inverse @ root) / 2
        root, inverse = root @ step, step @ inverse
    return root * size.sqrt(), inverse / size.sqrt()
