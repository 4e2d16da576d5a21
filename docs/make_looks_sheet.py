"""Makes a sheet of looks: example photos in the first column, what each look makes of them beside it.

python docs/make_looks_sheet.py docs/looks.jpg golden_hour blue_hour night_city clear_day autumn film_stock
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from livebrush.models.catalogue import find_style
from livebrush.realtime.loaded_style import LoadedStyle

PHOTOS = ("mountains", "tower", "face", "dogs", "stream", "night", "dandelions")
CELL = (190, 280)


def main(target: Path, looks: list[str]) -> None:
    styles = [LoadedStyle(find_style(look), "cpu") for look in looks]
    folder = Path(__file__).parents[1] / "examples" / "photos"
    rows = []
    for name in PHOTOS:
        photo = np.asarray(Image.open(folder / f"{name}.jpg").convert("RGB"))
        for style in styles:
            style.reset()
        pictures = [photo, *(style(photo) for style in styles)]
        cells = [cv2.resize(p, CELL[::-1], interpolation=cv2.INTER_AREA) for p in pictures]
        rows.append(np.concatenate(cells, 1))
    Image.fromarray(np.concatenate(rows)).save(target, quality=85)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
