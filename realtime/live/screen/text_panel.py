"""Text that is legible on any picture: rendered once on a translucent dark panel, then only blended."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

WHITE, DIM, RED = (255, 255, 255), (205, 208, 214), (255, 66, 56)
REGULAR, BOLD = 400, 600
DOT = "●"  # drawn, because not every font has it
SMALLEST_PX = 12

_BACKGROUND = (13, 15, 19)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a row; scale: its size as a share of the panel's text size."""

    text: str
    colour: tuple[int, int, int] = WHITE
    weight: int = REGULAR
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A span at its place: left edge and baseline, in pixels of the panel."""

    span: Span
    left: int
    baseline: int


class TextPanel:
    """Placed text on a dark panel with round corners.

    height, width: in pixels
    placed:        what is on it
    size_px:       of text of scale 1
    opacity:       of the panel, 0..1
    """

    def __init__(
        self, height: int, width: int, placed: tuple[Placed, ...], size_px: int, opacity: float = 0.72
    ) -> None:
        self.height, self.width = height, width
        covered = opacity * _round_corners(height, width, round(0.45 * size_px))[..., None]
        colour = covered * np.array(_BACKGROUND, np.float32)
        for of_text in {item.span.colour: None for item in placed}:
            ink = _ink(height, width, [item for item in placed if item.span.colour == of_text], size_px)
            colour = colour * (1 - ink) + ink * np.array(of_text, np.float32)
            covered = covered * (1 - ink) + ink
        self._colour = np.rint(colour).astype(np.uint8)
        self._remains = np.repeat(np.rint(255 * (1 - covered)), 3, axis=2).astype(np.uint8)

    def blend(self, picture: np.ndarray, top: int, left: int) -> None:
        """Onto the picture in place, clipped where it does not fit.

        picture: (H, W, 3) uint8
        """
        height, width = picture.shape[:2]
        bottom, right = min(top + self.height, height), min(left + self.width, width)
        first_row, first_column = max(top, 0), max(left, 0)
        if first_row >= bottom or first_column >= right:
            return
        region = picture[first_row:bottom, first_column:right]
        part = slice(first_row - top, bottom - top), slice(first_column - left, right - left)
        cv2.multiply(region, self._remains[part], region, scale=1 / 255)
        cv2.add(region, self._colour[part], region)


def text_size(height: int) -> int:
    """Pixels of text on a picture of this height: 1/36 of it, legible at least."""
    return max(SMALLEST_PX, round(height / 36))


@lru_cache(maxsize=32)
def rows_panel(rows: tuple[tuple[Span, ...], ...], size_px: int, centred: bool = False) -> TextPanel:
    """Rows below each other, as wide as the widest."""
    padding, gap = round(0.6 * size_px), round(0.5 * size_px)
    widths = [
        sum(span_width(span, size_px) for span in row) + gap * (len(row) - 1 if row else 0) for row in rows
    ]
    inside = max(widths)
    placed, bottom = [], round(0.75 * padding)
    for row, row_width in zip(rows, widths, strict=True):
        largest = size_px * max((span.scale for span in row), default=1.0)
        baseline = bottom + round(1.05 * largest)
        left = padding + ((inside - row_width) // 2 if centred else 0)
        for span in row:
            placed.append(Placed(span, left, baseline))
            left += span_width(span, size_px) + gap
        bottom += round(1.4 * largest)
    return TextPanel(bottom + round(0.75 * padding), inside + 2 * padding, tuple(placed), size_px)


def wrap(text: str, size_px: int, width: int, scale: float = 1.0) -> list[str]:
    """The text in lines of at most `width` pixels: broken between words, within a word that is too long."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if span_width(Span(longer, scale=scale), size_px) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while len(word) > 1 and span_width(Span(word, scale=scale), size_px) > width:
            fits = next((n for n in range(len(word) - 1, 1, -1) if _fits(word[:n], size_px, width, scale)), 1)
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line] if line else lines


def span_width(span: Span, size_px: int) -> int:
    """In pixels."""
    pixels = max(1, round(span.scale * size_px))
    return round(0.7 * pixels) if span.text == DOT else _text_width(span.text, pixels, span.weight)


def _fits(text: str, size_px: int, width: int, scale: float) -> bool:
    return span_width(Span(text, scale=scale), size_px) <= width


def _round_corners(height: int, width: int, radius: int) -> np.ndarray:
    """(height, width) float32, 1 inside, falling to 0 across the edge of the corners."""
    y = np.abs(np.arange(height) - (height - 1) / 2) - (height / 2 - radius)
    x = np.abs(np.arange(width) - (width - 1) / 2) - (width / 2 - radius)
    distance = np.hypot(np.maximum(y, 0)[:, None], np.maximum(x, 0)[None])
    return np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)


def _ink(height: int, width: int, items: list[Placed], size_px: int) -> np.ndarray:
    """(height, width, 1) float32: how much of each pixel the text covers, 0..1."""
    covered = np.zeros((height, width), np.uint8)
    for item in items:
        pixels = max(1, round(item.span.scale * size_px))
        if item.span.text == DOT:
            centre = (item.left + 0.35 * pixels, item.baseline - 0.36 * pixels)
            # 4 bits behind the point, for a smooth edge
            place = round(16 * centre[0]), round(16 * centre[1])
            cv2.circle(covered, place, round(16 * 0.33 * pixels), 255, cv2.FILLED, cv2.LINE_AA, 4)
        else:
            _draw_text(covered, item.span.text, item.left, item.baseline, pixels, item.span.weight)
    return covered[..., None].astype(np.float32) / 255


@lru_cache(maxsize=1)
def _font() -> cv2.FontFace:
    """OpenCV's own, of many scripts and weights."""
    return cv2.FontFace("sans")


@lru_cache(maxsize=512)
def _text_width(text: str, size_px: int, weight: int) -> int:
    # The end of the pen's way: the bounding box leaves out spaces; the wide range keeps it from wrapping
    line = np.zeros((1, 1), np.uint8)
    end, _ = cv2.putText(line, text, (0, 0), 255, _font(), size_px, weight, 0, (0, 1 << 20))
    return int(end[0])


def _draw_text(covered: np.ndarray, text: str, left: int, baseline: int, size_px: int, weight: int) -> None:
    """White on black, (H, W) uint8, in place."""
    cv2.putText(covered, text, (left, baseline), 255, _font(), size_px, weight, 0, (0, 1 << 20))
