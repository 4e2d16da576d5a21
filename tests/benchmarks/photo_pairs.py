"""Looks of the style photos of Deep Photo Style Transfer, put on their content photos, for a program that scores them.

    python -m tests.benchmarks.photo_pairs deepphoto out/
    python -m tests.benchmarks.photo_pairs deepphoto out/ --find-masks
    python -m tests.benchmarks.photo_pairs deepphoto out/ --models trained/
    python -m tests.benchmarks.photo_pairs deepphoto out/ --style-masks masks/

PAIRS holds input/inN.png, style/tarN.png, and their masks under the same names in segmentation/. OUT gets outN.png.
"""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import cv2
import numpy as np
from PIL import Image
from scipy.optimize import linear_sum_assignment

from livebrush.models.catalogue import find_style
from livebrush.models.contract import Style, StyleMetadata
from livebrush.models.regions import COLOURS as COLOURS_OF_GROUPS
from livebrush.models.regions import GROUPS
from livebrush.realtime.engine.regions import RegionFinder
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.realtime.looks.bake import bake_look
from livebrush.realtime.looks.statistics import look_statistics
from livebrush.realtime.pictures.picture import read_picture

COLOURS = (
    (0, 0, 255), (0, 255, 0), (0, 0, 0), (255, 255, 255), (255, 0, 0), (255, 255, 0), (128, 128, 128), (0, 255, 255),
    (255, 0, 255),
)  # fmt: skip
"""of the masks that come with the pairs"""


def drawn_labels(path: Path, height: int, width: int) -> np.ndarray:
    """Which of COLOURS a picture of masks has where: (height, width)"""
    drawn = cv2.resize(read_picture(path).pixels, (width, height), interpolation=cv2.INTER_NEAREST).astype(
        int
    )
    return np.stack([np.square(drawn - np.array(colour)).sum(2) for colour in COLOURS], 2).argmin(2)


def own_masks(labels: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Drawn masks under the names of the groups that lie beneath them: a net that was trained knows sky from water.

    labels:  of content and style, (H, W) each
    found:   what the region net says of them, (h, w, 10) uint8 each
    returns: (H, W, 10) uint8 each
    """
    overlap = np.zeros((len(COLOURS), len(GROUPS)))
    for drawn, masks in zip(labels, found, strict=True):
        enlarged = cv2.resize(masks, drawn.shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(
            -1, len(GROUPS)
        )
        np.add.at(overlap, drawn.ravel(), enlarged / 255 / drawn.size)
    _, named = linear_sum_assignment(overlap, maximize=True)  # a group for each colour, in order
    return [np.where(named[drawn][..., None] == np.arange(10), 255, 0).astype(np.uint8) for drawn in labels]


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
@click.option(
    "--style-masks", type=click.Path(path_type=Path),
    help="A folder for the style photos' regions as 'livebrush train photo --masks' takes them: tarN.png.",
)  # fmt: skip
def main(pairs: Path, out: Path, find_masks: bool, models: Path | None, style_masks: Path | None) -> None:
    finder = RegionFinder()
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted((pairs / "input").glob("in*.png")):
        number = re.sub(r"\D", "", path.stem)
        if models and not (models / f"{number}.onnx").exists():
            continue
        content = read_picture(path).pixels
        style = read_picture(pairs / "style" / f"tar{number}.png").pixels
        masks, of_style = finder.coarse(content), finder.coarse(style)
        if not find_masks:
            drawn = pairs / "segmentation"
            labels = [
                drawn_labels(drawn / path.name, *content.shape[:2]),
                drawn_labels(drawn / f"tar{number}.png", *style.shape[:2]),
            ]
            masks, of_style = own_masks(labels, [masks, of_style])
        if style_masks:
            style_masks.mkdir(parents=True, exist_ok=True)
            pixels = np.array(COLOURS_OF_GROUPS, np.uint8)[of_style.argmax(2)]
            enlarged = cv2.resize(pixels, style.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            Image.fromarray(enlarged).save(style_masks / f"tar{number}.png")
        with tempfile.TemporaryDirectory() as folder:
            model = models / f"{number}.onnx" if models else baked_look(style, of_style, folder)
            paint = LoadedStyle(find_style(str(model)), "cpu")
            painted = paint(content, masks=masks)
        Image.fromarray(painted).save(out / f"out{number}.png")
        click.echo(f"{path.name}, {content.shape[1]}x{content.shape[0]}")


if __name__ == "__main__":
    main()
