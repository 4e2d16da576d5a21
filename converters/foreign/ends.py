"""The inputs and the output of a foreign net: which is the picture, in which layout, and which the style."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import onnx

from livebrush.models.errors import LivebrushError
from livebrush.models.ports import text

COLOURS = 3
UNTOLD = "?"


@dataclass(frozen=True)
class Ends:
    """picture:       name of the picture that goes in
    channels_last: whether it is (N, H, W, 3); else (N, 3, H, W)
    size:          (height, width) that it is fixed to; None where both are free
    style:         name of an input of one weight a style; None where the net has one style
    styles:        how many weights that input takes
    style_rank:    the number of its axes, 1 or 2
    vector:        name of an input that another net makes of a style picture; None where there is none
    output:        name of the picture that comes out, and its layout
    """

    picture: str
    channels_last: bool
    size: tuple[int, int] | None
    output: str
    output_channels_last: bool
    style: str | None = None
    styles: int = 1
    style_rank: int = 1
    vector: str | None = None


def find_ends(model: onnx.ModelProto, name: str, vector: str | None = None) -> Ends:
    """vector: the input that another net makes, where that is known
    raises: LivebrushError for a graph that takes no picture, gives none, or gives several"""
    inputs = {text(value.name): _shape(value) for value in model.graph.input}
    pictures = {key: shape for key, shape in inputs.items() if is_picture(shape)}
    if len(pictures) != 1:
        what = "no picture" if not pictures else f"{len(pictures)} pictures"
        raise LivebrushError(
            f"{name} takes {what}, expected one of 3 colours; its inputs are {_told(inputs)}",
            code="unsupported",
        )
    ((picture, shape),) = pictures.items()
    output, output_last = _find_output(model, name)
    last = shape[3] == COLOURS and shape[1] != COLOURS
    sizes = shape[1:3] if last else shape[2:4]
    fixed = all(isinstance(size, int) for size in sizes)
    others = {key: value for key, value in inputs.items() if key != picture}
    if len(others) > 1:
        raise LivebrushError(
            f"{name} takes more than a picture and a style: {_told(inputs)}", code="unsupported"
        )
    ends = Ends(picture, last, (int(sizes[0]), int(sizes[1])) if fixed else None, output, output_last)
    if not others:
        return ends
    ((second, of),) = others.items()
    if len(of) == 4 or second == vector:
        return Ends(**{**ends.__dict__, "vector": second})
    count = of[-1] if of else None
    if len(of) not in (1, 2) or not isinstance(count, int) or count < 2:
        raise LivebrushError(
            f"{name} takes {_told(others)} beside the picture, expected one weight a style or what another net makes "
            "of a style picture",
            code="unsupported",
        )
    return Ends(**{**ends.__dict__, "style": second, "styles": count, "style_rank": len(of)})


def _find_output(model: onnx.ModelProto, name: str) -> tuple[str, bool]:
    outputs = {text(value.name): _shape(value) for value in model.graph.output}
    pictures = [key for key, shape in outputs.items() if is_picture(shape)]
    if len(outputs) == 1 and next(iter(outputs.values())) in ([], 4 * [UNTOLD]):
        pictures = list(outputs)  # its shape is not told
    if len(pictures) != 1:
        looks = looks_like(model, outputs)
        raise LivebrushError(
            f"{name} gives {'several pictures' if pictures else 'no picture'}, expected one of 3 colours; its outputs "
            f"are {_told(outputs)}{looks}",
            code="unsupported",
        )
    shape = outputs[pictures[0]]
    return pictures[0], bool(shape) and shape[3] == COLOURS and shape[1] != COLOURS


def looks_like(model: onnx.ModelProto, outputs: Mapping[str, list[Any]]) -> str:
    """A few words on what gives no picture; "" where nothing tells."""
    if len(outputs) != 1:
        return ""
    (shape,) = outputs.values()
    values = [size for size in shape[1:] if size != 1]
    if len(values) == 1 and isinstance(values[0], int):
        if len(shape) == 2 or any(node.op_type == "Softmax" for node in model.graph.node):
            return f": it looks like a classifier of {values[0]} classes"
        return ": it looks like the first half of a pair, which makes a vector of a style picture"
    if len(shape) == 4:
        return f": it looks like a net that tells regions or features apart, in {shape[1]} channels"
    return ""


def is_picture(shape: list[Any]) -> bool:
    return len(shape) == 4 and COLOURS in (shape[1], shape[3])


def _told(values: dict[str, list[Any]]) -> str:
    return ", ".join(f"{key.removeprefix('net/')} {shape}" for key, shape in values.items()) or "none"


def _shape(value: onnx.ValueInfoProto) -> list[Any]:
    """Numbers where sizes are fixed, names where they are free."""
    dimensions = value.type.tensor_type.shape.dim
    return [
        d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else (text(d.dim_param) or UNTOLD)
        for d in dimensions
    ]
