"""Neighbours: each place of a painting is held against the place of the style picture that is most like it.

Gram matrices say which features occur together anywhere in a picture, and what a place gets is a mean over all that
would do. A nearest place is one place: lines stay lines and flat paper stays flat.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.runs.parallel import own_draw

PLACES = 4096
"""of the style picture, that a place is compared with"""
LOOKED_AT = 768
"""places of each picture that a step looks at, drawn anew each time"""
AT_ONCE = 4096
"""places that are compared with all of the style's in one product"""
Features = Mapping[str, Tensor]
"""layer -> (N, C, h, w)"""


class StylePlaces:
    """Places of style pictures as descriptions: what all layers say of a place, one after the other, of length 1.

    rows:    layer -> (P, C), see `rows`
    weights: of the layers

    places:  (P, C of all layers together)
    """

    def __init__(self, rows: Mapping[str, Tensor], weights: Mapping[str, float]) -> None:
        self._means = {layer: rows[layer].mean(0) for layer in weights}
        # Every layer counts for its weight, however many channels it has and however large their values are
        self._scales = {
            layer: weight / (rows[layer] - self._means[layer]).square().sum(1).mean().sqrt().clamp(min=1e-6)
            for layer, weight in weights.items()
        }
        self.places = self.describe(rows)

    def describe(self, rows: Mapping[str, Tensor]) -> Tensor:
        """layer -> (P, C); returns: (P, C of all layers together), of length 1"""
        columns = [(rows[layer] - mean) * self._scales[layer] for layer, mean in self._means.items()]
        return F.normalize(torch.cat(columns, 1), dim=1)

    def nearest(self, wanted: Tensor) -> Tensor:
        """For each description the style's place that is most like it by the cosine: its number, (P,)."""
        if not len(wanted):
            return torch.zeros(0, dtype=torch.long, device=wanted.device)
        return torch.cat([(part @ self.places.T).argmax(1) for part in wanted.split(AT_ONCE)])


def rows(features: Features, size: tuple[int, int], chosen: Tensor) -> dict[str, Tensor]:
    """The chosen places of pictures, after all layers are brought to one size.

    size:    (height, width) in places
    chosen:  (P,), their numbers: picture by picture, row by row
    returns: layer -> (P, C) float32
    """
    return {
        layer: _at(f.float(), size).permute(0, 2, 3, 1).flatten(0, 2).index_select(0, chosen)
        for layer, f in features.items()
    }


def _at(features: Tensor, size: tuple[int, int]) -> Tensor:
    if features.shape[2:] == size:
        return features
    if features.shape[2] > size[0] or features.shape[3] > size[1]:
        return F.adaptive_avg_pool2d(features, size)
    return F.interpolate(features, size=size, mode="bilinear", align_corners=False)


class NeighbourLoss(nn.Module):
    """One minus the cosine between places of paintings and the style's places that are most like them, on average.

    style:       layer -> (1, C, h, w), once for each way that the style picture is turned
    grid:        the layer whose positions are the places
    photo_share: of the photo's own description of a place, in the choice
    forward:     features of paintings and of their photos at these layers -> scalar; 0 = all places are the style's
    source:      Kolkin et al. 2022, Neural Neighbor Style Transfer, of single pictures; here for a net, of places that
                 each step draws anew
    """

    def __init__(self, turns: list[dict[str, Tensor]], grid: str, photo_share: float) -> None:
        super().__init__()
        self.layers, self.grid, self.photo_share = list(turns[0]), grid, photo_share
        random = torch.Generator().manual_seed(0)
        parts = []
        for turned in turns:
            size = self._size(turned)
            kept = torch.randperm(size[0] * size[1], generator=random)[: PLACES // len(turns)]
            parts.append(rows(turned, size, kept.to(turned[grid].device)))
        together = {layer: torch.cat([part[layer] for part in parts]) for layer in self.layers}
        self.style = StylePlaces(together, dict.fromkeys(self.layers, 1.0))

    def forward(self, painted: Features, photo: Features) -> Tensor:
        size, count = self._size(painted), len(painted[self.grid])
        per_picture = size[0] * size[1]
        drawn = (own_draw(torch.rand, count, LOOKED_AT) * per_picture).long().clamp(max=per_picture - 1)
        first = per_picture * torch.arange(count)[:, None]
        chosen = (first + drawn).flatten().to(painted[self.grid].device)
        described = self.style.describe(rows(self._own(painted), size, chosen))
        with torch.no_grad():
            of_photo = self.style.describe(rows(self._own(photo), size, chosen))
            nearest = self.style.nearest(torch.lerp(described, of_photo, self.photo_share))
        return 1 - (described * self.style.places[nearest]).sum(1).mean()

    def _own(self, features: Features) -> Features:
        return {layer: features[layer] for layer in self.layers}

    def _size(self, features: Features) -> tuple[int, int]:
        height, width = features[self.grid].shape[2:]
        return height, width
