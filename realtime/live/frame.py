"""What travels from a source to the sinks."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture as the source delivered it.

    pixels:     (H, W, 3) uint8, RGB; never written to
    captured_s: when it was captured, on the monotonic clock
    number:     counts what the source delivered; a gap is a drop
    """

    pixels: np.ndarray
    captured_s: float
    number: int


@dataclass(frozen=True, slots=True)
class PaintedFrame:
    """A frame and its painting, of the same size.

    style:  the name of what is painted, "original" where nothing is
    net_s:  seconds that the net took
    """

    frame: Frame
    painted: np.ndarray
    style: str
    net_s: float
