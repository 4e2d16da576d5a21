"""A net of several styles as an ONNX graph: frames and the weights of a blend in, several small numbers to a byte."""

import math
from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

import torch
from torch import Tensor, nn

from livebrush.converters.canvas import Canvas
from livebrush.converters.frame_graph import FrameGraph, Graph


class PaletteLike(Protocol):
    """What an exported net of several styles must be, see `trainer.nets.palette`.

    styles: how many; levels: how many values the weights of each kernel may have, (E,); convs: its convolutions
    """

    multiple: int
    convs: list[str]

    @property
    def styles(self) -> int: ...
    @property
    def levels(self) -> Tensor: ...
    def places_of(self, conv: str) -> Tensor: ...
    def steps_of(self, conv: str) -> Tensor: ...
    def centres(self) -> Tensor: ...
    def mixed(
        self, style: Tensor, kernels_of: Callable[[str], tuple[Tensor, Tensor]]
    ) -> dict[str, Tensor]: ...
    def painting_with(self, weights: dict[str, Tensor]) -> nn.Module: ...


class PaletteGraph(Graph):
    """(N, H, W, 3) uint8 frames and (K,) float32 weights of a blend to frames; the weights' part does not depend on the
    frames."""

    inputs: ClassVar[dict[str, tuple[str, ...]]] = {"frames": ("N", "H", "W"), "style": ()}
    outputs: ClassVar[dict[str, tuple[str, ...]]] = {"stylized": ("N", "H", "W")}

    def __init__(self, net: PaletteLike, canvas: Canvas | None = None) -> None:
        super().__init__()
        self.net, self.canvas = net, canvas
        places = {conv: net.places_of(conv) for conv in net.convs}
        self.packed = Packed([places[conv].flatten(1) for conv in net.convs], net.levels.tolist())
        self.shapes = {conv: places[conv].shape for conv in net.convs}
        # In one piece: a piece for each layer would be too small for half precision
        self.register_buffer("steps", torch.cat([net.steps_of(conv) for conv in net.convs], 1))
        self.steps: Tensor

    def forward(self, frames: Tensor, style: Tensor) -> Tensor:
        sizes = [math.prod(shape[1:]) for shape in self.shapes.values()]
        channels = [shape[1] for shape in self.shapes.values()]
        places = dict(zip(self.shapes, self.packed().split(sizes, 1), strict=True))
        steps = dict(zip(self.shapes, self.steps.split(channels, 1), strict=True))

        def kernels(conv: str) -> tuple[Tensor, Tensor]:
            return places[conv].view(self.shapes[conv]) - self.net.centres(), steps[conv]

        return FrameGraph(self.net.painting_with(self.net.mixed(style, kernels)).eval(), self.canvas)(frames)

    def example(self, frames: Tensor) -> tuple[Tensor, ...]:
        weights = torch.arange(self.net.styles, 0.0, -1.0) ** 2
        return frames, weights / weights.sum()


class Packed(nn.Module):
    """Rows of small whole numbers, those of a row below a number of its own, as many in a byte as it holds.

    parts:  (E, n) uint8 each, joined along the rows
    levels: E numbers, falling; values of a row are below its own
    """

    def __init__(self, parts: Sequence[Tensor], levels: Sequence[int]) -> None:
        super().__init__()
        rows = torch.cat(list(parts), 1)
        self.length = rows.shape[1]
        self.levels = sorted(set(levels), reverse=True)
        for level in self.levels:
            alike = rows[[row for row, own in enumerate(levels) if own == level]]
            self.register_buffer(f"bytes{level}", packed(alike, level))

    def forward(self) -> Tensor:
        """(E, n) float32"""
        rows = [unpacked(getattr(self, f"bytes{level}"), level)[:, : self.length] for level in self.levels]
        return torch.cat(rows)


def values_in_a_byte(levels: int) -> int:
    """How many whole numbers below `levels` one byte holds."""
    return int(math.log(256) / math.log(levels) + 1e-9)


def packed(values: Tensor, levels: int) -> Tensor:
    """(rows, n) uint8, each below `levels`, to (rows, bytes) uint8"""
    several = values_in_a_byte(levels)
    missing = -values.shape[1] % several
    groups = nn.functional.pad(values.int(), (0, missing)).unflatten(1, (-1, several))
    return (groups * _powers(levels, several).int()).sum(2).to(torch.uint8)


def unpacked(values: Tensor, levels: int) -> Tensor:
    """(rows, bytes) uint8 to (rows, bytes * values in a byte) float32, all of them whole numbers"""
    powers = _powers(levels, values_in_a_byte(levels))
    left = torch.floor(values.float()[:, :, None] / powers)
    return (left - levels * torch.floor(left / levels)).flatten(1)


def _powers(levels: int, count: int) -> Tensor:
    return torch.tensor([float(levels**place) for place in range(count)])
