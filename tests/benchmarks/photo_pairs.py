"""Looks of the style photos of Deep Photo Style Transfer, put on their content photos, for a program that scores them.

    python -m tests.benchmarks.photo_pairs deepphoto out/
    python -m tests.benchmarks.photo_pairs deepphoto out/ --find-masks
    python -m tests.benchmarks.photo_pairs deepphoto out/ --models trained/

PAIRS holds input/inN.png, style/tarN.png, and their masks under the same names in segmentation/. OUT gets outN.png.
"""

import re
import tempfile
from pathlib import Path

import click
import cv2
import numpy as np
from PIL import Image

from models.catalogue import find_style
from models.contract import Style, StyleMetadata
from realtime.looks.bake import bake_look
from realtime.looks.statistics import look_statistics
from realtime.pictures.picture import read_picture
from realtime.regions import RegionFinder
from realtime.session import StyleSession

COLOURS = (
    (0, 0, 255), (0, 255, 0), (0, 0, 0), (255, 255, 255), (255, 0, 0), (255, 255, 0), (128, 128, 128), (0, 255, 255),
    (255, 0, 255),
)  # fmt: skip
"""of the masks that come with the pairs: which of the ten groups stands for which does not matter"""


def own_masks(path: Path, height: int, width: int) -> np.ndarray:
    """(height, width, 10) uint8"""
    drawn = cv2.resize(read_picture(path).pixels, (width, height), interpolation=cv2.INTER_NEAREST).astype(
        int
    )
    nearest = np.stack([np.square(drawn - np.array(colour)).sum(2) for colour in COLOURS], 2).argmin(2)
    return np.where(nearest[..., None] == np.arange(10), 255, 0).astype(np.uint8)


def baked_look(style: np.ndarray, masks: np.ndarray, folder: str) -> Path:
    """The closed form of a style photo, as a style model."""
    model = Path(folder) / "look.onnx"
    metadata = StyleMetadata("photo", "look", 2, 0, (Style("x"),))
    bake_look(look_statistics(style, masks), metadata, model)
    return model


@click.command(help=__doc__)
@click.argument("pairs", type=click.Path(path_type=Path, exists=True))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--find-masks", is_flag=True, help="Instead of the pairs' own.")
@click.option(
    "--models", type=click.Path(path_type=Path, exists=True),
    help="A folder of style models N.onnx, which are scored instead of looks; pairs without one are left out.",
)  # fmt: skip
def main(pairs: Path, out: Path, find_masks: bool, models: Path | None) -> None:
    finder = RegionFinder()
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted((pairs / "input").glob("in*.png")):
        number = re.sub(r"\D", "", path.stem)
        if models and not (models / f"{number}.onnx").exists():
            continue
        content = read_picture(path).pixels
        style = read_picture(pairs / "style" / f"tar{number}.png").pixels
        if find_masks:
            masks, style_masks = finder.coarse(content), finder.coarse(style)
        else:
            drawn = pairs / "segmentation"
            masks = own_masks(drawn / path.name, *content.shape[:2])
            style_masks = own_masks(drawn / f"tar{number}.png", *style.shape[:2])
        with tempfile.TemporaryDirectory() as folder:
            model = models / f"{number}.onnx" if models else baked_look(style, style_masks, folder)
            session = StyleSession(find_style(str(model)), "cpu")
            painted = session.stylize(content, masks if session.choice.model.takes_masks else None)
        Image.fromarray(painted).save(out / f"out{number}.png")
        click.echo(f"{path.name}, {content.shape[1]}x{content.shape[0]}")


if __name__ == "__main__":
    main()
