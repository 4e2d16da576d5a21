"""What a painting net is trained to make small: content, style and total variation, against one painting."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, nearest_layer
from livebrush.trainer.losses.gram import GramLoss
from livebrush.trainer.losses.lattice import lattice_loss
from livebrush.trainer.losses.palette import PaletteLoss
from livebrush.trainer.losses.total_variation import total_variation_loss

MILLION = 1e6
"""what content is told in: with VGG's weights by Oxford it runs into hundreds of thousands"""


class PaintingLoss(nn.Module):
    """The losses of Johnson et al. 2016, section 3, absolute, as the field runs them, of pictures in 0..255.

    Of the style loss it is told what is left of the photos' own, 1 where nothing is painted yet: paintings differ
    tenfold in how far photos are from them, and so one style weight suits all. Beside them, the painting's palette, and
    no grid.

    style:  (1, 3, H, W) float32, RGB in [0, 1], the painting at the recipe's style size
    photos: (N, 3, H, W), some of the photos
    many:   (M, 3, H, W), more of them, which tell how dark and how red photos are; None: those
    seen:   what `style_features` gives of the photos, where several paintings are learnt beside the same ones

    running: the mean statistics of the crops so far, by layer: what one step leaves to the next; none where each crop
             is held to the painting by itself
    """

    def __init__(
        self,
        network: LayeredNetwork,
        style: Tensor,
        photos: Tensor,
        recipe: PaintingRecipe,
        many: Tensor | None = None,
        seen: Mapping[str, Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.network, self.own_share = network, recipe.own_share
        self.weights = {
            "content": recipe.content_weight / MILLION,
            "style": recipe.style_weight,
            "palette": recipe.palette_weight,
            "tv": recipe.tv_weight * 255**2 / MILLION,
            "lattice": recipe.lattice_weight,
        }
        self.palette = PaletteLoss(style, photos if many is None else many)
        self.content_layer = nearest_layer(recipe.content_layer, network.layers)
        named = zip(recipe.style_layers, recipe.layer_weights, strict=True)
        self.style_layers = {nearest_layer(layer, network.layers): weight for layer, weight in named}
        # The unit of what is measured in pixels, so that it counts alike for pale and for garish paintings
        self.variance = float(torch.var(style, dim=(2, 3)).mean().clamp(min=1e-4))
        with torch.no_grad():
            targets = style_features(network, style, recipe)
            self.gram_losses = nn.ModuleDict(
                {layer: GramLoss(targets[layer], recipe.own_share) for layer in targets}
            )
            of_photos = self._distance(seen or style_features(network, photos, recipe))
        self.register_buffer("photos_distance", of_photos.clamp(min=1e-12))
        self.photos_distance: Tensor

    def forward(self, painted: Tensor, photo: Tensor, lattice_share: float = 1.0) -> dict[str, Tensor]:
        """Each weighted term, and "total".

        painted, photo: (N, 3, H, W) float32, RGB in [0, 1]
        lattice_share:  how much of its weight the lattice has
        """
        with torch.no_grad():
            target = self.network.features(photo, {self.content_layer})[self.content_layer]
        features = self.network.features(painted, {self.content_layer, *self.style_layers})
        terms = {
            "content": (features[self.content_layer].float() - target.float()).square().mean(),
            "style": self._distance(features) / self.photos_distance,
            "palette": self.palette(painted, photo),
            "tv": total_variation_loss(painted),
            "lattice": lattice_loss(painted, photo) / self.variance,
        }
        weights = {**self.weights, "lattice": lattice_share * self.weights["lattice"]}
        terms = {name: weights[name] * term for name, term in terms.items()}
        return {**terms, "total": sum(terms.values(), torch.zeros((), device=painted.device))}

    @property
    def running(self) -> dict[str, Tensor]:
        if self.own_share == 1:
            return {}
        return {layer: loss.running for layer, loss in self.gram_losses.items()}  # pyright: ignore[reportReturnType]

    def _distance(self, features: Mapping[str, Tensor]) -> Tensor:
        """The style loss, unweighted but for the layers' own weights."""
        parts = [
            weight * self.gram_losses[layer](features[layer]) for layer, weight in self.style_layers.items()
        ]
        return torch.stack(parts).sum()


@torch.no_grad()
def style_features(network: LayeredNetwork, pictures: Tensor, recipe: PaintingRecipe) -> dict[str, Tensor]:
    """What the style loss compares of pictures, (N, 3, H, W): features by layer."""
    return network.features(pictures, {nearest_layer(layer, network.layers) for layer in recipe.style_layers})
