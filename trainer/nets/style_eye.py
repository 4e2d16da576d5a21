"""What a net that paints after any picture sees of it: a short code of its textures and colours."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from livebrush.trainer.loss_networks.slim_vgg import SlimVgg

SIDE = 256
"""pixels that a style picture is brought to, both ways: textures matter, not shapes"""
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
"""those whose statistics the style loss compares"""
CODE = 56
"""values of a code"""
FURTHEST = 3.0
"""deviations from the mean of pictures beyond which a value is not believed"""


class StyleEye(nn.Module):
    """Means and deviations of the features that the style loss compares, brought down to their principal components.

    Frozen: what pictures have in common is learnt from many of them, by `fit`, before the net that uses it.

    forward: (1, 3, h, w) float32, RGB in [0, 1] -> (1, CODE), of about unit variance over pictures
    """

    def __init__(self, network: SlimVgg) -> None:
        super().__init__()
        seen = SlimVgg()
        seen.load_state_dict(network.state_dict())
        names = list(seen.convolutions)
        for name in names[names.index("4_1") + 1 :]:
            del seen.convolutions[name]
        self.network = seen.float().requires_grad_(False)
        count = 2 * (64 + 128 + 256 + 512)
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("components", torch.zeros(count, CODE))
        self.mean: Tensor
        self.components: Tensor

    @property
    def size(self) -> int:
        return CODE

    def forward(self, style: Tensor) -> Tensor:
        code = (self._statistics(style) - self.mean) @ self.components
        return code.clamp(-FURTHEST, FURTHEST)

    @torch.no_grad()
    def fit(self, pictures: list[Tensor]) -> None:
        """pictures: (1, 3, h, w) each, hundreds of them"""
        found = torch.cat([self._statistics(picture) for picture in pictures])
        self.mean.copy_(found.mean(0))
        _, deviations, axes = torch.linalg.svd(found - self.mean, full_matrices=False)
        deviations = deviations[:CODE] / len(pictures) ** 0.5
        self.components.copy_(axes[:CODE].T / deviations.clamp(min=1e-4))

    def _statistics(self, style: Tensor) -> Tensor:
        small = F.interpolate(style, (SIDE, SIDE), mode="bilinear", antialias=True)
        features = self.network.features(small, set(LAYERS))
        parts = []
        for layer in LAYERS:
            mean = features[layer].mean((2, 3))
            spread = (features[layer] - mean[:, :, None, None]).square().mean((2, 3)).add(1e-4).sqrt()
            parts += [mean.add(1).log(), spread.add(1).log()]
        return torch.cat(parts, 1)
