"""Colour matching: a style's strokes in the photo's colours."""

import torch
from torch import Tensor


def match_colours(style: Tensor, photo: Tensor) -> Tensor:
    """A style's picture in the photo's colours: mean and covariance of the one become those of the other.

    style, photo: (1, 3, H, W) float32 RGB in [0, 1], of any sizes
    returns:      as large as the style
    source:       Gatys et al. 2017, Controlling Perceptual Factors, section 5.1 (by symmetric square roots)
    """
    pixels, wanted = (image[0].flatten(1).double() for image in (style, photo))
    covariance, target = (torch.cov(p) + 1e-5 * torch.eye(3, dtype=torch.float64) for p in (pixels, wanted))
    change = _root(target) @ torch.linalg.inv(_root(covariance))
    matched = change @ (pixels - pixels.mean(1, keepdim=True)) + wanted.mean(1, keepdim=True)
    return matched.view_as(style[0])[None].float().clamp(0, 1)


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
