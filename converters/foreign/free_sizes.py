"""Sizes that a file fixes although its net does not need it, made free; and which sizes the net then takes."""

from collections.abc import Callable, Mapping

import numpy as np
import onnx
import onnxruntime as ort

from livebrush.converters.foreign.ends import Ends
from livebrush.converters.graph_edit import GraphEdit, attributes, node, with_shapes
from livebrush.models.contract import LEAST_SIDE
from livebrush.models.ports import text

MULTIPLES = (1, 2, 4, 8, 16, 32, 64)
_ODD = ((1, 1), (3, 5), (9, 7))
"""sizes that are tried, in multiples: the smallest, and some of unequal sides; none smaller than frames are made"""


def freed(model: onnx.ModelProto, ends: Ends) -> onnx.ModelProto:
    """A copy whose picture may have any size, as far as its operators allow (`smallest_multiple` tries)."""
    inferred = with_shapes(model)
    shapes = {
        text(value.name): _sizes(value) for value in (*inferred.graph.value_info, *inferred.graph.input)
    }
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    edit = GraphEdit(copy)
    for one in list(edit.nodes):
        if one.op_type == "ConvTranspose":
            _free_transposed(edit, one, shapes)
        elif one.op_type == "Resize":
            _free_resize(edit, one, shapes)
    copy = edit.finish()
    for value in copy.graph.input:
        if text(value.name) == ends.picture:
            names = ("N", "H", "W", "") if ends.channels_last else ("N", "", "H", "W")
            for dimension, name in zip(value.type.tensor_type.shape.dim, names, strict=True):
                if name:
                    dimension.dim_param = name
    for value in copy.graph.output:
        value.type.tensor_type.ClearField("shape")
    return copy


def smallest_multiple(gives_back: Callable[[tuple[int, int]], bool]) -> int | None:
    """What H and W must divide by for a net to give back the size that it was given; None where it takes one size.

    gives_back: whether the net does so with a height and a width
    """
    for multiple in MULTIPLES:
        if all(gives_back((_side(multiple, height), _side(multiple, width))) for height, width in _ODD):
            return multiple
    return None


def _side(multiple: int, count: int) -> int:
    """So many multiples, or the next odd number of them that are LEAST_SIDE pixels."""
    least = -(-LEAST_SIDE // multiple)
    return multiple * max(count, least + 1 - least % 2)


def gives_back(
    runner: ort.InferenceSession, ends: Ends, others: Mapping[str, np.ndarray], size: tuple[int, int]
) -> bool:
    """Whether a foreign net paints a picture of this size at its size."""
    shape = (1, *size, 3) if ends.channels_last else (1, 3, *size)
    wanted = (1, *size, 3) if ends.output_channels_last else (1, 3, *size)
    try:
        (painted,) = runner.run([ends.output], {ends.picture: np.zeros(shape, np.float32), **others})
    except Exception:  # ONNX Runtime's exceptions share no base class; a size that fails is an answer
        return False
    return np.asarray(painted).shape == wanted


def _free_transposed(edit: GraphEdit, one: onnx.NodeProto, shapes: dict[str, list[int]]) -> None:
    """output_shape fixes a size; the same as output_padding does not."""
    values = attributes(one)
    weight, given = edit.constant(one.input[1]), shapes.get(one.input[0], [])
    if "output_shape" not in values or weight is None or len(given) != 4:
        return
    strides = list(values.get("strides", [1, 1]))
    wanted = list(values["output_shape"])[-2:]
    full = [(given[2 + n] - 1) * strides[n] + weight.shape[2 + n] for n in range(2)]
    added = [size - whole for size, whole in zip(wanted, full, strict=True)]
    if not all(0 <= more < stride for more, stride in zip(added, strides, strict=True)):
        return
    kept = {key: value for key, value in values.items() if key not in ("output_shape", "auto_pad", "pads")}
    edit.replace([one], [node("ConvTranspose", one.input, one.output[0], output_padding=added, **kept)])


def _free_resize(edit: GraphEdit, one: onnx.NodeProto, shapes: dict[str, list[int]]) -> None:
    """Sizes in numbers become factors, where they are whole ones."""
    sizes = edit.constant(one.input[3]) if len(one.input) > 3 and one.input[3] else None
    given = shapes.get(one.input[0], [])
    if sizes is None or len(given) != len(sizes) or not all(given):
        return
    factors = np.array(sizes, np.float64) / np.array(given)
    if (factors == np.rint(factors)).all():
        scales = edit.add_constant(factors.astype(np.float32), "factors")
        edit.replace([one], [node("Resize", [one.input[0], "", scales], one.output[0], **attributes(one))])


def _sizes(value: onnx.ValueInfoProto) -> list[int]:
    return [d.dim_value for d in value.type.tensor_type.shape.dim]
