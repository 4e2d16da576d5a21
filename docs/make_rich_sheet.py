"""Makes the sheet of the rich styles: example photos above, what each style paints of them below.

python docs/make_rich_sheet.py docs/rich.jpg
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from make_any_picture_sheet import photo
from PIL import Image

from livebrush.realtime.loaded_style import load

PHOTOS = ("face", "mountains", "tower", "dandelions")
STYLES = ("starry_night_rich", "great_wave_rich", "minotaur_rich")
CELL = (300, 400)


def cut(pixels: np.ndarray) -> np.ndarray:
    """The upper middle of a picture, at CELL's height and width."""
    scale = max(CELL[0] / pixels.shape[0], CELL[1] / pixels.shape[1])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = (small.shape[0] - CELL[0]) // 4, (small.shape[1] - CELL[1]) // 2
    return small[top : top + CELL[0], left : left + CELL[1]]


def main(target: Path) -> None:
    photos = [photo(name) for name in PHOTOS]
    painted = [[style(one) for one in photos] for style in map(load, STYLES)]
    rows = [np.concatenate([cut(one) for one in row], 1) for row in (photos, *painted)]
    Image.fromarray(np.concatenate(rows)).save(target, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
