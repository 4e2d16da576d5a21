"""Makes a sheet of stills: example photos as `livebrush still` paints them, the painting in a corner of each.

python docs/make_stills_sheet.py docs/stills.jpg PAINTINGS

PAINTINGS is a folder with starry_night.jpg, great_wave.jpg, composition_vii.jpg and metzinger.jpg (public domain, see
models/recipes/README.md). It takes a quarter of an hour on two slow cores.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

PHOTOS = Path(__file__).parents[1] / "examples" / "photos"
STILLS = (
    ("face.jpg", "starry_night.jpg", ()),
    ("tower.jpg", "great_wave.jpg", ()),
    ("dogs.jpg", "composition_vii.jpg", ()),
    ("mountains.jpg", "metzinger.jpg", ()),
    ("mountains.jpg", "dandelions.jpg", ("--photo",)),
    ("", "great_wave.jpg", ()),
)
"""photo, style, further options; without a photo, a texture"""
CELL = (360, 460)
COLUMNS = 3


def cell(picture: Path, style: Path) -> np.ndarray:
    """The middle of the picture, as much as fills CELL, with its style in a corner."""
    pixels = np.asarray(Image.open(picture).convert("RGB"))
    scale = max(CELL[0] / pixels.shape[0], CELL[1] / pixels.shape[1])
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = (pixels.shape[0] - CELL[0]) // 2, (pixels.shape[1] - CELL[1]) // 2
    pixels = np.ascontiguousarray(pixels[top : top + CELL[0], left : left + CELL[1]])
    painting = Image.open(style).convert("RGB")
    painting.thumbnail((110, 110))
    inset = np.pad(np.asarray(painting), ((3, 3), (3, 3), (0, 0)), constant_values=255)
    pixels[-inset.shape[0] :, -inset.shape[1] :] = inset
    return pixels


def main(target: Path, paintings: Path) -> None:
    cells = []
    with tempfile.TemporaryDirectory() as folder:
        for index, (photo, style, options) in enumerate(STILLS):
            source = (PHOTOS if options else paintings) / style
            result = Path(folder) / f"{index}.png"
            pictures = [str(PHOTOS / photo)] if photo else []
            command = ["livebrush", "still", *pictures, "--style", str(source), "--size", "512", *options]
            subprocess.run([*command, "-o", str(result)], check=True)
            cells.append(cell(result, source))
    rows = [np.concatenate(cells[k : k + COLUMNS], 1) for k in range(0, len(cells), COLUMNS)]
    Image.fromarray(np.concatenate(rows)).save(target, quality=85)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
