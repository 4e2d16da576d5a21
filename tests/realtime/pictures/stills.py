"""Pixels and files that the tests of stills share, and how files store pictures turned."""

from pathlib import Path

import numpy as np
from PIL import Image

from livebrush.realtime.output_plan import plan_outputs
from livebrush.realtime.pictures.jobs import PICTURES

# How a file of each EXIF orientation stores what is shown upright (EXIF 2.3, tag 274)
STORED = {
    1: lambda shown: shown,
    2: lambda shown: shown[:, ::-1],
    3: lambda shown: shown[::-1, ::-1],
    4: lambda shown: shown[::-1],
    5: lambda shown: shown.swapaxes(0, 1),
    6: lambda shown: np.rot90(shown, 1),
    7: lambda shown: shown[::-1, ::-1].swapaxes(0, 1),
    8: lambda shown: np.rot90(shown, -1),
}


def noise(shape: tuple[int, ...], dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(3).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def photo(path: Path, colour: str = "gray") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), colour).save(path)
    return path


def photos(folder: Path, *names: str) -> list[Path]:
    return [photo(folder / name) for name in names]


def plan_of(
    inputs: list[Path], output: str | Path | None, style: str, **how: bool
) -> list[tuple[Path, Path]]:
    """Where pictures go."""
    return plan_outputs(inputs, output, style, PICTURES, ".png", **how)


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]
