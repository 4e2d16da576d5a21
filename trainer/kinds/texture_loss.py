"""What a texture net is trained to make small: how unlike its pictures are to those of one texture."""

import torch
from torch import Tensor, nn

from livebrush.trainer.kinds.texture_recipe import TextureRecipe
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, nearest_layer
from livebrush.trainer.losses.gram import gram_matrix
from livebrush.trainer.losses.neighbours import NeighbourLoss

PLACE_BLOCK = 3
"""of VGG19, whose positions, four pixels each, are the places that are compared"""


class TextureLoss(nn.Module):
    """Gram matrices (Gatys et al. 2015, Texture Synthesis) and nearest places, of pictures without a photo.

    Gram matrices have all of the texture's features occur, each as often as there; nearest places have those that
    belong together meet in one place.

    style: (1, 3, H, W) float32, RGB in [0, 1], the texture's picture at the recipe's size
    """

    def __init__(self, network: LayeredNetwork, style: Tensor, recipe: TextureRecipe) -> None:
        super().__init__()
        self.network, self.recipe = network, recipe
        named = zip(recipe.style_layers, recipe.layer_weights, strict=True)
        self.layers = {nearest_layer(layer, network.layers): weight for layer, weight in named}
        with torch.no_grad():
            grams = {layer: _gram(f) for layer, f in network.features(style, set(self.layers)).items()}
            whole = sum(weight * float(grams[layer].square().mean()) for layer, weight in self.layers.items())
            self.neighbours = self._neighbours(style) if recipe.neighbour_weight else None
        self.grams, self.whole = grams, max(whole, 1e-12)

    def forward(self, made: Tensor) -> dict[str, Tensor]:
        """Each weighted term, and "total". made: (N, 3, H, W) float32, RGB in [0, 1]"""
        features = self.network.features(made, set(self.layers))
        distances = [
            weight * (_gram(features[layer]) - self.grams[layer]).square().mean()
            for layer, weight in self.layers.items()
        ]
        terms = {
            "style": self.recipe.style_weight * sum(distances, made.new_zeros(())) / self.whole,
            "neighbours": self.recipe.neighbour_weight * self.neighbours(features, features)
            if self.neighbours
            else made.new_zeros(()),
        }
        return {**terms, "total": sum(terms.values(), made.new_zeros(()))}

    def _neighbours(self, style: Tensor) -> NeighbourLoss:
        # Not turned: the grain of wood and the rows of bricks run one way
        grid = min(self.layers, key=lambda layer: abs(int(layer[4]) - PLACE_BLOCK))
        return NeighbourLoss([self.network.features(style, set(self.layers))], grid, photo_share=0)


def _gram(features: Tensor) -> Tensor:
    return gram_matrix(features) / features.shape[1]
