"""Strength, stroke width and colours: what happens to a frame before and after the net."""

from dataclasses import dataclass

import cv2
import numpy as np

from livebrush.models.assignment import Styles
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.guided_upsample import Doubled, guided_upsample

STROKE_LINES = 480
"""short side of the frame that a stroke of 1 refers to: on larger frames the net's own strokes look like dots"""


@dataclass(frozen=True)
class Finish:
    """The user's settings for a painting.

    strength:     0 to 1: 0 is the frame itself, 1 the style in full
    keep_colours: brightness of the painting, colours of the frame
    steady:       less flicker. Each frame then needs the one before, so frames are painted one at a time and in order
    stroke:       width of the strokes, above 0: 1 as on a frame of 480 lines, 2 twice as broad; None: as the net paints
                  the frame at its own size, for a style without strokes
    raises:       LivebrushError if the strength or the stroke is outside its range
    """

    strength: float = 1.0
    keep_colours: bool = False
    steady: bool = False
    stroke: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise LivebrushError(
                f"the strength is {self.strength:g}: it must be between 0 and 1", code="invalid"
            )
        if self.stroke is not None and not self.stroke > 0:
            raise LivebrushError(f"the stroke is {self.stroke:g}: it must be above 0", code="invalid")

    def scale(self, short_side: int) -> float:
        """The factor by which a frame is resized before the net. short_side: of the frame, in pixels"""
        return min(1.0, STROKE_LINES / short_side) / self.stroke if self.stroke else 1.0


def stroke_of(styles: Styles, asked: float | None) -> float | None:
    """The stroke for a `Finish`: what was asked for, else 1 where there is a painting style, and None for a look.

    raises: LivebrushError if strokes are asked of a look
    """
    if any(choice.model.metadata.kind == "painting" for _, choice in styles.parts):
        return asked or 1.0
    if asked:
        raise LivebrushError(
            f"{styles.name} is a look and has no strokes",
            code="conflict",
            remedy="leave_out",
            field="stroke",
        )
    return None


def resized(frame: np.ndarray, scale: float) -> np.ndarray:
    """A copy of `scale` times the height and width, at least 1x1; the frame itself at 1. (H, W, 3) uint8, RGB"""
    if scale == 1:
        return frame
    height, width = frame.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def brought_to_size(
    painted: np.ndarray, copy: np.ndarray, frame: np.ndarray, doubled: Doubled | None = None
) -> np.ndarray:
    """The painting of a resized copy, brought to the frame's size with the frame's edges. All (H, W, 3) uint8, RGB.

    doubled: see `guided_upsample`
    """
    if painted.shape[0] > frame.shape[0]:
        return cv2.resize(painted, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_AREA)
    return guided_upsample(painted, copy, frame, doubled)


def applied(painted: np.ndarray, frame: np.ndarray, strength: float, keep_colours: bool) -> np.ndarray:
    """The painting with the strength and colours that were asked for, see `Finish`. All (H, W, 3) uint8, RGB."""
    if keep_colours:
        painted = with_colours_of(frame, painted)
    if strength < 1:
        painted = cv2.addWeighted(painted, strength, frame, 1 - strength, 0)
    return painted


def with_colours_of(frame: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """The luma of the painting with the chroma of the frame (Gatys et al. 2016, luminance-only transfer).

    frame, painted: (H, W, 3) uint8, RGB
    """
    colours = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)
    colours[..., 0] = cv2.cvtColor(painted, cv2.COLOR_RGB2YCrCb)[..., 0]
    return cv2.cvtColor(colours, cv2.COLOR_YCrCb2RGB)
