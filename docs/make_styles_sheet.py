"""Makes the sheet of several styles: example photos above, what each style paints of them below.

python docs/make_styles_sheet.py docs/styles.jpg [STYLE ...]
"""

import sys
from pathlib import Path

import numpy as np
from make_any_picture_sheet import photo
from make_sheet import upper_middle
from PIL import Image

from livebrush.realtime.loaded_style import load

STYLES = ("starry_night", "great_wave", "minotaur", "sainte_victoire", "noon", "contrast_of_forms")
"""that the README shows"""
PHOTOS = ("face", "mountains", "tower", "dandelions")
CELL = (300, 400)


def main(target: Path, styles: list[str]) -> None:
    photos = [photo(name) for name in PHOTOS]
    painted = [[style(one) for one in photos] for style in map(load, styles)]
    rows = [np.concatenate([upper_middle(one, *CELL) for one in row], 1) for row in (photos, *painted)]
    Image.fromarray(np.concatenate(rows)).save(target, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(STYLES))
