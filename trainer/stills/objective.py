"""What a still is optimised for: its losses and their gradient, over the whole picture or tile by tile."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, nearest_layer
from livebrush.trainer.losses.gram import SelfProduct, positions
from livebrush.trainer.losses.matting import MattingLaplacian
from livebrush.trainer.losses.total_variation import total_variation_loss, total_variation_sum
from livebrush.trainer.stills.free_memory import give_back_free_memory
from livebrush.trainer.stills.recipe import StillRecipe
from livebrush.trainer.stills.region_masks import mask_at_layers, stride_of
from livebrush.trainer.stills.tiles import Tile, cut, pad

GIVEN_BACK_AFTER = 8
"""tiles that give back their memory together: each by itself would take more time, all at once more memory"""
Sums = dict[tuple[int, str], Tensor]
"""(region, layer) -> (C, C), the products of features, summed over the region: they add up over tiles"""


@dataclass(frozen=True)
class StyleSource:
    """A picture that a style is taken from.

    pixels:   (1, 3, H, W), in proportion to the still, but not larger than it was
    mask:     (1, 1, H, W), where on it the style is; None for everywhere
    weight:   among others
    short_by: how many times as large it would have to be, to be in proportion
    """

    pixels: Tensor
    mask: Tensor | None = None
    weight: float = 1.0
    short_by: float = 1.0


@dataclass(frozen=True)
class Region:
    """A part of the still, (1, 1, H, W) in 0..1 or everywhere, and its styles: their Gram matrices are averaged."""

    styles: Sequence[StyleSource]
    mask: Tensor | None = None


class StillObjective:
    """Loss and gradient of a still, whatever its size.

    network: the loss network
    recipe:  layers and weights
    photo:   (1, 3, H, W) float32 RGB in [0, 1], whose content is kept; None synthesises texture
    regions: their masks have the photo's size
    size:    (height, width) of the still
    tile:    side of the tiles that are worked on at a time, pixels; 0: all at once
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
        self.network, self.recipe = network, recipe
        self.style_layers = nearest_layers(recipe.style_layers, network.layers)
        self.content_layers: dict[str, float] = {}
        if photo is not None:
            self.content_layers = nearest_layers(recipe.content_layers, network.content_layers)
        self.tiles = cut(*size, recipe.margin, tile)
        self.affine_share = 1.0
        with torch.no_grad():
            self._masks = [self._mask(region.mask) for region in regions]
            self._shares = [1.0 if r.mask is None else float(r.mask.mean()) for r in regions]
            self._counts = {
                (k, layer): float(mask.sum()) if mask is not None else _positions(size, layer)
                for k, masks in enumerate(self._masks)
                for layer, mask in masks.items()
            }
            self._grams = {
                (k, layer): gram
                for k, region in enumerate(regions)
                for layer, gram in self._target(region, tile).items()
            }
            self._photo_features = (
                [] if photo is None else [self._content_of(photo, tile) for tile in self.tiles]
            )
            self._photo_energy = self._energies()
        self._matting = MattingLaplacian(photo) if recipe.affine_weight and photo is not None else None

    def evaluate(self, image: Tensor) -> tuple[dict[str, float], Tensor]:
        """Every weighted loss, and "total"; and the gradient of the total, as large as the image.

        image: (1, 3, H, W) float32, RGB around [0, 1]
        """
        leaf = image.detach().requires_grad_()
        terms = self._network_terms(leaf)
        own = self._pixel_terms(leaf)
        return with_gradient(leaf, own, terms)

    def _network_terms(self, leaf: Tensor) -> dict[str, Tensor]:
        """The losses that the network sees; their gradient is added to the leaf's."""
        padded = pad(leaf, self.recipe.margin)
        if len(self.tiles) == 1:
            features = self._features(padded, self.tiles[0])
            terms = {"style": self._style_loss(self._sums(features, self.tiles[0]))}
            if self.content_layers:
                terms["content"] = self._content_loss(features, 0)
            torch.stack(list(terms.values())).sum().backward()
            return terms
        whole = padded.detach()
        terms, gradients = self._whole_style(whole)
        gradient = torch.zeros_like(whole)
        for index, tile in self._tile_by_tile():
            x = tile.look(whole).clone().requires_grad_()
            features = self._features(x, tile)
            shares = [(gradients[key] * sums).sum() for key, sums in self._sums(features, tile).items()]
            share = torch.stack(shares).sum()
            if self.content_layers:
                content = self._content_loss(features, index)
                terms["content"] = terms.get("content", 0.0) + content.detach()
                share = share + content
            tile.look(gradient).add_(torch.autograd.grad(share, x)[0])
        padded.backward(gradient)
        give_back_free_memory()
        return terms

    @torch.no_grad()
    def _whole_style(self, whole: Tensor) -> tuple[dict[str, Tensor], Sums]:
        """The style loss of all tiles together, and its gradient by their sums, which is the same for every tile."""
        totals: Sums = {}
        for _, tile in self._tile_by_tile():
            for key, sums in self._sums(self._features(tile.look(whole), tile), tile).items():
                totals[key] = totals[key] + sums if key in totals else sums
        with torch.enable_grad():
            leaves = {key: sums.requires_grad_() for key, sums in totals.items()}
            style = self._style_loss(leaves)
            gradients = torch.autograd.grad(style, list(leaves.values()))
        return {"style": style.detach()}, dict(zip(leaves, gradients, strict=True))

    def _tile_by_tile(self) -> Iterator[tuple[int, Tile]]:
        """All tiles, numbered; what those before no longer need goes back to the system on the way."""
        for index, tile in enumerate(self.tiles):
            yield index, tile
            if index % GIVEN_BACK_AFTER == 0:
                give_back_free_memory()

    def _features(self, look: Tensor, tile: Tile) -> dict[str, Tensor]:
        """The tile's own features at all layers of the losses."""
        found = self.network.features(look, {*self.style_layers, *self.content_layers})
        return {layer: tile.own_features(f, stride_of(layer)) for layer, f in found.items()}

    def _sums(self, features: Mapping[str, Tensor], tile: Tile) -> Sums:
        return {
            (k, layer): self._products(features, tile, layer, mask)
            for k, masks in enumerate(self._masks)
            for layer, mask in masks.items()
        }

    def _products(
        self, features: Mapping[str, Tensor], tile: Tile, layer: str, mask: Tensor | None
    ) -> Tensor:
        part = None if mask is None else tile.of_picture(mask, self.recipe.margin, stride_of(layer))
        return products(features[layer], part)

    def _style_loss(self, sums: Sums) -> Tensor:
        """Squared distance of each region's Gram matrix to its target's, weighted by the region's area."""
        total = next(iter(sums.values())).new_zeros(())
        for (k, layer), summed in sums.items():
            target = self._grams[k, layer]
            distance = (summed / max(self._counts[k, layer], 1e-3) - target).square()
            if self.recipe.scale == "relative":
                loss = distance.sum() / target.square().sum().clamp(min=1e-8)
            else:
                loss = distance.sum() if self.recipe.scale == "sum" else distance.mean()
            total = total + self.style_layers[layer] * self._shares[k] * loss
        return self.recipe.style_weight * total

    def _content_loss(self, features: Mapping[str, Tensor], index: int) -> Tensor:
        """This tile's part of the content loss."""
        total = torch.zeros(())
        for layer, weight in self.content_layers.items():
            error = (features[layer] - self._photo_features[index][layer]).float().square().sum()
            total = total + weight * error / self._photo_energy[layer]
        return self.recipe.content_weight * total

    def _pixel_terms(self, leaf: Tensor) -> dict[str, Tensor]:
        if self.recipe.scale == "sum":
            variation = total_variation_sum(leaf, self.recipe.tv_power)
        else:
            variation = total_variation_loss(leaf)
        terms = {"tv": self.recipe.tv_weight * variation}
        if self._matting:
            pixels = leaf.shape[2] * leaf.shape[3]
            energy = self._matting.energy(leaf).sum() / pixels
            terms["affine"] = self.recipe.affine_weight * self.affine_share * energy
        return terms

    def _mask(self, mask: Tensor | None) -> dict[str, Tensor | None]:
        if mask is None:
            return dict.fromkeys(self.style_layers)
        return {**mask_at_layers(mask, set(self.style_layers))}

    def _target(self, region: Region, side: int) -> dict[str, Tensor]:
        """The weighted mean of the styles' Gram matrices at each layer; side: of the tiles, 0 for none."""
        weight = sum(style.weight for style in region.styles)
        grams: dict[str, Tensor] = {}
        for style in region.styles:
            height, width = style.pixels.shape[2:]
            padded, masks = pad(style.pixels, self.recipe.margin), self._mask(style.mask)
            for tile in cut(height, width, self.recipe.margin, side):
                features = self._features(tile.look(padded), tile)
                for layer, mask in masks.items():
                    count = _positions((height, width), layer) if mask is None else float(mask.sum())
                    share = style.weight / weight / max(count, 1e-3)
                    gram = share * self._products(features, tile, layer, mask)
                    grams[layer] = grams[layer] + gram if layer in grams else gram
        return grams

    def _content_of(self, photo: Tensor, tile: Tile) -> dict[str, Tensor]:
        found = self.network.features(tile.look(pad(photo, self.recipe.margin)), set(self.content_layers))
        return {layer: tile.own_features(f, stride_of(layer)).clone() for layer, f in found.items()}

    def _energies(self) -> dict[str, float]:
        """What a squared feature error is divided by: the photo's own energy, the number of features, or nothing."""
        if self.recipe.scale == "sum":
            return dict.fromkeys(self.content_layers, 1.0)
        energies: dict[str, float] = {}
        for layer in self.content_layers:
            parts = [features[layer].float() for features in self._photo_features]
            if self.recipe.scale == "relative":
                size = float(sum(part.square().sum() for part in parts))
            else:
                size = float(sum(part.numel() for part in parts))
            energies[layer] = max(size, 1e-8)
        return energies


