"""What a frame is painted with, beside the model: weights, masks, a picture, colours."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from livebrush.models.catalogue import Choice

if TYPE_CHECKING:
    from livebrush.realtime.engine.engine import Engine


@dataclass(frozen=True, eq=False)
class Conditions:
    """One value for each port that a model may have; those of ports that it lacks are not looked at.

    weights:       of the file's styles, which make 1; None: the first style alone
    masks:         (h, w, 10) uint8 of any size, the regions of the frame; None: found
    style_picture: (h, w, 3) uint8 RGB, the painting to paint after
    palette:       (K, 3) float32 RGB levels, the colours to keep to; None: free
    """

    weights: Sequence[float] | None = None
    masks: np.ndarray | None = None
    style_picture: np.ndarray | None = None
    palette: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Layer:
    """One style's part in a painting. share: of a blend, above 0; the shares of a painting make 1"""

    engine: "Engine"
    conditions: Conditions = field(default_factory=Conditions)
    share: float = 1.0


def layer_of(choice: Choice, engine: "Engine", masks: np.ndarray | None = None) -> Layer:
    """A style as all of a painting. engine: has the choice's model; masks: see `Conditions`"""
    styles = len(choice.model.metadata.styles)
    weights = tuple(float(style == choice.style) for style in range(styles)) if styles > 1 else None
    return Layer(engine, Conditions(weights=weights, masks=masks))
