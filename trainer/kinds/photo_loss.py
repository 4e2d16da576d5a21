"""What a photo net is trained to make small: regions unlike the style's, and what is no edit of a photo."""

import torch
from torch import Tensor, nn

from livebrush.models.regions import GROUPS, LEAST_SHARE, PERSON
from livebrush.realtime.looks.statistics import sources
from livebrush.trainer.kinds.photo_recipe import PhotoRecipe
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, nearest_layer
from livebrush.trainer.losses.affine import affine_loss
from livebrush.trainer.losses.content import content_loss
from livebrush.trainer.losses.gram import SelfProduct, positions
from livebrush.trainer.losses.total_variation import total_variation_loss
from livebrush.trainer.stills.region_masks import mask_at_layers

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
        chosen = sources(present)
        # Where nothing stands in, the whole picture, which is last
        taken = [present.get(name, len(GROUPS)) for name in chosen]
        # Persons where the style shows none take its light alone, not its colours
        held = [bool(name) or k != PERSON for k, name in enumerate(chosen)]
        self.held = torch.tensor(held, device=style.device)
        with torch.no_grad():
            style = _sized(style, LOSS_SIDE)
            features = network.features(style, self.style_layers)
            everywhere = torch.cat([_enlarged(masks, style), torch.ones_like(style[:, :1])], 1)
            at_layers = mask_at_layers(everywhere, self.style_layers)
            for layer in self.style_layers:
                regions = at_layers[layer][0]
                grams = _grams(features[layer].expand(len(regions), -1, -1, -1), regions)
                energies = grams.square().sum((1, 2))
                self.targets[layer] = grams[taken]
                self.energies[layer] = energies.clamp(min=FAINTEST * energies[-1])[taken]

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
        n, k = ((shares >= VISIBLE) & self.held).nonzero(as_tuple=True)
        total = masks.new_zeros(())
        for layer in self.style_layers:
            # Indexed by [n], gradients of several threads would add up in any order, and no run repeat another
            grams = _grams(features[layer].index_select(0, n), at_layers[layer][n, k])
            distances = (grams - self.targets[layer][k]).square().sum((1, 2))
            total = total + (shares[n, k] * distances / self.energies[layer][k]).sum()
        return total / (len(masks) * len(self.style_layers))


def smoothness(maps: Tensor) -> Tensor:
    """How much neighbouring maps differ, offsets and slopes alike. maps: (N, 12, h, w)"""
    return total_variation_loss(maps)


def _grams(features: Tensor, masks: Tensor) -> Tensor:
    """Mean products of features over regions. features: (P, C, h, w); masks: (P, h, w); returns (P, C, C) float32"""
    weighted = features * masks.sqrt()[:, None].to(features.dtype)
    return SelfProduct.apply(positions(weighted)).float() / masks.sum((1, 2)).clamp(min=1e-3)[:, None, None]


def _sized(picture: Tensor, side: int) -> Tensor:
    """A copy whose short side is `side`."""
    scale = side / min(picture.shape[2:])
    size = [max(side, round(scale * length)) for length in picture.shape[2:]]
    return nn.functional.interpolate(picture, size=size, mode="bilinear", antialias=True)


def _enlarged(masks: Tensor, picture: Tensor) -> Tensor:
    return nn.functional.interpolate(masks, size=picture.shape[2:], mode="bilinear")
