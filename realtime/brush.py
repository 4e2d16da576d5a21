"""How much of a style, and whose colours: what happens to a frame after the net."""

from typing import Protocol

import cv2
import numpy as np

from models.errors import LivebrushError
from realtime.steadying import Steadier


class Stylizer(Protocol):
    def stylize(self, frame: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8, RGB -> the same."""
        ...


class Brush:
    """A style with the user's settings.

    strength:     0 = the frame itself, 1 = the style in full
    keep_colours: the painting's light and dark, the frame's own colours
    steady:       less flicker; each frame then needs the one before it, so they come one at a time and in order
    raises:       LivebrushError when the strength is outside 0..1
    """

    def __init__(
        self, style: Stylizer, strength: float = 1.0, keep_colours: bool = False, steady: bool = False
    ) -> None:
        if not 0 <= strength <= 1:
            raise LivebrushError(f"the strength is {strength:g}: it must be between 0 and 1")
        self.style, self.strength, self.keep_colours = style, strength, keep_colours
        self._steadier = Steadier() if steady else None

    def paint(self, frame: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8, RGB -> the same."""
        if self.strength == 0:
            return frame
        painted = self.style.stylize(frame)
        if self._steadier:
            painted = self._steadier.steady(frame, painted)
        return applied(painted, frame, self.strength, self.keep_colours)


def applied(painted: np.ndarray, frame: np.ndarray, strength: float, keep_colours: bool) -> np.ndarray:
    """A frame's painting as the user wants it; see `Brush`. All pictures: (H, W, 3) uint8, RGB."""
    if keep_colours:
        painted = with_colours_of(frame, painted)
    if strength < 1:
        painted = cv2.addWeighted(painted, strength, frame, 1 - strength, 0)
    return painted


def with_colours_of(frame: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """The painting's luma with the frame's chroma (Gatys et al. 2016, luminance-only transfer).

    frame, painted: (H, W, 3) uint8, RGB
    """
    colours = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)
    colours[..., 0] = cv2.cvtColor(painted, cv2.COLOR_RGB2YCrCb)[..., 0]
    return cv2.cvtColor(colours, cv2.COLOR_YCrCb2RGB)
