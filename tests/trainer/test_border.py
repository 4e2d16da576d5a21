"""The margin that a net needs."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.border import measure_margin

PHOTOS = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 0.2 + 0.7


class Blur(nn.Module):
    """A box blur over zero padding: darker up to `reach` pixels from the frame."""

    multiple = 1

    def __init__(self, reach: int, margin: int = 16) -> None:
        super().__init__()
        self.reach, self.margin = reach, margin

    def forward(self, x: Tensor) -> Tensor:
        side, pad = 2 * self.reach + 1, self.reach
        rows = F.avg_pool2d(
            x, (side, 1), stride=1, padding=(pad, 0)
        )  # one after the other, or it takes a minute
        return x + F.avg_pool2d(rows, (1, side), stride=1, padding=(0, pad))


def test_the_margin_is_as_wide_as_the_border_shows() -> None:
    margins = [measure_margin(Blur(reach), PHOTOS) for reach in (2, 20, 60)]
    assert margins[0] == 16 < margins[1] <= 32 < margins[2] <= 64


def test_a_net_that_pads_by_itself_needs_none() -> None:
    assert measure_margin(Blur(20, margin=0), PHOTOS) == 0


class BandInTheDark(Blur):
    """Dark pictures get a bright line, 20 pixels from the padding, that the ring's mean does not see."""

    def forward(self, x: Tensor) -> Tensor:
        line = torch.zeros_like(x)
        line[..., 20 : 20 + 2, :] = 0.5
        return x + line * (x.mean((1, 2, 3), keepdim=True) < 0.2)


def test_a_band_in_one_calm_picture_is_one_too_many() -> None:
    one_dark = torch.cat([PHOTOS, 0.05 * PHOTOS[:1]])
    assert measure_margin(BandInTheDark(0), PHOTOS) == 16
    assert measure_margin(BandInTheDark(0), one_dark) == 24
