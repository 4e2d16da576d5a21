"""Makes a sheet of painted photos at twice their size: smoothly enlarged, and by the net that ships, pixel for pixel.

python docs/make_enlarging_sheet.py docs/enlarging.jpg
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from livebrush.models.catalogue import find_style
from livebrush.realtime.engine.finish import brought_to_size
from livebrush.realtime.loaded_style import LoadedStyle

PICTURES = (("mountains", "starry_night", (0.35, 0.45)), ("dogs", "udnie", (0.7, 0.5)))
"""example photo, style, and the middle of the part that is shown, down and to the right"""
CELL = (360, 480)
TIMES = 2


def row(photo: str, style: str, middle: tuple[float, float]) -> np.ndarray:
    path = Path(__file__).parents[1] / "examples" / "photos" / f"{photo}.jpg"
    frame = np.asarray(Image.open(path).convert("RGB"))
    copy = cv2.resize(frame, None, fx=1 / TIMES, fy=1 / TIMES, interpolation=cv2.INTER_AREA)
    paint = LoadedStyle(find_style(style), "cpu")
    painted = paint(copy)
    top, left = (
        int(np.clip(at * side - cell / 2, 0, side - cell))
        for at, side, cell in zip(middle, frame.shape, CELL, strict=False)
    )
    pictures = (brought_to_size(painted, copy, frame, how) for how in (None, paint.engine.doubled))
    return np.concatenate([p[top : top + CELL[0], left : left + CELL[1]] for p in pictures], 1)


if __name__ == "__main__":
    rows = [row(*picture) for picture in PICTURES]
    Image.fromarray(np.concatenate(rows)).save(sys.argv[1], quality=88)
