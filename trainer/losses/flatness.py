"""Where a photo is flat: strokes there have nothing to follow but each other."""

import torch.nn.functional as F
from torch import Tensor

WINDOW = 9
FLAT_DEVIATION = 8 / 255


def flatness(photo: Tensor) -> Tensor:
    """1 where a photo is flat, towards 0 where it has texture or an edge.

    It is a half where luma deviates by FLAT_DEVIATION around a place, which is above a camera's noise.

    photo:   (N, 3, H, W) float32, RGB in [0, 1]
    returns: (N, 1, H, W)
    """
    luma = photo.mean(1, keepdim=True)

    def local(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, WINDOW, stride=1, padding=WINDOW // 2, count_include_pad=False)

    variance = (local(luma.square()) - local(luma).square()).clamp(min=0)
    return FLAT_DEVIATION**2 / (variance + FLAT_DEVIATION**2)
