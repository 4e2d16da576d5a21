"""What a frame is painted with: one style, a blend of some, or styles of regions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from livebrush.models.assignment import Styles
from livebrush.models.catalogue import Choice, is_any_picture_net
from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import ALL
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.engine import Engine


@dataclass(frozen=True, eq=False)
class Layer:
    """One style of a painting.

    engine:     the loaded model
    conditions: values for its optional inputs
    share:      of the blend, above 0; where the shares of the layers of a region sum to less than 1, the rest is the
                frame
    region:     that it paints, a word of `livebrush.models.regions.PAINTED`
    """

    engine: Engine
    conditions: Conditions = field(default_factory=Conditions)
    share: float = 1.0
    region: str = ALL


def layer_of(choice: Choice, engine: Engine, masks: np.ndarray | None = None, region: str = ALL) -> Layer:
    """A style as a layer of a painting.

    engine: with the model of the choice
    masks:  see `Conditions`
    region: see `Layer`
    raises: LivebrushError for a model that paints after a picture: `livebrush.realtime.made` makes a style of the two
    """
    if choice.model.takes_picture:
        file = choice.model.path.name
        how = "name the picture itself" if is_any_picture_net(choice.model) else f"name it as {file}:PICTURE"
        raise LivebrushError(f"{file} paints after a picture: {how}", code="invalid")
    styles = len(choice.model.metadata.styles)
    weights = tuple(float(style == choice.style) for style in range(styles)) if styles > 1 else None
    return Layer(engine, Conditions(weights, masks), region=region)


def layers_of(
    styles: Styles, engine_of: Callable[[StyleModel], Engine], masks: np.ndarray | None = None
) -> tuple[Layer, ...]:
    """All layers of what a user asked for, each of a region of its own.

    engine_of: asked for the engine of each model
    raises:    LivebrushError when persons are to be found, and the net for that is missing or damaged
    """
    layers = tuple(
        layer_of(choice, engine_of(choice.model), masks, region) for region, choice in styles.parts
    )
    if any(layer.region != ALL for layer in layers):
        layers[0].engine.person_finder()  # kept for all streams
    return layers


def painting(layers: Sequence[Layer], region: str) -> list[Layer]:
    """Those of some layers that paint a region, restricted to it: all else stays as it is."""
    if region == ALL:
        return list(layers)
    return [replace(layer, region=region) for layer in layers if layer.region in (ALL, region)]
