"""Region masks as the loss network sees them: at each layer's size, blurred as far as its pixels look."""

import torch.nn.functional as F
from torch import Tensor

from livebrush.trainer.loss_networks.loss_network import CONVOLUTIONS


def mask_at_layers(mask: Tensor, layers: set[str]) -> dict[str, Tensor]:
    """A mask at layers of VGG19: half the size at each pool, a 3x3 mean at each convolution.

    mask:    (1, 1, H, W), 0..1
    layers:  such as "relu3_1" or "conv3_1"
    returns: layer -> (1, 1, H', W')
    source:  Luan et al. 2017, their published code
    """
    found: dict[str, Tensor] = {}
    for name in CONVOLUTIONS:
        if len(found) == len(layers):
            break
        if name.endswith("_1") and name != "1_1":
            size = (max(1, mask.shape[2] // 2), max(1, mask.shape[3] // 2))
            mask = F.interpolate(mask, size=size, mode="bilinear", align_corners=False)
        mask = F.avg_pool2d(mask, 3, stride=1, padding=1, count_include_pad=False)
        found |= {f"{kind}{name}": mask for kind in ("relu", "conv") if f"{kind}{name}" in layers}
    return found


def stride_of(layer: str) -> int:
    """Pixels a feature of a layer such as "relu3_1" stands for."""
    return 2 ** (int(layer.removeprefix("relu").removeprefix("conv").split("_")[0]) - 1)
