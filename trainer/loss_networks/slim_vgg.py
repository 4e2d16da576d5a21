"""A loss network small enough to ship: VGG19 with every convolution squeezed through a few channels."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTHS = {
    "1_1": 64, "1_2": 64, "2_1": 128, "2_2": 128, "3_1": 256, "3_2": 256, "3_3": 256, "3_4": 256,
    "4_1": 512, "4_2": 512, "4_3": 512, "4_4": 512, "5_1": 512,
}  # fmt: skip
"""channels of the layers, VGG's own"""
RANKS = {
    "1_2": 24, "2_1": 40, "2_2": 48, "3_1": 80, "3_2": 80, "3_3": 80, "3_4": 80,
    "4_1": 112, "4_2": 112, "4_3": 96, "4_4": 96, "5_1": 128,
}  # fmt: skip
"""channels that each convolution is squeezed through: what it computes has far fewer dimensions than channels"""


class SlimVgg(nn.Module):
    """VGG19 up to relu5_1 with a third of the work and a third of the weights.

    A convolution is two: 3x3 to a few channels, 1x1 to VGG's. The first layer is VGG's own. Features are in Oxford's
    units, so that absolute losses keep their weights.

    source: Zhang et al. 2015, Accelerating Very Deep Convolutional Networks (low rank, layer by layer)
    """

    name = "slim-vgg"
    layers = frozenset(f"{kind}{layer}" for layer in WIDTHS for kind in ("relu", "conv"))
    content_layers = layers

    def __init__(self, average: bool = False) -> None:
        super().__init__()
        self.average = average
        self.convolutions = nn.ModuleDict({"1_1": nn.Conv2d(3, 64, 3, padding=1)})
        inward = 64
        for layer, rank in RANKS.items():
            squeeze = nn.Conv2d(inward, rank, 3, padding=1, bias=False)
            self.convolutions[layer] = nn.Sequential(squeeze, nn.Conv2d(rank, WIDTHS[layer], 1))
            inward = WIDTHS[layer]
        self.register_buffer("mean", torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1) / 255)
        self.mean: Tensor

    def features(self, images: Tensor, layers: set[str]) -> dict[str, Tensor]:
        """images: (N, 3, H, W) float32, RGB in [0, 1]; layers such as "relu3_1", or "conv3_1" for it before ReLU"""
        x = ((images - self.mean) * 255).to(next(self.convolutions.parameters()).dtype)
        found: dict[str, Tensor] = {}
        for name, convolution in self.convolutions.items():
            if name.endswith("_1") and name != "1_1":
                x = F.avg_pool2d(x, 2) if self.average else F.max_pool2d(x, 2)
            before = convolution(x)
            x = F.relu(before)
            found |= {key: f for key, f in ((f"conv{name}", before), (f"relu{name}", x)) if key in layers}
            if len(found) == len(layers):
                break
        return found
