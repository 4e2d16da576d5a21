"""Neural neighbours: every place of the still is drawn towards the place of the style that is most like it."""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.loss_networks.loss_network import LayeredNetwork
from livebrush.trainer.losses.neighbours import Features, StylePlaces, rows
from livebrush.trainer.losses.total_variation import total_variation_loss
from livebrush.trainer.stills.free_memory import give_back_free_memory
from livebrush.trainer.stills.objective import Region, StyleSource, nearest_layers, with_gradient
from livebrush.trainer.stills.recipe import StillRecipe
from livebrush.trainer.stills.region_masks import stride_of
from livebrush.trainer.stills.tiles import Tile, cut, pad

STRIDE = 4
"""pixels that a place stands for; layers are brought to it"""
PLACES = 6000
"""of a region's styles: as many of them as are compared with; in all there are four times a picture's"""
REMATCHED_EVERY = 10
"""evaluations, after which each place looks again for the one that is most like it"""


class NeighbourObjective:
    """Loss and gradient of a still whose places copy a style's, whatever its size.

    A place's description is what all layers say of it, one after the other. A place of the still is compared with the
    style's by the cosine between the descriptions; the photo's own description of the place has a share in the choice,
    content_weight of content_weight + style_weight. The loss is one minus the cosine to the chosen place, on average.

    network: the loss network
    recipe:  layers and weights
    photo:   (1, 3, H, W) float32 RGB in [0, 1]; None synthesises texture
    regions: where their masks overlap, a place belongs to the strongest
    size:    (height, width) of the still
    tile:    side of the tiles that are worked on at a time, pixels; 0: all at once
    source:  Kolkin et al. 2022, Neural Neighbor Style Transfer; theirs has VGG16, we choose among fewer places
    """

    def __init__(
        self,
        network: LayeredNetwork,
        recipe: StillRecipe,
        photo: Tensor | None,
        regions: Sequence[Region],
        size: tuple[int, int],
        tile: int = 0,
    ) -> None:
        self.network, self.recipe, self.photo = network, recipe, photo
        self.layers = nearest_layers(recipe.style_layers, network.layers)
        self.tiles = cut(*size, recipe.margin, tile)
        with torch.no_grad():
            self._styles = [self._places_of(region.styles) for region in regions]
        self._region_of = _strongest(regions, size)
        self._chosen: list[list[tuple[Tensor, Tensor]]] = []
        self._evaluations = 0

    def evaluate(self, image: Tensor) -> tuple[dict[str, float], Tensor]:
        """As StillObjective.evaluate does."""
        if self._evaluations % REMATCHED_EVERY == 0:
            self._choose(image)
        self._evaluations += 1
        leaf = image.detach().requires_grad_()
        padded = pad(leaf, self.recipe.margin)
        whole = padded.detach()
        gradient, style = torch.zeros_like(whole), whole.new_zeros(())
        for index, tile in self._tile_by_tile():
            x = tile.look(whole).clone().requires_grad_()
            loss = self._style_loss(x, tile, index)
            tile.look(gradient).add_(torch.autograd.grad(loss, x)[0])
            style += loss.detach()
        padded.backward(gradient)
        terms = {"tv": self.recipe.tv_weight * total_variation_loss(leaf)}
        return with_gradient(leaf, terms, {"style": style})

    def _style_loss(self, look: Tensor, tile: Tile, index: int) -> Tensor:
        """This tile's part of the loss."""
        features, size = self._features(look, tile)
        places = self._region_of.numel()
        total = look.new_zeros(())
        for style, (inside, chosen) in zip(self._styles, self._chosen[index], strict=True):
            if len(inside):
                described = style.describe(rows(features, size, inside))
                total = total + (1 - (described * style.places[chosen]).sum(1)).sum() / places
        return self.recipe.style_weight * total

    @torch.no_grad()
    def _choose(self, image: Tensor) -> None:
        """For each region of each tile: its places, and the style's places that they are drawn towards."""
        share = self.recipe.content_weight / (self.recipe.content_weight + self.recipe.style_weight)
        padded = pad(image, self.recipe.margin)
        photo = None if self.photo is None else pad(self.photo, self.recipe.margin)
        self._chosen = []
        for _, tile in self._tile_by_tile():
            own, size = self._features(tile.look(padded), tile)
            of_photo = None if photo is None else self._features(tile.look(photo), tile)[0]
            region_of = tile.of_picture(self._region_of, self.recipe.margin, STRIDE).flatten()
            of_tile = []
            for number, style in enumerate(self._styles):
                inside = (region_of == number).nonzero()[:, 0]
                wanted = style.describe(rows(own, size, inside))
                if of_photo is not None:
                    wanted = torch.lerp(wanted, style.describe(rows(of_photo, size, inside)), share)
                of_tile.append((inside, style.nearest(wanted)))
            self._chosen.append(of_tile)

    def _features(self, look: Tensor, tile: Tile) -> tuple[Features, tuple[int, int]]:
        """The tile's own features at all layers, and how many rows and columns of places they are of."""
        found = self.network.features(look, set(self.layers))
        height, width = (span.own.stop - span.own.start for span in (tile.rows, tile.columns))
        own = {layer: tile.own_features(found[layer], stride_of(layer)) for layer in self.layers}
        return own, (height // STRIDE, width // STRIDE)

    def _places_of(self, styles: Sequence[StyleSource]) -> StylePlaces:
        """PLACES at most: of each style as many as its weight says, turned by 0, 90, 180 and 270 degrees."""
        random, total = torch.Generator().manual_seed(0), sum(style.weight for style in styles)
        parts = []
        for style in styles:
            for turns in range(4):
                pixels = torch.rot90(style.pixels, turns, (2, 3))
                (tile,) = cut(pixels.shape[2], pixels.shape[3], self.recipe.margin)
                features, size = self._features(pad(pixels, self.recipe.margin), tile)
                inside = _inside(style.mask, turns, size)
                wanted = max(1, round(PLACES * style.weight / total / 4))
                kept = inside[torch.randperm(len(inside), generator=random)[:wanted]]
                parts.append(rows(features, size, kept.to(pixels.device)))
        return StylePlaces(
            {layer: torch.cat([part[layer] for part in parts]) for layer in self.layers}, self.layers
        )

    def _tile_by_tile(self) -> Iterator[tuple[int, Tile]]:
        yield from enumerate(self.tiles)
        if len(self.tiles) > 1:
            give_back_free_memory()


def _inside(mask: Tensor | None, turns: int, size: tuple[int, int]) -> Tensor:
    """The numbers of a style's places; of those in its mask, where it has one and they are some."""
    everywhere = torch.arange(size[0] * size[1])
    if mask is None:
        return everywhere
    turned = F.interpolate(torch.rot90(mask, turns, (2, 3)), size=size, mode="area").flatten().cpu()
    chosen = (turned > 0.5).nonzero()[:, 0]
    return chosen if len(chosen) else everywhere


def _strongest(regions: Sequence[Region], size: tuple[int, int]) -> Tensor:
    """(1, 1, h, w): for each place of the still, the number of the region that it belongs to."""
    places = (size[0] // STRIDE, size[1] // STRIDE)
    device = regions[0].styles[0].pixels.device
    strengths = [
        torch.ones(1, 1, *places, device=device) if region.mask is None
        else F.interpolate(region.mask, size=places, mode="area")
        for region in regions
    ]  # fmt: skip
    return torch.cat(strengths, 1).argmax(1, keepdim=True)
