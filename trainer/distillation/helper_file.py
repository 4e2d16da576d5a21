"""The ONNX file of a net that works beside the styles."""

from collections.abc import Mapping
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from livebrush.converters.export import OPSET, forget_machine, quiet_exporter
from livebrush.converters.half_weights import halve_weights
from livebrush.models.writing import whole_file


def write_helper(
    graph: nn.Module, example: Tensor, names: tuple[str, str], path: Path, about: Mapping[str, str]
) -> None:
    """Write it, its weights in half precision.

    graph:   one picture, (1, H, W, 3) uint8, H and W free, to another
    example: of its input
    names:   of its input and its output
    about:   its metadata
    raises:  LivebrushError when the file cannot be written
    """
    dynamic = torch.export.Dim.DYNAMIC
    with quiet_exporter():
        program = torch.onnx.export(
            graph.eval(), (example,), dynamo=True, opset_version=OPSET, input_names=[names[0]],
            output_names=[names[1]], dynamic_shapes=({1: dynamic, 2: dynamic},), verbose=False,
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    forget_machine(model)
    halve_weights(model)
    for key, value in about.items():
        model.metadata_props.add(key=key, value=value)
    with whole_file(path) as partial:
        onnx.save(model, partial)
