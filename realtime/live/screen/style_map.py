"""The map of styles in the window: a page of them as small pictures in a grid, to be mixed with the mouse."""

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from livebrush.realtime.live.screen.text_panel import BOLD, WHITE, Span, rows_panel, text_size
from livebrush.realtime.live.settings import Shares

_SHARE = 0.45
"""of the picture's height and width, at most"""
_PARTS = 10
"""shares are tenths: what is less of a style is not seen"""
_DARK = (24, 24, 24)

Painted = Callable[[str], np.ndarray | None]
"""the small painting of a style, (h, w, 3) uint8, RGB; None where there is none as yet"""


class StyleMap:
    """Where each style of a page is, and what is mixed between them.

    In the middle of a tile its style is alone; between the middles of two or of four tiles their styles are mixed, each
    the more the nearer it is (bilinear interpolation).

    names: of the styles, in the order of their keys
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.columns = math.ceil(math.sqrt(len(names)))
        self.rows = math.ceil(len(names) / self.columns)

    def area(self, height: int, width: int) -> tuple[int, int, int, int]:
        """(top, left, height, width) in a picture of a size, all in pixels: in its lower right corner."""
        margin = round(0.7 * text_size(height))
        tile = max(8, round(min(_SHARE * height / self.rows, 0.75 * _SHARE * width / self.columns)))
        inside = tile * self.rows, round(tile * 4 / 3) * self.columns
        return max(0, height - margin - inside[0]), max(0, width - margin - inside[1]), *inside

    def at(self, across: float, down: float) -> Shares:
        """What is mixed at a place, 0..1 of the map's width and height: styles and shares, which sum to 1, largest
        first; places beside the map count as its edge."""
        column = min(max(across * self.columns - 0.5, 0.0), self.columns - 1.0)
        row = min(max(down * self.rows - 0.5, 0.0), self.rows - 1.0)
        distances = [(abs(x - column), abs(y - row)) for x, y in map(self._cell, range(len(self.names)))]
        weights = [max(0.0, 1 - x) * max(0.0, 1 - y) for x, y in distances]
        if not any(weights):  # the last row may have room left
            nearest = min(range(len(self.names)), key=lambda n: math.hypot(*distances[n]))
            weights[nearest] = 1.0
        total = sum(weights)
        tenths = [round(_PARTS * weight / total) for weight in weights]
        shares = [(name, part / sum(tenths)) for name, part in zip(self.names, tenths, strict=True) if part]
        return tuple(sorted(shares, key=lambda part: -part[1]))

    def place(self, shares: Shares) -> tuple[float, float] | None:
        """Where that is, as `at` takes it; None where a style is on another page."""
        if not shares or any(name not in self.names for name, _ in shares):
            return None
        cells = [(self._cell(self.names.index(name)), share) for name, share in shares]
        across = sum(share * (column + 0.5) for (column, _), share in cells) / self.columns
        down = sum(share * (row + 0.5) for (_, row), share in cells) / self.rows
        return across, down

    def draw(self, picture: np.ndarray, painted: Painted, place: tuple[float, float] | None) -> None:
        """Onto the picture in place: (H, W, 3) uint8, RGB.

        painted: asked for each style's tile
        place:   of the handle; None for none
        """
        top, left, height, width = self.area(*picture.shape[:2])
        region = picture[top : top + height, left : left + width]
        size = max(9, round(0.7 * text_size(picture.shape[0])))
        tile_height, tile_width = height // self.rows, width // self.columns
        for number, name in enumerate(self.names):
            column, row = self._cell(number)
            tile = region[row * tile_height :, column * tile_width :][:tile_height, :tile_width]
            small = painted(name)
            tile[:] = _DARK if small is None else _filled(small, *tile.shape[:2])
            rows_panel(((Span(str(number + 1), WHITE, BOLD),),), size).blend(tile, 0, 0)
        if place and region.size:
            _draw_handle(region, place)

    def _cell(self, number: int) -> tuple[int, int]:
        """Column and row of a style."""
        row, column = divmod(number, self.columns)
        return column, row


def _filled(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle of a picture, as large as it fills the size."""
    scale = max(height / picture.shape[0], width / picture.shape[1])
    whole = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    resized = cv2.resize(picture, whole, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (whole[1] - height) // 2, (whole[0] - width) // 2
    return resized[top : top + height, left : left + width]


def _draw_handle(region: np.ndarray, place: tuple[float, float]) -> None:
    """A ring that is visible on anything."""
    height, width = region.shape[:2]
    centre = round(16 * place[0] * width), round(16 * place[1] * height)  # 4 bits behind the point
    radius = max(5, height // 24)
    for colour, thick in ((_DARK, max(3, radius // 2 + 2)), (WHITE, max(1, radius // 3))):
        cv2.circle(region, centre, 16 * radius, colour, thick, cv2.LINE_AA, 4)
