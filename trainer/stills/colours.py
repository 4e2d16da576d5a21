"""Colours of one picture moved to another's: linear maps between the means and covariances of their colours."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from livebrush.realtime.looks.colour_map import square_root, transport
from livebrush.trainer.stills.objective import Region, StyleSource


class Moments(NamedTuple):
    """Of colours: mean (3,) and mean of products (3, 3), float64."""

    mean: Tensor
    products: Tensor

    @property
    def covariance(self) -> Tensor:
        return self.products - self.mean.outer(self.mean) + 1e-5 * torch.eye(3).to(self.products)


def match_colours(style: Tensor, photo: Tensor) -> Tensor:
    """A style's picture in the photo's colours, so that its strokes can be painted in them.

    style, photo: (1, 3, H, W) float32 RGB in [0, 1], of any sizes
    returns:      as large as the style
    source:       Gatys et al. 2017, Controlling Perceptual Factors, section 5.1
    """
    return _moved(style, moments(style), moments(photo)).clamp(0, 1)


def in_colours_of_styles(photo: Tensor, regions: Sequence[Region]) -> Tensor:
    """The photo with the colours of each region's styles: a closed form, from which a photorealistic still starts.

    photo: (1, 3, H, W) float32 RGB in [0, 1]; the regions' masks are as large, and add up to 1 at most
    """
    everywhere = photo.new_ones(1, 1, *photo.shape[2:])
    result, left = torch.zeros_like(photo), everywhere.clone()
    for region in regions:
        mask = everywhere if region.mask is None else region.mask
        result += mask * _moved(photo, moments(photo, mask), _pooled(region.styles))
        left -= mask
    return (result + left.clamp(min=0) * photo).clamp(0, 1)


def moments(image: Tensor, mask: Tensor | None = None) -> Moments:
    """image: (1, 3, H, W); mask: (1, 1, H, W), or None for everywhere"""
    colours = image[0].flatten(1).double()
    weights = torch.ones_like(colours[0]) if mask is None else mask.flatten().double()
    weights = weights / weights.sum().clamp(min=1e-6)
    return Moments(colours @ weights, (colours * weights) @ colours.T)


def _pooled(styles: Sequence[StyleSource]) -> Moments:
    total = sum(style.weight for style in styles)
    each = [moments(style.pixels, style.mask) for style in styles]
    shares = [style.weight / total for style in styles]
    mean = torch.stack([share * m.mean for share, m in zip(shares, each, strict=True)]).sum(0)
    products = torch.stack([share * m.products for share, m in zip(shares, each, strict=True)]).sum(0)
    return Moments(mean, products)


def _moved(image: Tensor, own: Moments, wanted: Moments) -> Tensor:
    """Each colour x becomes T (x - mean) + wanted mean, where T is `transport`."""
    root = square_root(wanted.covariance.cpu().numpy())
    change = torch.from_numpy(transport(own.covariance.cpu().numpy(), root)).to(own.mean)
    colours = image[0].flatten(1).double()
    moved = change @ (colours - own.mean[:, None]) + wanted.mean[:, None]
    return moved.to(image.dtype).view_as(image)
