"""Makes a sheet of pictures as styles: what each paints at once, and once it is learnt.

python docs/make_learnt_sheet.py docs/learnt.jpg PICTURE…

Learning takes some minutes for each; what the user has learnt already is left alone.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from make_any_picture_sheet import PHOTOS, SIDE, photo, square
from PIL import Image

import livebrush


def painted(picture: str, photos: list[np.ndarray], first: np.ndarray) -> np.ndarray:
    style = livebrush.load(picture, "cpu")
    return np.concatenate([first, *(square(style(one)) for one in photos)], 1)


def main(target: Path, pictures: list[str]) -> None:
    photos = [photo(name) for name in PHOTOS]
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    rows = []
    for picture in pictures:
        shown = square(np.array(Image.open(picture).convert("RGB")))
        rows.append(painted(picture, photos, shown))
        livebrush.learn(picture)
        rows.append(painted(picture, photos, white))
    Image.fromarray(np.concatenate(rows)).save(target, quality=82)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["LIVEBRUSH_HOME"] = home
        main(Path(sys.argv[1]), sys.argv[2:])
