"""What a painting net is trained to make small: content, style and total variation, against one painting."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, nearest_layer
from livebrush.trainer.losses.gram import LEAST_SHARE, GramLoss
from livebrush.trainer.losses.guidance import CELL, Guidance
from livebrush.trainer.losses.lattice import lattice_loss
from livebrush.trainer.losses.neighbours import NeighbourLoss
from livebrush.trainer.losses.palette import PaletteLoss
from livebrush.trainer.losses.total_variation import total_variation_loss

PLACE_BLOCK = 3
"""of VGG19, whose positions, four pixels each, are the places that are compared"""
MILLION = 1e6
"""what content is told in: with VGG's weights by Oxford it runs into hundreds of thousands"""


class PaintingLoss(nn.Module):
    """The losses of Johnson et al. 2016, section 3, absolute, as the field runs them, of pictures in 0..255.

    Of the style loss it is told what is left of the photos' own, 1 where nothing is painted yet: paintings differ
    tenfold in how far photos are from them, and so one style weight suits all. Style and palette are guided: calm
    places of a photo are painted after calm places of the painting (the recipe's `guided`), and what is left is told of
    either kind by itself, or the faint strokes of a calm sky would never count.

    Gram matrices alone repeat one dash wherever there is room; what a place shall look like, its nearest place in the
    painting says.

    style:  (1, 3, H, W) float32, RGB in [0, 1], the painting at the recipe's style size
    photos: (N, 3, H, W), some of the photos
    many:   (M, 3, H, W), more of them, which tell how dark, how red and how busy photos are; None: those
    """

    def __init__(
        self,
        network: LayeredNetwork,
        style: Tensor,
        photos: Tensor,
        recipe: PaintingRecipe,
        many: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.weights = {
            "content": recipe.content_weight / MILLION,
            "style": recipe.style_weight,
            "palette": recipe.palette_weight,
            "tv": recipe.tv_weight * 255**2 / MILLION,
            "lattice": recipe.lattice_weight,
            "neighbours": recipe.neighbour_weight,
        }
        many = photos if many is None else many
        self.palette = PaletteLoss(style, many)
        self.guidance = Guidance(many) if recipe.guided else None
        self.content_layer = nearest_layer(recipe.content_layer, network.layers)
        named = zip(recipe.style_layers, recipe.layer_weights, strict=True)
        self.style_layers = {nearest_layer(layer, network.layers): weight for layer, weight in named}
        # The unit of what is measured in pixels, so that it counts alike for pale and for garish paintings
        self.variance = float(torch.var(style, dim=(2, 3)).mean().clamp(min=1e-4))
        with torch.no_grad():
            targets = network.features(style, set(self.style_layers))
            guide = self._guide(style) if self.guidance is None else Guidance(style)(style)
            self.gram_losses = nn.ModuleDict({layer: GramLoss(targets[layer], guide) for layer in targets})
            self.neighbours = self._neighbours(style, recipe) if recipe.neighbour_weight else None
            guide = self._guide(photos)
            busy = guide.mean()
            of_photos = self._distances(network.features(photos, set(self.style_layers)), guide)
            shares = torch.stack([busy, 1 - busy]).clamp(min=LEAST_SHARE)
        self.register_buffer("photos_distances", (of_photos / shares).clamp(min=1e-12))
        self.photos_distances: Tensor

    def forward(self, painted: Tensor, photo: Tensor, lattice_share: float = 1.0) -> dict[str, Tensor]:
        """Each weighted term, and "total".

        painted, photo: (N, 3, H, W) float32, RGB in [0, 1]
        lattice_share:  how much of its weight the lattice has
        """
        with torch.no_grad():
            guide = self._guide(photo)
            wanted = {self.content_layer, *(self.style_layers if self.neighbours else ())}
            of_photo = self.network.features(photo, wanted)
            target = of_photo[self.content_layer]
        features = self.network.features(painted, {self.content_layer, *self.style_layers})
        terms = {
            "content": (features[self.content_layer].float() - target.float()).square().mean(),
            "style": (self._distances(features, guide) / self.photos_distances).sum(),
            "palette": self.palette(painted, photo, guide),
            "tv": total_variation_loss(painted),
            "lattice": lattice_loss(painted, photo) / self.variance,
            "neighbours": self.neighbours(features, of_photo) if self.neighbours else painted.new_zeros(()),
        }
        weights = {**self.weights, "lattice": lattice_share * self.weights["lattice"]}
        terms = {name: weights[name] * term for name, term in terms.items()}
        return {**terms, "total": sum(terms.values(), torch.zeros((), device=painted.device))}

    def _neighbours(self, style: Tensor, recipe: PaintingRecipe) -> NeighbourLoss:
        turns = [
            self.network.features(torch.rot90(style, k, (2, 3)), set(self.style_layers))
            for k in range(recipe.turns)
        ]
        grid = min(self.style_layers, key=lambda layer: abs(int(layer[4]) - PLACE_BLOCK))
        return NeighbourLoss(turns, grid, recipe.photo_share)

    def _guide(self, pictures: Tensor) -> Tensor:
        if self.guidance:
            return self.guidance(pictures)
        return torch.ones_like(F.avg_pool2d(pictures[:, :1], CELL))

    def _distances(self, features: dict[str, Tensor], guide: Tensor) -> Tensor:
        """The style loss of busy and of calm places, (2,), unweighted but for the layers' own weights."""
        parts = [
            weight * self.gram_losses[layer](features[layer], guide)
            for layer, weight in self.style_layers.items()
        ]
        return torch.stack(parts).sum(0)
