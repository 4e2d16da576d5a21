"""What a photo net is trained to make small: regions unlike the style's, and what is no edit of a photo."""

import torch
from torch import Tensor, nn

from models.regions import GROUPS
from realtime.looks.statistics import LEAST_SHARE
from realtime.regions import stand_in
from trainer.loss_networks.loss_network import LayeredNetwork, nearest_layer
from trainer.losses.affine import affine_loss
from trainer.losses.content import content_loss
from trainer.losses.gram import SelfProduct
from trainer.losses.total_variation import total_variation_loss
from trainer.photo_recipe import PhotoRecipe
from trainer.stills.region_masks import mask_at_layers

LOSS_SIDE = 160
"""pixels that pictures have before the loss network: colours and light are large, and it is most of the work"""
FAINTEST = 0.25
"""of the whole style photo's energy, that the unit of a region's loss has at least, so that black ground is not all"""
VISIBLE = 0.02
"""share of a picture that a region has at least to be held against the style"""


class PhotoLoss(nn.Module):
    """The weighted losses of Luan et al. 2017 over a batch, style and content relative to their targets.

    style: (1, 3, H, W) float32, RGB in [0, 1], the style photo; masks: (1, 10, h, w), its regions, which add up to 1
    """

    def __init__(self, network: LayeredNetwork, style: Tensor, masks: Tensor, recipe: PhotoRecipe) -> None:
        super().__init__()
        self.network, self.recipe = network, recipe
        self.targets: dict[str, Tensor] = {}
        self.energies: dict[str, Tensor] = {}
        self.content_layer = nearest_layer(recipe.content_layer, network.content_layers)
        self.style_layers = {nearest_layer(layer, network.layers) for layer in recipe.style_layers}
        shares = masks.mean((0, 2, 3))
        present = {name: k for k, name in enumerate(GROUPS) if shares[k] >= LEAST_SHARE}
        # Where nothing stands in, the whole picture, which is last
        taken = [present.get(stand_in(group, present), len(GROUPS)) for group in GROUPS]
        with torch.no_grad():
            style = _sized(style, LOSS_SIDE)
            features = network.features(style, self.style_layers)
            everywhere = torch.cat([_enlarged(masks, style), torch.ones_like(style[:, :1])], 1)
            at_layers = mask_at_layers(everywhere, self.style_layers)
            for layer in self.style_layers:
                grams = [_gram(features[layer][0], mask) for mask in at_layers[layer][0]]
                least = FAINTEST * grams[-1].square().sum()
                self.targets[layer] = torch.stack([grams[k] for k in taken])
                self.energies[layer] = torch.stack([grams[k].square().sum().clamp(min=least) for k in taken])

    def forward(self, painted: Tensor, photo: Tensor, masks: Tensor) -> dict[str, Tensor]:
        """Each weighted term, and "total".

        painted, photo: (N, 3, H, W) float32, RGB in [0, 1]; masks: (N, 10, h, w), which add up to 1
        """
        with torch.no_grad():
            small = _sized(photo, LOSS_SIDE)
            target = self.network.features(small, {self.content_layer})[self.content_layer]
        features = self.network.features(_sized(painted, LOSS_SIDE), {self.content_layer, *self.style_layers})
        terms = {
            "content": self.recipe.content_weight * content_loss(features[self.content_layer], target),
            "style": self.recipe.style_weight * self._style(features, _enlarged(masks, small)),
            "affine": self.recipe.affine_weight * affine_loss(painted, photo),
            "tv": self.recipe.tv_weight * total_variation_loss(painted),
        }
        return {**terms, "total": torch.stack(list(terms.values())).sum()}

    def _style(self, features: dict[str, Tensor], masks: Tensor) -> Tensor:
        shares = masks.mean((2, 3))
        at_layers = mask_at_layers(masks, self.style_layers)
        total = masks.new_zeros(())
        for layer in self.style_layers:
            for n, k in (shares >= VISIBLE).nonzero().tolist():
                gram = _gram(features[layer][n], at_layers[layer][n, k])
                distance = (gram - self.targets[layer][k]).square().sum()
                total = total + shares[n, k] * distance / self.energies[layer][k]
        return total / (len(masks) * len(self.style_layers))


def smoothness(maps: Tensor) -> Tensor:
    """How much neighbouring maps differ, offsets and slopes alike. maps: (N, 12, h, w)"""
    return total_variation_loss(maps)


def _gram(features: Tensor, mask: Tensor) -> Tensor:
    """Mean products of features over a region. features: (C, h, w); mask: (h, w); returns (C, C) float32"""
    weighted = features * mask.sqrt().to(features.dtype)
    return SelfProduct.apply(weighted.flatten(1)[None])[0].float() / mask.sum().clamp(min=1e-3)


def _sized(picture: Tensor, side: int) -> Tensor:
    """A copy whose short side is `side`."""
    scale = side / min(picture.shape[2:])
    size = [max(side, round(scale * length)) for length in picture.shape[2:]]
    return nn.functional.interpolate(picture, size=size, mode="bilinear", antialias=True)


def _enlarged(masks: Tensor, picture: Tensor) -> Tensor:
    return nn.functional.interpolate(masks, size=picture.shape[2:], mode="bilinear")
