"""`livebrush still` from within a test."""

from pathlib import Path

import numpy as np
from PIL import Image

from livebrush.realtime import cli


def pixels_of(path: Path, mode: str = "RGB") -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert(mode))


def still(*arguments: object) -> int:
    return cli.run(["still", *map(str, arguments)])
