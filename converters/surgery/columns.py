"""Large kernels that lead to few channels, as the last layer's, painted several columns at once."""

import numpy as np
from onnx import NodeProto

from livebrush.converters.graph_edit import GraphEdit, attributes, node, sizes_of

COLUMNS = 2
"""painted at once: 6 channels fill the 8 that a processor computes at a time, 3 of them would waste 5"""
_FEW = 4  # channels
_WIDE = 5  # kernels of fewer columns gain nothing: two columns need one more


def paint_columns_together(edit: GraphEdit) -> int:
    """A convolution to few channels as one of stride 2 along the rows, to twice the channels. Exact.

    Returns how many were changed. Needs frames of an even width.
    """
    return sum(_widen(edit, one) for one in list(edit.nodes) if one.op_type == "Conv")


def _widen(edit: GraphEdit, convolution: NodeProto) -> bool:
    weight = edit.constant(convolution.input[1])
    values = attributes(convolution)
    if weight is None or weight.ndim != 4 or values.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return False
    outputs, inputs, rows, columns = weight.shape
    strides, pads, dilations, groups = sizes_of(values, weight.shape[2:])
    if outputs > _FEW or columns < _WIDE or strides != [1, 1] or dilations != [1, 1] or groups != 1:
        return False
    bias = (
        edit.constant(convolution.input[2]) if len(convolution.input) > 2 else np.zeros(outputs, weight.dtype)
    )
    if bias is None:
        return False
    wide = np.zeros((COLUMNS, outputs, inputs, rows, columns + COLUMNS - 1), weight.dtype)
    for column in range(COLUMNS):
        wide[column, :, :, :, column : column + columns] = weight
    painted = edit.fresh("columns")
    names = [
        convolution.input[0],
        edit.add_constant(wide.reshape(-1, *wide.shape[2:]), "wide"),
        edit.add_constant(np.tile(bias, COLUMNS), "wide_bias"),
    ]
    kernel = [rows, columns + COLUMNS - 1]
    wider = node("Conv", names, painted, kernel_shape=kernel, strides=[1, COLUMNS], pads=pads)
    edit.replace([convolution], [wider, *_side_by_side(edit, painted, convolution.output[0], outputs)])
    return True


def _side_by_side(edit: GraphEdit, painted: str, output: str, channels: int) -> list[NodeProto]:
    """Nodes from (N, 2 * C, H, W / 2), columns first, to (N, C, H, W)."""
    apart, turned = edit.fresh("columns"), edit.fresh("columns")
    height, width, lines, whole = (edit.fresh("shape") for _ in range(4))
    flat = edit.add_constant(np.array([0, COLUMNS, -1], np.int64), "shape")
    few = edit.add_constant(np.array([0, channels], np.int64), "shape")
    rest = edit.add_constant(np.array([-1], np.int64), "shape")
    return [
        node("Shape", [painted], height, start=2, end=3),
        node("Shape", [painted], width, start=3, end=4),
        node("Concat", [flat, width], lines, axis=0),
        node("Reshape", [painted, lines], apart),  # (N, 2, C * H, W / 2)
        node("Transpose", [apart], turned, perm=[0, 2, 3, 1]),
        node("Concat", [few, height, rest], whole, axis=0),
        node("Reshape", [turned, whole], output),
    ]
