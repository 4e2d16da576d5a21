"""Torch net to style model: one ONNX file that takes and gives uint8 frames."""

import contextlib
import logging
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import nn

from livebrush.converters.canvas import Canvas
from livebrush.converters.frame_graph import FrameGraph, Graph, TransformNet
from livebrush.converters.half_weights import halve_weights
from livebrush.converters.palette_graph import PaletteGraph, PaletteLike
from livebrush.converters.parity import check_parity
from livebrush.converters.photo_graph import LookTemplate, MapNet, PhotoGraph
from livebrush.converters.quantized_output import round_by_quantizing
from livebrush.models.contract import METADATA_KEY, StyleMetadata, read_style_model
from livebrush.models.writing import whole_file

OPSET = 18


def export_style_model(
    net: TransformNet, metadata: StyleMetadata, path: Path, canvas: Canvas | None = None
) -> None:
    """Write a painting style model; see `export_graph`."""
    export_graph(FrameGraph(net.folded(), canvas), net.multiple, metadata, path)


def export_palette(
    net: PaletteLike, metadata: StyleMetadata, path: Path, canvas: Canvas | None = None
) -> None:
    """The same for a net of several painting styles."""
    export_graph(PaletteGraph(net, canvas), net.multiple, metadata, path)


def export_graph(graph: Graph, multiple: int, metadata: StyleMetadata, path: Path) -> None:
    """Write a painting style model, then prove that it paints what the net paints.

    The file appears under its name only when it is whole, honours the contract and passes the parity check.

    raises: LivebrushError when the folder cannot be written to, or ONNX Runtime and torch disagree
    """
    graph = graph.cpu().eval()
    model = to_onnx(graph, multiple)
    halve_weights(model)
    _write(model, graph, multiple, metadata, path)


def export_photo_model(net: MapNet, metadata: StyleMetadata, path: Path) -> None:
    """The same for a photo style."""
    graph = PhotoGraph(net).cpu().eval()
    model = to_onnx(graph, net.multiple)
    round_by_quantizing(model)
    _write(model, graph, net.multiple, metadata, path)


def export_look_template(net: MapNet, path: Path) -> None:
    """What `livebrush look` makes styles of: a graph that is whole but for what is known of the style photo."""
    graph = LookTemplate(PhotoGraph(net).cpu().eval())
    model = to_onnx(graph, net.multiple)
    round_by_quantizing(model)
    model.producer_name = "livebrush"
    with whole_file(path) as partial:
        onnx.save(model, partial)


def _write(model: onnx.ModelProto, graph: Graph, multiple: int, metadata: StyleMetadata, path: Path) -> None:
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    model.producer_name = "livebrush"
    model.doc_string = ", ".join(style.credit() for style in metadata.styles)
    with whole_file(path) as candidate:
        onnx.save(model, candidate)
        read_style_model(candidate)
        check_parity(graph, candidate, multiple)


def to_onnx(graph: Graph, multiple: int) -> onnx.ModelProto:
    """By the dynamo exporter, all sizes free that the contract leaves free."""
    dynamic = torch.export.Dim.DYNAMIC
    # Two frames of unequal sides: a size of one, or two equal sizes, would be taken for constants
    frames = torch.zeros(2, 8 * multiple, 12 * multiple, 3, dtype=torch.uint8)
    free = tuple({axis: dynamic for axis, _ in enumerate(names)} for names in graph.inputs.values())
    model = traced(graph, graph.example(frames), list(graph.inputs), list(graph.outputs), free)
    _name_sizes(model, graph.inputs | graph.outputs)
    return model


def traced(
    graph: nn.Module, example: tuple[Any, ...], inputs: list[str], outputs: list[str], free: tuple[Any, ...]
) -> onnx.ModelProto:
    """What the dynamo exporter makes of a module, without a word of this machine.

    example: values of all arguments
    inputs:  their names; outputs: those of the results
    free:    the exporter's `dynamic_shapes`
    """
    with quiet_exporter():
        program = torch.onnx.export(
            graph, example, dynamo=True, opset_version=OPSET, input_names=inputs, output_names=outputs,
            dynamic_shapes=free, verbose=False,
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    forget_machine(model)
    return model


def forget_machine(model: onnx.ModelProto) -> None:
    """The exporter writes source lines and paths of the machine into every node: take them out."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.input, *model.graph.output, *model.graph.value_info]:
        del value.metadata_props[:]
    del model.graph.metadata_props[:]


def _name_sizes(model: onnx.ModelProto, names: dict[str, tuple[str, ...]]) -> None:
    """Give the free sizes the names of the contract; the exporter calls them s27 and the like."""
    for value in (*model.graph.input, *model.graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, names[value.name], strict=False):
            dimension.dim_param = name
    del model.graph.value_info[:]


@contextlib.contextmanager
def quiet_exporter() -> Any:
    """The exporter logs that torchvision is missing and what it does not fold, and warns about its own internals: noise
    to a user."""
    logs = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript")]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
