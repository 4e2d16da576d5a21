"""What paintings by several nets lose under one loss: photos none of them was trained on, a row for each net.

    python -m tests.benchmarks.held_out_loss --style painting.jpg --photos photos --held-out names.txt a.onnx b.onnx

The middle square of every photo, 256 pixels, is painted as at run time. Content is the published loss of Johnson et
al. 2016 at relu4_2, unweighted, in thousands; style the share that is left of the photos' own published style loss;
hues how many of twelve a picture has, in more than 3 % of its saturated pixels.
"""

from pathlib import Path

import click
import cv2
import numpy as np
import torch
from torch import Tensor

from livebrush.models.catalogue import find_style
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.trainer.kinds.painting_loss import PaintingLoss
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork, load_loss_network
from livebrush.trainer.runs.content_photos import load_rgb, resize_short_side
from livebrush.trainer.stills.pixels import to_tensor

SIDE = 256
RARE = 0.03
PALE, DARK = 38, 38
"""of 255: saturation and value below which a pixel has no hue to speak of"""


def middle_square(path: Path) -> np.ndarray:
    """(SIDE, SIDE, 3) uint8, RGB."""
    photo = np.asarray(resize_short_side(load_rgb(path), SIDE))
    top, left = ((length - SIDE) // 2 for length in photo.shape[:2])
    return np.ascontiguousarray(photo[top : top + SIDE, left : left + SIDE])


PUBLISHED = PaintingRecipe(
    content_weight=1e3,
    style_weight=1.0,
    tv_weight=0.0,
    palette_weight=0.0,
    lattice_weight=0.0,
    layer_weights=(1.0,) * 4,
)
"""weights under which content comes out in thousands, and style as the share that is left"""


@torch.no_grad()
def losses(
    network: LayeredNetwork, style: Tensor, photos: list[np.ndarray], painted: list[np.ndarray]
) -> tuple[float, float]:
    """Content and style, means over the photos."""
    of_photos = [to_tensor(photo) for photo in photos]
    loss = PaintingLoss(network, style, torch.cat(of_photos), PUBLISHED)
    terms = [loss(to_tensor(picture), photo) for picture, photo in zip(painted, of_photos, strict=True)]
    content, left = (float(np.mean([float(t[name]) for t in terms])) for name in ("content", "style"))
    return content, left


def hues(picture: np.ndarray) -> int:
    """How many of twelve hues have more than RARE of the pixels that have a colour. picture: (H, W, 3) uint8, RGB"""
    hue, saturation, value = cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV))
    coloured = hue[(saturation > PALE) & (value > DARK)]
    counts = np.bincount(coloured // 15, minlength=12)  # OpenCV's hues are 0 to 179
    return int((counts > RARE * max(1, len(coloured))).sum())


@click.command(help=__doc__)
@click.option("--style", type=click.Path(path_type=Path), required=True)
@click.option("--style-size", default=PaintingRecipe().style_size, show_default=True)
@click.option("--photos", "folder", type=click.Path(path_type=Path), required=True)
@click.option("--held-out", type=click.Path(path_type=Path), required=True)
@click.option("--loss-net", "loss_names", multiple=True, default=("builtin",), show_default=True)
@click.argument("nets", nargs=-1, required=True)
def main(
    style: Path,
    style_size: int,
    folder: Path,
    held_out: Path,
    loss_names: tuple[str, ...],
    nets: tuple[str, ...],
) -> None:
    names = held_out.read_text(encoding="utf-8").split()
    photos = [middle_square(folder / name) for name in names]
    network = load_loss_network(find_loss_files(loss_names))
    pixels = np.asarray(resize_short_side(load_rgb(style), style_size))
    painting = to_tensor(pixels)
    click.echo(
        f"{len(photos)} photos, loss network {network.name}; the painting itself has {hues(pixels)} hues"
    )
    click.echo("| net | content | style | hues |\n|---|---|---|---|")
    for net in nets:
        paint = LoadedStyle(find_style(net), "cpu")
        painted = [paint(photo) for photo in photos]
        row = (
            *losses(network, painting, photos, painted),
            float(np.mean([hues(picture) for picture in painted])),
        )
        click.echo(f"| {Path(net).stem} | " + " | ".join(f"{value:.4g}" for value in row) + " |")


if __name__ == "__main__":
    main()
