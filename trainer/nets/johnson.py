"""Johnson's transform net as the field runs it: the reference that faster nets are measured against."""

import torch.nn.functional as F
from torch import Tensor, nn


class ReflectConv(nn.Sequential):
    """Convolution over a reflected border, so that it keeps the size at stride 1."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__(nn.ReflectionPad2d(kernel // 2), nn.Conv2d(inputs, outputs, kernel, stride))


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            ReflectConv(channels, channels, 3), nn.InstanceNorm2d(channels, affine=True), nn.ReLU()
        )
        self.second = nn.Sequential(
            ReflectConv(channels, channels, 3), nn.InstanceNorm2d(channels, affine=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.first(x))


class Enlarge(nn.Module):
    """Nearest neighbour, twice the size (Odena et al. 2016: no checkerboard)."""

    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(x, scale_factor=2.0, mode="nearest")


class JohnsonNet(nn.Module):
    """Transform net of 32-64-128 channels and five residual blocks: 47 GMAC at 640x480.

    As the field runs it (PyTorch's fast_neural_style example and its descendants). It differs from
    Johnson et al. 2016 (and its supplement) in these points: instance norm instead of batch norm
    (Ulyanov et al. 2016); nearest x2 and a 3x3 convolution instead of transposed convolutions of
    stride 1/2; reflect padding in every convolution, residual blocks keep their size, instead of
    40 pixels of reflection at the input and unpadded residual blocks; tanh covers [0, 1] exactly
    instead of reaching beyond it by a scale of 150; normalisation follows the upsampling convolutions.
    Its normalisation depends on the frame, so it cannot be folded.
    """

    multiple = 4
    margin = 0

    def __init__(self) -> None:
        super().__init__()

        def normed(inputs: int, outputs: int, kernel: int, stride: int = 1) -> list[nn.Module]:
            return [
                ReflectConv(inputs, outputs, kernel, stride),
                nn.InstanceNorm2d(outputs, affine=True),
                nn.ReLU(),
            ]

        self.layers = nn.Sequential(
            *normed(3, 32, 9),
            *normed(32, 64, 3, stride=2),
            *normed(64, 128, 3, stride=2),
            *(Residual(128) for _ in range(5)),
            Enlarge(),
            *normed(128, 64, 3),
            Enlarge(),
            *normed(64, 32, 3),
            ReflectConv(32, 3, 9),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float32, RGB in [0, 1], H and W divisible by `multiple`; returns the same."""
        return self.layers(2 * x - 1) * 0.5 + 0.5

    def folded(self) -> "JohnsonNet":
        """The net itself: instance norm depends on the frame and stays."""
        return self
