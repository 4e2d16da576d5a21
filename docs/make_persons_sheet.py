"""Makes the sheet of persons: a portrait, the person painted, the room painted, and both in styles of their own.

python docs/make_persons_sheet.py docs/persons.jpg
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import livebrush

PHOTO = Path(__file__).parents[1] / "examples" / "photos" / "face.jpg"
SIDE = 300


def main(target: Path) -> None:
    with Image.open(PHOTO) as photo:
        width, height = photo.size
        square = photo.convert("RGB").crop((0, 0, min(width, height), min(width, height)))
    frame = np.asarray(square.resize((2 * SIDE, 2 * SIDE), Image.Resampling.LANCZOS))
    both, one = (livebrush.load(style) for style in ("person=starry_night,other=great_wave", "great_wave"))
    cells = [frame, one(frame, only="person"), one(frame, only="other"), both(frame)]
    small = [
        np.asarray(Image.fromarray(cell).resize((SIDE, SIDE), Image.Resampling.LANCZOS)) for cell in cells
    ]
    Image.fromarray(np.concatenate(small, 1)).save(target, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
