"""A transform net between uint8 frames, as an ONNX graph computes it."""

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

import torch
from torch import Tensor, nn

from livebrush.converters.canvas import Canvas


class TransformNet(Protocol):
    """What an exported painting net must be: (N, 3, H, W) float32 RGB in [0, 1] in and out.

    A net that paints 2x2 pixels at once may also have `blocks`: (N, 3, H, W) to (N, 12, H / 2, W / 2), the
    twelve being row, column, colour.
    """

    multiple: int
    margin: int

    def folded(self) -> nn.Module:
        """A copy without normalisations where the net allows that, else the net itself."""
        ...


class Graph(nn.Module, ABC):
    """What an ONNX file computes.

    inputs, outputs: by name, and the names of their free sizes
    """

    inputs: ClassVar[dict[str, tuple[str, ...]]]
    outputs: ClassVar[dict[str, tuple[str, ...]]]

    @abstractmethod
    def example(self, frames: Tensor) -> tuple[Tensor, ...]:
        """All inputs for some frames, (N, H, W, 3) uint8."""


class FrameGraph(Graph):
    """(N, H, W, 3) uint8 to the same. canvas: what lies under the frames, if anything"""

    inputs: ClassVar[dict[str, tuple[str, ...]]] = {"frames": ("N", "H", "W")}
    outputs: ClassVar[dict[str, tuple[str, ...]]] = {"stylized": ("N", "H", "W")}

    def __init__(self, net: nn.Module, canvas: Canvas | None = None) -> None:
        super().__init__()
        self.net, self.canvas = net, canvas

    def forward(self, frames: Tensor) -> Tensor:
        photo = frames.permute(0, 3, 1, 2).float() / 255
        if self.canvas:
            photo = self.canvas(photo)
        if hasattr(self.net, "blocks"):
            # Laid out as bytes rather than as floats: a quarter of the memory to move
            return lay_out(levels(self.net.blocks(photo) * 255))  # pyright: ignore[reportCallIssue]
        return levels(self.net(photo) * 255).permute(0, 2, 3, 1)

    def example(self, frames: Tensor) -> tuple[Tensor, ...]:
        """All inputs for some frames."""
        return (frames,)


def levels(painted: Tensor) -> Tensor:
    """0..255 to uint8, rounded and clipped."""
    # Clip before the cast: ONNX Runtime's cast truncates and wraps, 256 would become 0
    return (painted.clamp(0, 255) + 0.5).to(torch.uint8)


def lay_out(blocks: Tensor) -> Tensor:
    """(N, 12, H / 2, W / 2), two rows of two RGB pixels each, to (N, H, W, 3)."""
    count, _, rows, columns = blocks.shape
    pairs = blocks.reshape(count * 2, 6, rows, columns).permute(0, 2, 3, 1)
    # Whole rows change places: transposing fewer, larger pieces is faster
    lines = pairs.reshape(count, 2, rows, columns * 6).permute(0, 2, 1, 3)
    return lines.reshape(count, rows * 2, columns * 2, 3)
