"""What the window shows of a painted frame: mirrored, beside the original, enlarged, on black."""

import cv2
import numpy as np

from livebrush.realtime.letterbox import letterbox, letterbox_rect
from livebrush.realtime.live.frame import PaintedFrame
from livebrush.realtime.live.settings import ViewSettings

LEAST_HEIGHT = 480  # below it, the text drawn on top would hide the picture
_WIDEST = 1920
_LIGHT, _DARK = (245, 245, 245), (24, 24, 24)


def compose(painted: PaintedFrame, view: ViewSettings, screen: tuple[int, int] | None) -> np.ndarray:
    """The picture to show, to be drawn on: nothing else holds it.

    screen:  (height, width) to fill in full screen, black where the picture does not reach; None in a window
    returns: (H, W, 3) uint8 RGB, of the screen's size, or the frame's enlarged to 480 lines
    """
    from_height, from_width = painted.painted.shape[:2]
    height, width = screen or _window_size(from_height, from_width)
    shown = _fitted(painted.painted, view.mirror, height, width)
    if view.split:
        column = round(min(max(view.split_at, 0.0), 1.0) * width)
        shown[:, :column] = _fitted(painted.frame.pixels, view.mirror, height, width)[:, :column]
        top, _, inside, _ = letterbox_rect(from_height, from_width, height, width)
        _draw_split_line(shown[top : top + inside], column)
    return shown


def _window_size(height: int, width: int) -> tuple[int, int]:
    """At least 480 lines, unless that makes it too wide."""
    scale = max(1.0, min(LEAST_HEIGHT / height, _WIDEST / width))
    return round(height * scale), round(width * scale)


def _fitted(picture: np.ndarray, mirror: bool, height: int, width: int) -> np.ndarray:
    """A new array, whatever the sizes are."""
    mine = cv2.flip(picture, 1) if mirror else picture
    fitted = letterbox(mine, height, width)
    return fitted.copy() if fitted is picture else fitted


def _draw_split_line(picture: np.ndarray, column: int) -> None:
    """A light line with dark edges and a grip with two arrows: visible on anything. In place."""
    height, width = picture.shape[:2]
    thick = max(2, height // 360)
    column = min(max(column, thick), max(width - thick, 0))
    picture[:, max(column - thick, 0) : column + thick] = _DARK
    picture[:, max(column - thick + 1, 0) : column + thick - 1] = _LIGHT
    radius = max(7, height // 48)
    centre = (column, height // 2)
    cv2.circle(picture, centre, radius + 1, _DARK, cv2.FILLED, cv2.LINE_AA)
    cv2.circle(picture, centre, radius, _LIGHT, cv2.FILLED, cv2.LINE_AA)
    for side in (-1, 1):
        tip, back, half = 0.68 * radius, 0.24 * radius, 0.34 * radius
        arrow = np.array([[side * tip, 0], [side * back, -half], [side * back, half]]) + centre
        # 4 bits behind the point, for smooth edges
        cv2.fillPoly(picture, [np.rint(16 * arrow).astype(np.int32)], _DARK, cv2.LINE_AA, 4)
