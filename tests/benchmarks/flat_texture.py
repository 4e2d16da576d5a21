"""How much texture paintings have where their photos are flat: whether a steady net still lays strokes.

    python -m tests.benchmarks.flat_texture PHOTOS PAINTED [PAINTED …]

Pictures pair up by file stem. Prints, for each folder of paintings, the standard deviation of luma over 9x9 pixels,
in 8-bit levels, averaged over the flat parts of all photos.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

WINDOW = 9
FLAT_LEVELS = 4.0
"""a place is flat where its photo's luma deviates by less, a camera's noise included"""


def local_deviation(luma: np.ndarray) -> np.ndarray:
    """(H, W) float32 levels -> the standard deviation over WINDOW x WINDOW pixels around each."""
    mean = cv2.blur(luma, (WINDOW, WINDOW))
    square = cv2.blur(luma * luma, (WINDOW, WINDOW))
    return np.sqrt(np.maximum(square - mean * mean, 0))


def flat_texture(photo: np.ndarray, painted: np.ndarray) -> tuple[float, int]:
    """Summed deviation of the painting's luma over the flat pixels of the photo, and how many there are.

    photo, painted: (H, W, 3) uint8, BGR, of one size
    """
    flat = local_deviation(_luma(photo)) < FLAT_LEVELS
    return float(local_deviation(_luma(painted))[flat].sum()), int(flat.sum())


def _luma(picture: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("painted", type=Path, nargs="+")
    arguments = parser.parse_args()
    photos = {path.stem: path for path in arguments.photos.iterdir()}
    for folder in arguments.painted:
        total, pixels = 0.0, 0
        for path in sorted(folder.iterdir()):
            if path.stem not in photos:
                continue
            photo, painted = cv2.imread(str(photos[path.stem])), cv2.imread(str(path))
            if photo is None or painted is None or photo.shape != painted.shape:
                continue
            texture, flat = flat_texture(photo, painted)
            total, pixels = total + texture, pixels + flat
        print(f"{folder.name:24s} {total / max(pixels, 1):6.2f} levels over {pixels} flat pixels")  # noqa: T201


if __name__ == "__main__":
    main()
