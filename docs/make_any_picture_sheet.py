"""Makes a sheet of pictures, and what the net for any picture paints after each.

python docs/make_any_picture_sheet.py docs/any_picture.jpg PICTURE…
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from make_sheet import upper_middle
from PIL import Image

from livebrush.realtime.loaded_style import load

PHOTOS = ("face", "tower", "mountains", "dogs")
SIDE = 300
PAINTED_AT = 480
"""lines of a photo as it is painted, before it is made smaller"""


def square(pixels: np.ndarray) -> np.ndarray:
    return upper_middle(pixels, SIDE, SIDE)


def photo(name: str) -> np.ndarray:
    path = Path(__file__).parents[1] / "examples" / "photos" / f"{name}.jpg"
    pixels = np.array(Image.open(path).convert("RGB"))
    scale = PAINTED_AT / min(pixels.shape[:2])
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def main(target: Path, pictures: list[str]) -> None:
    photos = [photo(name) for name in PHOTOS]
    rows = [np.concatenate([np.full((SIDE, SIDE, 3), 255, np.uint8), *map(square, photos)], 1)]
    for picture in pictures:
        style = load(picture, "cpu")
        shown = square(np.array(Image.open(picture).convert("RGB")))
        rows.append(np.concatenate([shown, *(square(style(one)) for one in photos)], 1))
    Image.fromarray(np.concatenate(rows)).save(target, quality=82)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
