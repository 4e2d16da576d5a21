"""What the look of a style model loses in fewer bits: style and content, in the features of the loss network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livebrush.converters.likeness import Painter

if TYPE_CHECKING:
    from torch import Tensor

    from livebrush.trainer.loss_networks.loss_network import LayeredNetwork

STYLE_LAYERS = {f"relu{block}_1" for block in range(1, 6)}
CONTENT_LAYER = "relu4_2"
_LEAST = 1e-12
NOT_MEASURED = "not measured: that takes PyTorch, the extra 'train'"


@dataclass(frozen=True)
class LookKept:
    """Of paintings of some frames, against those of the model before.

    style:   share of the style that is kept. How far a painting's Gram matrices moved is taken relative to how far they
             had come from the frame's own, layer by layer, and averaged: 1 = the same statistics, 0 = moved as far as
             the frame itself is away
    content: the content loss of paintings against their frames, divided by that of before
    painting_style: the style loss against the painting, divided by that of before; None where there is no painting
    frames:  how many
    source:  the losses of Johnson et al. 2016, section 3
    """

    style: float
    content: float
    painting_style: float | None
    frames: int

    def __str__(self) -> str:
        style = "" if self.painting_style is None else f"style loss {self.painting_style:.2f} times, "
        frames = "1 frame" if self.frames == 1 else f"{self.frames} frames"
        return f"{self.style:.1%} of the style kept, {style}content loss {self.content:.2f} times ({frames})"


def look_kept(
    before: Painter, after: Painter, frames: Sequence[np.ndarray], painting: np.ndarray | None = None
) -> LookKept | None:
    """frames:   (H, W, 3) uint8 RGB, of sizes that the models take
    painting: (H, W, 3) uint8 RGB, the one that they paint after, where it is known
    returns:  None where PyTorch is not installed
    """
    try:
        from livebrush.trainer.loss_networks.loss_network import load_loss_network
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "safetensors"):
            raise
        return None
    from livebrush.models.catalogue import packaged_folder
    from livebrush.trainer.loss_networks.loss_files import SHIPPED

    network = load_loss_network([packaged_folder() / SHIPPED])
    target = None if painting is None else _features(network, painting)[0]
    moved: list[float] = []
    content, style = np.zeros(2), np.zeros(2)
    for frame in frames:
        own, first, second = (_features(network, one) for one in (frame, before(frame), after(frame)))
        moved += [
            float((second[0][layer] - gram).norm() / (own[0][layer] - gram).norm().clamp(min=_LEAST))
            for layer, gram in first[0].items()
        ]
        content += [float((one[1] - own[1]).square().mean()) for one in (first, second)]
        if target is not None:
            style += [_style_loss(one[0], target) for one in (first, second)]
    return LookKept(
        max(0.0, 1 - float(np.mean(moved))),
        _times(content),
        None if target is None else _times(style),
        len(frames),
    )


def _features(network: "LayeredNetwork", picture: np.ndarray) -> "tuple[dict[str, Tensor], Tensor]":
    """Gram matrices by layer, and the features of the content layer."""
    import torch

    from livebrush.trainer.losses.gram import gram_matrix

    pixels = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        found = network.features(pixels, {*STYLE_LAYERS, CONTENT_LAYER})
    grams = {name: gram_matrix(found[name]) / found[name].shape[1] for name in sorted(STYLE_LAYERS)}
    return grams, found[CONTENT_LAYER]


def _style_loss(grams: "Mapping[str, Tensor]", target: "Mapping[str, Tensor]") -> float:
    return sum(float((gram - target[layer]).square().mean()) for layer, gram in grams.items())


def _times(losses: np.ndarray) -> float:
    """Those after, as a multiple of those before."""
    before, after = np.maximum(losses, _LEAST)
    return float(after / before)
