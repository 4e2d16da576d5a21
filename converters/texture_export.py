"""Torch generator to texture net: one ONNX file that turns noise into uint8 pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn

from livebrush.converters.export import traced
from livebrush.converters.frame_graph import levels
from livebrush.converters.half_weights import halve_weights
from livebrush.converters.parity import compare
from livebrush.models.contract import METADATA_KEY
from livebrush.models.textures import OUTPUT, TextureMetadata, read_texture_model
from livebrush.models.writing import whole_file

CELLS = (2, 3)
"""height and width of the picture that the exporter sees, in the net's `multiple`: unequal, or they would be taken for
one size"""


class Generator(Protocol):
    """noise, the finest first, to (N, 3, H, W) float32 RGB in [0, 1], see `TextureMetadata`"""

    def folded(self) -> nn.Module:
        """A copy without normalisations."""
        ...


class TextureGraph(nn.Module):
    """Noise to (N, H, W, 3) uint8."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, *noise: Tensor) -> Tensor:
        return levels(self.net(*noise) * 255).permute(0, 2, 3, 1)


def export_texture_model(net: Generator, metadata: TextureMetadata, path: Path) -> None:
    """Write a texture net, then prove that it makes what the generator makes.

    raises: LivebrushError when the folder cannot be written to, or ONNX Runtime and torch disagree
    """
    graph = TextureGraph(net.folded()).cpu().eval()
    model = _to_onnx(graph, metadata)
    halve_weights(model)
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    model.producer_name = "livebrush"
    model.doc_string = metadata.style.credit()
    with whole_file(path) as candidate:
        onnx.save(model, candidate)
        read_texture_model(candidate)
        _check_parity(graph, metadata, candidate)


def _to_onnx(graph: TextureGraph, metadata: TextureMetadata) -> onnx.ModelProto:
    free = dict.fromkeys((0, 2, 3), torch.export.Dim.DYNAMIC)
    noise = _noise(metadata, 2, CELLS)
    model = traced(graph, noise, list(metadata.inputs), [OUTPUT], (tuple(free for _ in metadata.margins),))
    _name_sizes(model, metadata)
    return model


def _name_sizes(model: onnx.ModelProto, metadata: TextureMetadata) -> None:
    """The free sizes in words, in place of the exporter's s27 and the like."""
    names: dict[str, tuple[str | None, ...]] = {
        name: ("N", None, *(f"{side}{f'/{2**scale}' if scale else ''}+{2 * margin}" for side in "HW"))
        for scale, (name, margin) in enumerate(zip(metadata.inputs, metadata.margins, strict=True))
    }
    names[OUTPUT] = ("N", "H", "W", None)
    for value in (*model.graph.input, *model.graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, names[value.name], strict=True):
            if name:
                dimension.dim_param = name
    del model.graph.value_info[:]


def _check_parity(graph: TextureGraph, metadata: TextureMetadata, path: Path) -> None:
    """raises: LivebrushError"""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    for count, cells in ((1, (1, 1)), (1, (5, 3)), (3, (2, 4))):
        noise = _noise(metadata, count, cells)
        with torch.no_grad():
            expected = graph(*noise).numpy()
        named = {name: part.numpy() for name, part in zip(metadata.inputs, noise, strict=True)}
        compare(expected, np.asarray(session.run([OUTPUT], named)[0]), path.name)


def _noise(metadata: TextureMetadata, count: int, cells: Sequence[int]) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    finest = [cell * metadata.multiple for cell in cells]
    return tuple(
        torch.randn(
            count, metadata.channels, *((side >> scale) + 2 * margin for side in finest), generator=generator
        )
        for scale, margin in enumerate(metadata.margins)
    )
