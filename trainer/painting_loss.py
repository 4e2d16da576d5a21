"""What a painting net is trained to make small: content, style and total variation, against one painting."""

import torch
from torch import Tensor, nn

from trainer.loss_networks.loss_network import LayeredNetwork, nearest_layer
from trainer.losses.gram import GramLoss
from trainer.losses.lattice import lattice_loss
from trainer.losses.total_variation import total_variation_loss
from trainer.recipe import PaintingRecipe

MILLION = 1e6
"""what losses are told in: with VGG's weights by Oxford they run into millions"""


class PaintingLoss(nn.Module):
    """The weighted losses of Johnson et al. 2016, section 3, absolute, as the field runs them.

    Features are those of pictures in 0..255, so that weights mean what they mean elsewhere (content 7.5, style 100,
    total variation 200 in the nets of Engstrom 2016). All terms are in millions.

    style: (1, 3, H, W) float32, RGB in [0, 1], the painting at the recipe's style size
    """

    def __init__(self, network: LayeredNetwork, style: Tensor, recipe: PaintingRecipe) -> None:
        super().__init__()
        self.network = network
        self.weights = {
            "content": recipe.content_weight / MILLION,
            "style": recipe.style_weight / MILLION,
            "tv": recipe.tv_weight * 255**2 / MILLION,
            "lattice": recipe.lattice_weight,
        }
        self.content_layer = nearest_layer(recipe.content_layer, network.layers)
        named = zip(recipe.style_layers, recipe.layer_weights, strict=True)
        self.style_layers = {nearest_layer(layer, network.layers): weight for layer, weight in named}
        # The unit of what is measured in pixels, so that it counts alike for pale and for garish paintings
        self.variance = float(torch.var(style, dim=(2, 3)).mean().clamp(min=1e-4))
        with torch.no_grad():
            targets = network.features(style, set(self.style_layers))
        self.gram_losses = nn.ModuleDict({layer: GramLoss(targets[layer]) for layer in targets})

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
            "style": sum(
                (
                    weight * self.gram_losses[layer](features[layer])
                    for layer, weight in self.style_layers.items()
                ),
                torch.zeros((), device=painted.device),
            ),
            "tv": total_variation_loss(painted),
            "lattice": lattice_loss(painted, photo) / self.variance,
        }
        weights = {**self.weights, "lattice": lattice_share * self.weights["lattice"]}
        terms = {name: weights[name] * term for name, term in terms.items()}
        return {**terms, "total": sum(terms.values(), torch.zeros((), device=painted.device))}
