"""A model's inputs for one frame, put together in one place from what its ports ask for."""

from collections.abc import Mapping

import numpy as np

from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import MASK_GROUPS
from livebrush.realtime.engine.conditions import Conditions

Feeds = Mapping[str, np.ndarray]
ONE_REGION = np.zeros((1, 1, MASK_GROUPS), np.uint8)
"""masks for a frame that is one region"""


def feeds(model: StyleModel, padded: np.ndarray, conditions: Conditions) -> dict[str, np.ndarray]:
    """Everything that a model takes with a frame, but for its state: input name -> array.

    padded:     (H, W, 3) uint8, RGB, with margin and fill
    conditions: masks are of the padded frame; None is one region
    raises:     LivebrushError for a model that paints after a picture, where there is none
    """
    found = {"frames": np.ascontiguousarray(padded)[None]}
    for port in model.ports:
        if port == "style":
            found[port] = _weights(model, conditions)
        elif port == "masks":
            masks = ONE_REGION if conditions.masks is None else conditions.masks
            found[port] = np.ascontiguousarray(masks)[None]
        elif port == "style_picture":
            if conditions.style_picture is None:
                raise LivebrushError(f"{model.path.name} paints after a picture: name one", code="invalid")
            found[port] = np.ascontiguousarray(conditions.style_picture)[None]
        elif port == "palette":
            palette = np.empty((0, 3)) if conditions.palette is None else conditions.palette
            found[port] = np.ascontiguousarray(palette, np.float32)
    return found


def first_state(model: StyleModel, height: int, width: int) -> np.ndarray:
    """Zeros; free sizes of the state are named after the padded frame's N, H and W."""
    sizes = {"N": 1, "H": height, "W": width}
    return np.zeros([s if isinstance(s, int) else sizes.get(s, 1) for s in model.ports["state"]], np.float32)


def _weights(model: StyleModel, conditions: Conditions) -> np.ndarray:
    styles = len(model.metadata.styles)
    if conditions.weights is None:
        return np.eye(styles, dtype=np.float32)[0]
    if len(conditions.weights) != styles:
        raise LivebrushError(
            f"{model.path.name} holds {styles} styles, got {len(conditions.weights)} weights",
            code="invalid",
        )
    return np.asarray(conditions.weights, np.float32)
