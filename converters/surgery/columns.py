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
    painted, cut, turned = edit.fresh("columns"), edit.fresh("columns_apart"), edit.fresh("columns_together")
    shapes = [
        edit.add_constant(np.array(shape, np.int64), "shape")
        for shape in ([0, COLUMNS, outputs, -1], [0, outputs, 0, -1])
    ]
    names = [convolution.input[0], edit.add_constant(wide.reshape(-1, *wide.shape[2:]), "wide")]
    names.append(edit.add_constant(np.tile(bias, COLUMNS), "wide_bias"))
    # (N, 2 * C, H, W / 2) -> (N, 2, C * H, W / 2) -> (N, C * H, W / 2, 2) -> (N, C, H, W)
    height = edit.fresh("height")
    new = [
        node(
            "Conv", names, painted,
            kernel_shape=[rows, columns + COLUMNS - 1], strides=[1, COLUMNS], pads=pads,
        ),
        node("Shape", [painted], height, start=2, end=3),
    ]  # fmt: skip
    last = edit.fresh("shape")
    minus = edit.add_constant(np.array([-1], np.int64), "rest")
    few = edit.add_constant(np.array([0, outputs], np.int64), "few")
    flat = edit.add_constant(np.array([0, COLUMNS, -1], np.int64), "flat")
    del shapes
    width = edit.fresh("width")
    lines = edit.fresh("shape")
    new += [
        node("Shape", [painted], width, start=3, end=4),
        node("Concat", [flat, width], lines, axis=0),
        node("Reshape", [painted, lines], cut),
        node("Transpose", [cut], turned, perm=[0, 2, 3, 1]),
        node("Concat", [few, height, minus], last, axis=0),
        node("Reshape", [turned, last], convolution.output[0]),
    ]
    edit.replace([convolution], new)
    return True
