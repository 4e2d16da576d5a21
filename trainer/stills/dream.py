"""Deep Dream: whatever a layer of the network sees in a photo, it shall see more of."""

import torch
from torch import Tensor

from livebrush.trainer.loss_networks.loss_network import LayeredNetwork
from livebrush.trainer.losses.total_variation import total_variation_loss
from livebrush.trainer.stills.objective import nearest_layers, with_gradient
from livebrush.trainer.stills.recipe import StillRecipe

JITTER = 32
"""pixels that the picture is moved by at most, or the layers' grid would show"""


class DreamObjective:
    """Loss and gradient of a still in which layers of the network are as active as can be.

    Each evaluation sees the picture moved by a random number of pixels. The loss is minus the mean square of the
    layers' features, divided by what the photo has of it. The gradient has a mean size of 1, so that a step changes a
    pixel by the recipe's rate on average.

    recipe:  style_layers are the layers to dream of, and their weights
    photo:   (1, 3, H, W) float32 RGB in [0, 1]
    source:  Mordvintsev et al. 2015, Inceptionism, and the notebook that they published
    """

    def __init__(self, network: LayeredNetwork, recipe: StillRecipe, photo: Tensor) -> None:
        self.network, self.recipe = network, recipe
        self.layers = nearest_layers(recipe.style_layers, network.layers)
        self._random = torch.Generator().manual_seed(photo.numel())
        with torch.no_grad():
            found = network.features(photo, set(self.layers))
            self._before = {
                layer: float(f.float().square().mean().clamp(min=1e-8)) for layer, f in found.items()
            }

    def evaluate(self, image: Tensor) -> tuple[dict[str, float], Tensor]:
        """As StillObjective.evaluate does."""
        down, right = torch.randint(-JITTER, JITTER + 1, (2,), generator=self._random).tolist()
        leaf = image.detach().requires_grad_()
        found = self.network.features(torch.roll(leaf, (down, right), (2, 3)), set(self.layers))
        active = [
            weight * found[layer].float().square().mean() / self._before[layer]
            for layer, weight in self.layers.items()
        ]
        terms = {"dream": -self.recipe.style_weight * torch.stack(active).sum()}
        terms["tv"] = self.recipe.tv_weight * total_variation_loss(leaf)
        values, gradient = with_gradient(leaf, terms)
        return values, gradient / gradient.abs().mean().clamp(min=1e-12)
