"""The canvas: a faint relief, the same under every frame, that strokes in flat places grow from."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CELL = 4
"""pixels from one value to the next, as large as a place where strokes are laid"""
SIDE = 128
"""values each way, after which it repeats: wider than the eye compares"""
OCTAVES = 4
"""each of forms twice as large as the one before: strokes gather as forms do, instead of lying evenly"""


class Canvas(nn.Module):
    """Adds a fixed noise to pictures.

    Where a photo is flat a net that paints strokes everywhere finds them in the noise of the camera, which is another
    in each frame: they boil. A canvas stronger than that noise has them stand still, as the weave of a real one does.

    relief: how far its values deviate, in 8-bit levels
    """

    def __init__(self, relief: float) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(0)
        noise = torch.zeros(1, 1, SIDE, SIDE)
        for octave in range(OCTAVES):
            drawn = torch.randn(1, 1, SIDE >> octave, SIDE >> octave, generator=random)
            forms = _enlarged(drawn, 1 << octave)
            noise += forms / forms.std()
        self.register_buffer("noise", relief / 255 * noise / noise.std())
        self.noise: Tensor

    def forward(self, pictures: Tensor, place: tuple[int, int] = (0, 0)) -> Tensor:
        """pictures: (N, C, H, W), RGB in [0, 1]; place: how far it is moved down and to the right, in values"""
        height, width = pictures.shape[2:]
        rows = torch.arange((height + CELL - 1) // CELL, device=pictures.device) % SIDE
        columns = torch.arange((width + CELL - 1) // CELL, device=pictures.device) % SIDE
        noise = self.noise.roll(place, (2, 3)) if any(place) else self.noise
        tiled = noise.index_select(2, rows).index_select(3, columns)
        relief = F.interpolate(tiled, scale_factor=float(CELL), mode="bilinear")
        return pictures + relief[..., :height, :width]


def _enlarged(noise: Tensor, factor: int) -> Tensor:
    """Smoothly, also across the edges where it repeats."""
    beyond = 2  # values that a cubic looks at
    around = F.pad(noise, (beyond,) * 4, mode="circular")
    cut = beyond * factor
    large = F.interpolate(around, scale_factor=float(factor), mode="bicubic")
    return large[..., cut : large.shape[-2] - cut, cut : large.shape[-1] - cut]


def drawn_place() -> tuple[int, int]:
    """By chance (torch's, on the CPU): in training the canvas lies elsewhere under each picture."""
    down, right = torch.randint(SIDE, (2,)).tolist()
    return down, right
