"""A contact sheet of styles: each one's picture, and what it paints of the same photos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from livebrush.models.writing import whole_file
from livebrush.realtime.pictures.picture import read_picture
from livebrush.trainer.batch.plan import Item

CELL = 192
"""pixels: height of a row, and side of the picture on its left"""


def write_sheet(items: Sequence[Item], path: Path) -> bool:
    """Write the last previews of styles, one below the other, the photos that they paint above.

    returns: whether there was anything to show
    raises:  LivebrushError where it cannot be written
    """
    rows: list[Image.Image] = []
    shown = np.empty(0)
    for item in items:
        previews = sorted(item.run_folder.glob("preview_*.png"))
        if not previews:
            continue
        photos, painted = np.split(np.asarray(Image.open(previews[-1]).convert("RGB")), 2)
        if not np.array_equal(photos, shown):  # styles that were ready may have been judged by others
            shown = photos
            rows.append(_row(Image.new("RGB", (CELL, CELL), "white"), photos))
        rows.append(_row(_named(item), painted))
    if not rows:
        return False
    sheet = Image.new("RGB", (max(row.width for row in rows), CELL * len(rows)), "white")
    for number, row in enumerate(rows):
        sheet.paste(row, (0, CELL * number))
    with whole_file(path) as partial:
        sheet.save(partial, format="JPEG", quality=85)
    return True


def _row(first: Image.Image, pixels: np.ndarray) -> Image.Image:
    """pixels: (H, W, 3) uint8, scaled to the row's height"""
    height, width = pixels.shape[:2]
    scaled = Image.fromarray(pixels).resize((round(width * CELL / height), CELL), Image.Resampling.LANCZOS)
    row = Image.new("RGB", (CELL + scaled.width, CELL))
    row.paste(first, (0, 0))
    row.paste(scaled, (CELL, 0))
    return row


def _named(item: Item) -> Image.Image:
    """The style's picture, cut to a square, with the style's name in a corner."""
    cell = ImageOps.fit(Image.fromarray(read_picture(item.picture).pixels), (CELL, CELL))
    draw, font = ImageDraw.Draw(cell), ImageFont.load_default(14)
    corner = (4, CELL - 20)
    draw.rectangle(draw.textbbox(corner, item.name, font), fill="black")
    draw.text(corner, item.name, "white", font)
    return cell
