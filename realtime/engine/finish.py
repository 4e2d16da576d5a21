"""How much of a style, how broad its strokes, and whose colours: what happens to a frame round the net."""

from dataclasses import dataclass

import cv2
import numpy as np

from livebrush.models.catalogue import Choice
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.guided_upsample import guided_upsample

STROKE_LINES = 720
"""short side of the frame whose strokes are the measure: on larger frames a net's own would be a wallpaper of dots"""


@dataclass(frozen=True)
class Finish:
    """The user's settings for a painting.

    strength:     0 = the frame itself, 1 = the style in full
    keep_colours: the painting's light and dark, the frame's own colours
    steady:       less flicker; each frame then needs the one before it, so they come one at a time and in order
    stroke:       how broad the strokes are: 1 = as on a frame of STROKE_LINES, where the frame is no smaller;
                  2 = twice as broad; None = the net's own, for a style that has no strokes
    raises:       LivebrushError when the strength is outside 0..1 or the stroke not above 0
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
        """What a frame is resized by before the net, for strokes of that size; short_side: of the frame, pixels."""
        return min(1.0, STROKE_LINES / short_side) / self.stroke if self.stroke else 1.0


def stroke_of(choice: Choice, asked: float | None) -> float | None:
    """The stroke for a `Finish`: as asked, or 1 for a painting and none for a photo style.

    raises: LivebrushError when a photo style is asked for strokes
    """
    if choice.model.metadata.kind == "painting":
        return asked or 1.0
    if asked:
        raise LivebrushError(
            f"{choice.name} takes its light from a photo and has no strokes",
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


def brought_to_size(painted: np.ndarray, copy: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """The painting of a resized copy at the frame's own size, with the frame's edges. All: RGB uint8."""
    if painted.shape[0] > frame.shape[0]:
        return cv2.resize(painted, (frame.shape[1], frame.shape[0]), interpolation=cv2.INTER_AREA)
    return guided_upsample(painted, copy, frame)


def applied(painted: np.ndarray, frame: np.ndarray, strength: float, keep_colours: bool) -> np.ndarray:
    """A frame's painting as the user wants it; see `Finish`. All pictures: (H, W, 3) uint8, RGB."""
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
