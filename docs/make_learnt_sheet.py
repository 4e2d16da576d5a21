"""Makes a sheet of pictures as styles: what each paints at once, and below that once it is learnt.

python docs/make_learnt_sheet.py docs/learnt.jpg PICTURE…

Learning takes some minutes for each that is not learnt yet.
"""

import os
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
from make_any_picture_sheet import PHOTOS, SIDE, photo, square
from PIL import Image

import livebrush


def painted(picture: str, first: np.ndarray) -> np.ndarray:
    style = livebrush.load(picture, "cpu")
    return np.concatenate([first, *(square(style(photo(name))) for name in PHOTOS)], 1)


def main(target: Path, pictures: list[str]) -> None:
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    rows = []
    for picture in pictures:
        with tempfile.TemporaryDirectory() as home, patch.dict(os.environ, LIVEBRUSH_HOME=home):
            rows.append(painted(picture, square(np.array(Image.open(picture).convert("RGB")))))
        livebrush.learn(picture)
        rows.append(painted(picture, white))
    Image.fromarray(np.concatenate(rows)).save(target, quality=82)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
