"""Torch net to style model: one ONNX file that takes and gives uint8 frames."""

import contextlib
import logging
import tempfile
import warnings
from pathlib import Path
from typing import Any, Protocol

import onnx
import torch
from torch import Tensor, nn

from converters.half_weights import halve_weights
from converters.parity import check_parity
from models.contract import METADATA_KEY, StyleMetadata, read_style_model
from models.errors import LivebrushError

OPSET = 18


class TransformNet(Protocol):
    """What an exported net must be: (N, 3, H, W) float32 RGB in [0, 1] in and out.

    A net that paints 2x2 pixels at once may also have `blocks`: (N, 3, H, W) to (N, 12, H / 2, W / 2), the
    twelve being row, column, colour.
    """

    multiple: int
    margin: int

    def folded(self) -> nn.Module:
        """A copy without normalisations where the net allows that, else the net itself."""
        ...


class FrameGraph(nn.Module):
    """A transform net between uint8 frames: (N, H, W, 3) in, (N, H, W, 3) out."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, frames: Tensor) -> Tensor:
        photo = frames.permute(0, 3, 1, 2).float() / 255
        if hasattr(self.net, "blocks"):
            # Laid out as bytes rather than as floats: a quarter of the memory to move
            return _lay_out(_levels(self.net.blocks(photo)))  # pyright: ignore[reportCallIssue]
        return _levels(self.net(photo)).permute(0, 2, 3, 1)


def _levels(painted: Tensor) -> Tensor:
    """[0, 1] to uint8, rounded."""
    # Clip before the cast: ONNX Runtime's cast truncates and wraps, 256 would become 0
    return ((painted * 255).clamp(0, 255) + 0.5).to(torch.uint8)


def _lay_out(blocks: Tensor) -> Tensor:
    """(N, 12, H / 2, W / 2), two rows of two RGB pixels each, to (N, H, W, 3)."""
    count, _, rows, columns = blocks.shape
    pairs = blocks.reshape(count * 2, 6, rows, columns).permute(0, 2, 3, 1)
    # Whole rows change places: transposing fewer, larger pieces is faster
    lines = pairs.reshape(count, 2, rows, columns * 6).permute(0, 2, 1, 3)
    return lines.reshape(count, rows * 2, columns * 2, 3)


def export_style_model(net: TransformNet, metadata: StyleMetadata, path: Path) -> None:
    """Write a style model, then prove that it paints what the net paints.

    The file appears under its name only when it is whole, honours the contract and passes the parity check.

    raises: LivebrushError when the folder cannot be written to, or ONNX Runtime and torch disagree
    """
    graph = FrameGraph(net.folded()).cpu().eval()
    model = _to_onnx(graph, net.multiple)
    halve_weights(model)
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    model.producer_name = "livebrush"
    model.doc_string = ", ".join(style.credit() for style in metadata.styles)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}") as folder:
            candidate = Path(folder) / path.name
            onnx.save(model, candidate)
            read_style_model(candidate)
            check_parity(graph, candidate, net.multiple)
            candidate.replace(path)
    except OSError as error:
        raise LivebrushError(
            f"the style model {path} cannot be written: {error.strerror or error}"
        ) from error


def _to_onnx(graph: nn.Module, multiple: int) -> onnx.ModelProto:
    """By the dynamo exporter, all sizes free."""
    dynamic = torch.export.Dim.DYNAMIC
    # Two frames of unequal sides: a size of one, or two equal sizes, would be taken for constants
    example = torch.zeros(2, 8 * multiple, 12 * multiple, 3, dtype=torch.uint8)
    with _quiet_exporter():
        program = torch.onnx.export(
            graph,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=["frames"],
            output_names=["stylized"],
            dynamic_shapes=({0: dynamic, 1: dynamic, 2: dynamic},),
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    forget_machine(model)
    _name_sizes(model)
    return model


def forget_machine(model: onnx.ModelProto) -> None:
    """The exporter writes source lines and paths of the machine into every node: take them out."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.input, *model.graph.output, *model.graph.value_info]:
        del value.metadata_props[:]
    del model.graph.metadata_props[:]


def _name_sizes(model: onnx.ModelProto) -> None:
    """Give the free sizes the names of the contract; the exporter calls them s27 and the like."""
    for value in (*model.graph.input, *model.graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, ("N", "H", "W"), strict=False):
            dimension.dim_param = name
    del model.graph.value_info[:]


@contextlib.contextmanager
def _quiet_exporter() -> Any:
    """The exporter logs that torchvision is missing and warns about its own internals: noise to a user."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
