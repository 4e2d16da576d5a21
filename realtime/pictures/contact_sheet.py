"""Pictures side by side with their names below, as a contact sheet."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_GAP, _LABEL_PX, _TEXT_PX = 12, 28, 18
_PAPER, _INK = (255, 255, 255), (20, 20, 20)


def contact_sheet(pictures: Sequence[tuple[str, np.ndarray]], columns: int, cell_width: int) -> np.ndarray:
    """All in rows, each at one width and below it its name.

    pictures: (name, (H, W, 3) uint8 RGB), of one shape
    columns: in a row; cell_width: of a picture on the sheet, pixels
    returns: (H, W, 3) uint8 RGB
    """
    height, width = pictures[0][1].shape[:2]
    cell_height = max(1, round(cell_width * height / width))
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    size = (
        _GAP + columns * (cell_width + _GAP),
        _GAP + rows * (cell_height + _LABEL_PX + _GAP),
    )
    sheet = Image.new("RGB", size, _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_TEXT_PX)
    for number, (name, pixels) in enumerate(pictures):
        row, column = divmod(number, columns)
        left, top = _GAP + column * (cell_width + _GAP), _GAP + row * (cell_height + _LABEL_PX + _GAP)
        cell = Image.fromarray(pixels).resize((cell_width, cell_height), Image.Resampling.LANCZOS)
        sheet.paste(cell, (left, top))
        fitting = _fitting(name, font, cell_width)
        draw.text((left, top + cell_height + _LABEL_PX // 2), fitting, _INK, font, anchor="lm")
    return np.asarray(sheet)


def _fitting(name: str, font: "ImageFont.FreeTypeFont | ImageFont.ImageFont", width: int) -> str:
    """The name, shortened where it is longer than the picture is wide."""
    shown = name
    while len(shown) > 1 and font.getlength(shown) > width:
        shown = f"{shown[:-2]}…"
    return shown