def with_gradient(
    leaf: Tensor, terms: Mapping[str, Tensor], done: Mapping[str, Tensor] | None = None
) -> tuple[dict[str, float], Tensor]:
    """What an objective tells of a picture: every loss, and "total"; and the gradient of the total by the picture.

    terms: losses of the leaf; done: others, whose gradient it has already
    """
    torch.stack(list(terms.values())).sum().backward()
    assert leaf.grad is not None
    values = {name: float(term.detach()) for name, term in {**(done or {}), **terms}.items()}
    return {**values, "total": sum(values.values())}, leaf.grad


def products(features: Tensor, mask: Tensor | None) -> Tensor:
    """The products of features with each other, summed over a region.

    features: (1, C, H, W); mask: (1, 1, H, W) or None for everywhere
    returns:  (C, C) float32; divided by the mask's sum it is the Gram matrix, whatever the mask's softness
    source:   Luan et al. 2017, eq. 4; they multiply features by the mask itself, which is the same where it is 0 or 1
    """
    rows = positions(features)[0]
    if mask is not None:
        weights = mask.flatten()
        inside = weights.nonzero()[:, 0]  # all regions together cost little more than the whole picture
        rows = rows.index_select(0, inside) * weights[inside, None].sqrt().to(rows.dtype)
    return SelfProduct.apply(rows[None])[0].float()


def nearest_layers(wanted: Mapping[str, float], layers: frozenset[str]) -> dict[str, float]:
    """The wanted layers, or where there are none the deepest before (relu3_4 for relu4_2), and their weights."""
    found: dict[str, float] = {}
    for layer, weight in wanted.items():
        nearest = nearest_layer(layer, layers)
        found[nearest] = found.get(nearest, 0.0) + weight
    return found


def _positions(size: tuple[int, int], layer: str) -> float:
    stride = stride_of(layer)
    return float((size[0] // stride) * (size[1] // stride))
