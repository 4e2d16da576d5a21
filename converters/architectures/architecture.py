"""What a file in this folder says of an architecture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from livebrush.converters.checkpoints.checkpoint import Checkpoint

Tensors = Mapping[str, np.ndarray]


class ForeignNet(nn.Module):
    """Another project's net as (N, 3, H, W) float32 RGB in [0, 1] to the same; values beyond are clipped later.

    multiple: H and W must divide by it
    """

    multiple = 4
    margin = 0

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers
        mirrored = [max(part.padding) for part in layers.modules() if isinstance(part, nn.ReflectionPad2d)]
        while 8 * self.multiple <= max(
            mirrored, default=0
        ):  # the smallest picture that an export is tried with
            self.multiple *= 2

    def forward(self, photo: Tensor) -> Tensor:
        return self.layers(photo)

    def folded(self) -> nn.Module:
        return self


@dataclass(frozen=True)
class Architecture:
    """One kind of net.

    name:   of the project that trains such nets, as its address says it
    holds:  whether a checkpoint is of this kind, by its keys and shapes
    load:   the net with a checkpoint's weights, or with those of several
    files:  how many checkpoints make one net
    styled: whether it needs a style picture, which `load` is then given: (3, H, W) float32 RGB in [0, 1]
    """

    name: str
    holds: Callable[[Checkpoint], bool]
    load: Callable[..., ForeignNet]
    files: int = 1
    styled: bool = False
