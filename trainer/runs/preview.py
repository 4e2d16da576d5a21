"""Picture grids: photos above, what the net paints of them below."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from livebrush.converters.canvas import Canvas
from livebrush.models.writing import whole_file
from livebrush.trainer.bfloat16 import faster_arithmetic


@torch.no_grad()
def paint(net: nn.Module, images: Tensor) -> Tensor:
    """Run a net over whole pictures, its margin added and cropped.

    images: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by the net's `multiple`
    """
    was_training = net.training
    net.eval()
    try:
        return with_margin(net, images).clamp(0, 1)
    finally:
        net.train(was_training)


def with_margin(net: nn.Module, images: Tensor, margin: int = -1) -> Tensor:
    """The net over the picture and its reflected margin (-1: the net's own), cropped to the picture."""
    margin = int(net.margin) if margin < 0 else margin  # pyright: ignore[reportArgumentType]
    if margin == 0:
        return net(images)
    # As at run time: replicated where the picture is too small to reflect
    mode = "reflect" if margin < min(images.shape[-2:]) else "replicate"
    painted = net(F.pad(images, (margin,) * 4, mode=mode))
    return painted[..., margin:-margin, margin:-margin]


def on_canvas(
    net: nn.Module, canvas: Canvas, photo: Tensor, place: tuple[int, int], margin: int, mixed_precision: bool
) -> Tensor:
    """As `with_margin`, the photo lying on the canvas, which is moved to a place.

    mixed_precision: multiplied in bfloat16 where that is safe and faster; float32 comes out all the same
    """
    with faster_arithmetic(photo.device, mixed_precision):
        return with_margin(net, canvas(photo, place), margin).float()


def grid(*rows: Tensor) -> np.ndarray:
    """Rows of pictures, (N, 3, H, W) each, photos in the first: (rows * H, N * W, 3) uint8."""
    pixels = (
        torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
        .clamp(0, 1)
        .mul(255)
        .round()
        .to(torch.uint8)
    )
    return pixels.permute(1, 2, 0).cpu().numpy()


def save_picture(pixels: np.ndarray, path: Path) -> None:
    """Write beside the target and rename, so that a viewer never sees half a picture."""
    with whole_file(path) as partial:
        Image.fromarray(pixels).save(partial, format="PNG")
