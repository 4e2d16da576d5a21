"""Features of a photo turned into features of a style in one step: AdaIN, whitening and colouring, style swap.

The published methods decode such features with a net that was trained for it. Here a picture is optimised until it has
them, which needs no such net and is the better picture, in a minute in place of a second.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.loss_networks.loss_network import LayeredNetwork
from livebrush.trainer.losses.total_variation import total_variation_loss
from livebrush.trainer.stills.objective import StyleSource, nearest_layers, with_gradient
from livebrush.trainer.stills.recipe import StillRecipe
from livebrush.trainer.stills.region_masks import stride_of
from livebrush.trainer.stills.tiles import cut, pad

LEAST_VARIANCE = 1e-5
"""of the largest: directions with less of it are noise, and would be blown up by whitening"""
PATCH = 3
"""cells, the side of what style swap compares"""


def adain(content: Tensor, style: Tensor) -> Tensor:
    """Content with each channel's mean and deviation from the style.

    content: (1, C, h, w), style: (1, C, h', w')
    source:  Huang and Belongie 2017, eq. 8
    """
    mean, deviation = style.mean((2, 3), keepdim=True), style.std((2, 3), keepdim=True)
    own_mean, own_deviation = content.mean((2, 3), keepdim=True), content.std((2, 3), keepdim=True)
    return (content - own_mean) / own_deviation.clamp(min=1e-6) * deviation + mean


def whiten_and_colour(content: Tensor, style: Tensor) -> Tensor:
    """Content with the style's means and covariances of channels.

    content: (1, C, h, w), style: (1, C, h', w')
    source:  Li et al. 2017, Universal Style Transfer via Feature Transforms, section 3.2
    """
    rows, of_style = content[0].flatten(1).double(), style[0].flatten(1).double()
    mean, style_mean = rows.mean(1, keepdim=True), of_style.mean(1, keepdim=True)
    white = _power(rows - mean, -0.5) @ (rows - mean)
    coloured = _power(of_style - style_mean, 0.5) @ white + style_mean
    return coloured.to(content.dtype).view_as(content)


def _power(centred: Tensor, power: float) -> Tensor:
    """The covariance of (C, N) to a power, (C, C), by its eigenvalues; without directions that have next to none."""
    variances, directions = torch.linalg.eigh(centred @ centred.T / max(1, centred.shape[1] - 1))
    there = variances > LEAST_VARIANCE * variances[-1]
    directions = directions[:, there]
    return directions * variances[there] ** power @ directions.T


def style_swap(content: Tensor, style: Tensor) -> Tensor:
    """Each patch of the content replaced by the style's patch most like it by the cosine; overlaps are averaged.

    content: (1, C, h, w), style: (1, C, h', w'), both at least PATCH cells wide and high
    source:  Chen and Schmidt 2016, Fast Patch-based Style Transfer of Arbitrary Style, section 3: the comparison is a
             convolution with the style's patches, putting them back its transpose
    """
    patches = F.unfold(style, PATCH)[0].T.reshape(-1, style.shape[1], PATCH, PATCH)
    kernels = patches / patches.flatten(1).norm(dim=1).clamp(min=1e-8)[:, None, None, None]
    best = F.conv2d(content, kernels).argmax(1, keepdim=True)
    chosen = patches.flatten(1)[best.flatten()].T[None]
    size = (content.shape[2], content.shape[3])
    counts = F.fold(torch.ones_like(chosen[:, : PATCH * PATCH]), size, PATCH)
    return F.fold(chosen, size, PATCH) / counts


TRANSFERS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "adain": adain,
    "wct": whiten_and_colour,
    "swap": style_swap,
}


def moments(features: Tensor) -> Tensor:
    """Each channel's mean and deviation, (2, C), of (1, C, h, w)."""
    return torch.stack([features.mean((0, 2, 3)), features.std((0, 2, 3))])


def _distance(found: Tensor, wanted: Tensor) -> Tensor:
    """Squared, in shares of what is wanted."""
    return (found - wanted).square().sum() / wanted.square().sum()


class TransferObjective:
    """Loss and gradient of a still that has the features that a transfer makes of a picture's and a style's.

    recipe:  `objective` names the transfer, style_layers where it is done; statistics_layers ask for the style's means
             and deviations as well, as the loss does that the net which decodes AdaIN is trained by
    picture: (1, 3, H, W) float32 RGB in [0, 1], whose features are turned
    styles:  what comes of several is averaged by their weights
    """

    def __init__(
        self,
        network: LayeredNetwork,
        recipe: StillRecipe,
        picture: Tensor,
        styles: Sequence[StyleSource],
    ) -> None:
        self.network, self.recipe = network, recipe
        self.turned = nearest_layers(recipe.style_layers, network.layers)
        self.statistics = nearest_layers(recipe.statistics_layers, network.layers)
        total = sum(style.weight for style in styles)
        transfer = TRANSFERS[recipe.objective]
        with torch.no_grad():
            own = self._features(picture)
            of_styles = [(style.weight / total, self._features(style.pixels)) for style in styles]

        def averaged(layer: str, of_style: Callable[[Tensor], Tensor]) -> Tensor:
            return torch.stack([share * of_style(found[layer]) for share, found in of_styles]).sum(0)

        self._targets = {layer: averaged(layer, partial(transfer, own[layer])) for layer in self.turned}
        self._moments = {layer: averaged(layer, moments) for layer in self.statistics}

    def evaluate(self, image: Tensor) -> tuple[dict[str, float], Tensor]:
        """As StillObjective.evaluate does."""
        leaf = image.detach().requires_grad_()
        found = self._features(leaf)
        errors = [
            weight * _distance(found[layer], self._targets[layer]) for layer, weight in self.turned.items()
        ]
        errors += [
            weight * _distance(moments(found[layer]), self._moments[layer])
            for layer, weight in self.statistics.items()
        ]
        terms = {"features": self.recipe.style_weight * torch.stack(errors).sum()}
        terms["tv"] = self.recipe.tv_weight * total_variation_loss(leaf)
        return with_gradient(leaf, terms)

    def _features(self, image: Tensor) -> dict[str, Tensor]:
        (tile,) = cut(image.shape[2], image.shape[3], self.recipe.margin)
        found = self.network.features(pad(image, self.recipe.margin), {*self.turned, *self.statistics})
        return {layer: tile.own_features(f, stride_of(layer)).float() for layer, f in found.items()}
