"""What a frame is painted with besides the model: weights, masks, a picture, colours."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


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
