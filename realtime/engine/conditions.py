"""What a frame is painted with besides the model: weights, masks, a picture, colours."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from livebrush.models.catalogue import Choice

if TYPE_CHECKING:
    from livebrush.realtime.engine.engine import Engine


@dataclass(frozen=True, eq=False)
class Conditions:
    """Values for the optional inputs (ports) of a model. Inputs that a model does not have are ignored.

    weights:       one for each style of the file, with sum 1; None: only the first style
    masks:         (h, w, 10) uint8 of any size, the regions of the frame; None: they are found
    style_picture: (h, w, 3) uint8, RGB, the painting whose style is used
    palette:       (K, 3) float32, RGB levels 0 to 255 of the colours to use; None: all colours
    """

    weights: Sequence[float] | None = None
    masks: np.ndarray | None = None
    style_picture: np.ndarray | None = None
    palette: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Layer:
    """One style of a blend.

    engine:     the loaded model
    conditions: values for its optional inputs
    share:      of the blend, above 0; the shares of all layers sum to 1
    """

    engine: "Engine"
    conditions: Conditions = field(default_factory=Conditions)
    share: float = 1.0


def layer_of(choice: Choice, engine: "Engine", masks: np.ndarray | None = None) -> Layer:
    """A style as the only layer of a painting.

    engine: with the model of the choice
    masks:  see `Conditions`
    raises: LivebrushError where the style paints after a picture, and none is named or it cannot be read
    """
    from livebrush.realtime.engine.style_picture import style_picture_of

    styles = len(choice.model.metadata.styles)
    weights = tuple(float(style == choice.style) for style in range(styles)) if styles > 1 else None
    return Layer(engine, Conditions(weights, masks, style_picture_of(choice)))
