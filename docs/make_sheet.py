"""Makes a contact sheet: example photos above, what a style, or one style after another, paints of them below.

python docs/make_sheet.py starry_night docs/starry_night.jpg
python docs/make_sheet.py johnson.onnx live.onnx side_by_side.jpg
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from livebrush.models.catalogue import find_style
from livebrush.realtime.loaded_style import LoadedStyle

PHOTOS = ("face", "tower", "mountains", "night", "stream", "dogs")
COLUMNS, CELL = 3, (360, 480)


def cell(path: Path) -> np.ndarray:
    """The middle of a photo at CELL's height and width: (H, W, 3) uint8, RGB."""
    return np.ascontiguousarray(upper_middle(np.asarray(Image.open(path).convert("RGB")), *CELL))


def upper_middle(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """What fills so much of a picture made smaller: (height, width, 3)."""
    scale = max(height / pixels.shape[0], width / pixels.shape[1])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = (small.shape[0] - height) // 4, (small.shape[1] - width) // 2  # heads are in the upper half
    return small[top : top + height, left : left + width]


def main(styles: list[str], target: Path) -> None:
    painters = [LoadedStyle(find_style(style), "cpu") for style in styles]
    folder = Path(__file__).parents[1] / "examples" / "photos"
    photos = [cell(folder / f"{name}.jpg") for name in PHOTOS]
    rows = []
    for first in range(0, len(photos), COLUMNS):
        row = photos[first : first + COLUMNS]
        rows.append(np.concatenate(row, 1))
        rows += [np.concatenate([paint(photo) for photo in row], 1) for paint in painters]
    Image.fromarray(np.concatenate(rows)).save(target, quality=82)


if __name__ == "__main__":
    main(sys.argv[1:-1], Path(sys.argv[-1]))
