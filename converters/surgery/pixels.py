"""Large kernels that lead to few channels, as the last layer's, painted several pixels at once."""

from itertools import product

import numpy as np
from onnx import NodeProto

from livebrush.converters.graph_edit import GraphEdit, attributes, node, sizes_of
from livebrush.converters.surgery.eight_bits import plain_constant
from livebrush.converters.surgery.interleaving import interleaved

MULTIPLE = 2
"""what H and W must divide by"""
_LEAST = 3
"""columns of a kernel; several pixels see little more of the picture than one only if that is much"""
LAST, NARROW = (1, 4), (5, 8)
"""least and most channels of a last layer, and of one that leaves half of 16 empty"""

Channels = tuple[int, int]


def paint_columns_together(edit: GraphEdit, channels: Channels = LAST) -> int:
    """Convolutions to so few channels as ones of stride 2 along the rows, to twice the channels. Exact.

    A processor with AVX2 computes 8 channels at a time: of 6 it wastes 2, of 3 it would waste 5. Returns how many were
    changed.
    """
    return sum(_widen(edit, one, 1, channels) for one in list(edit.nodes) if one.op_type == "Conv")


def paint_squares_together(edit: GraphEdit, channels: Channels = LAST) -> int:
    """Convolutions to so few channels as ones of stride 2, to four times the channels. Exact.

    For processors with AVX-512, which compute 16 channels at a time. Returns how many were changed.
    """
    return sum(_widen(edit, one, 2, channels) for one in list(edit.nodes) if one.op_type == "Conv")


def _widen(edit: GraphEdit, convolution: NodeProto, together: int, channels: Channels) -> bool:
    """together: rows painted at once; of columns two are"""
    weight = plain_constant(edit, convolution.input[1])
    values = attributes(convolution)
    if weight is None or weight.ndim != 4 or values.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return False
    outputs, inputs, rows, columns = weight.shape
    strides, pads, dilations, groups = sizes_of(values, weight.shape[2:])
    plain = strides == [1, 1] and dilations == [1, 1] and groups == 1
    if not plain or not channels[0] <= outputs <= channels[1] or min(rows, columns) < _LEAST:
        return False
    named = convolution.input[2] if len(convolution.input) > 2 else ""
    bias = plain_constant(edit, named) if named else np.zeros(outputs, weight.dtype)
    if bias is None:
        return False
    kernel = [rows + together - 1, columns + 1]
    wide = np.zeros((together, 2, outputs, inputs, *kernel), weight.dtype)
    for row, column in product(range(together), range(2)):
        wide[row, column, :, :, row : row + rows, column : column + columns] = weight
    painted = edit.fresh("pixels")
    names = [
        convolution.input[0],
        edit.add_constant(wide.reshape(-1, inputs, *kernel), "wide"),
        edit.add_constant(np.tile(bias, 2 * together), "wide_bias"),
    ]
    wider = node("Conv", names, painted, kernel_shape=kernel, strides=[together, 2], pads=pads)
    laid_out = (
        _side_by_side(edit, painted, convolution.output[0], outputs)
        if together == 1
        else interleaved(edit, painted, convolution.output[0], 2, outputs)
    )
    edit.replace([convolution], [wider, *laid_out])
    return True


def _side_by_side(edit: GraphEdit, painted: str, output: str, channels: int) -> list[NodeProto]:
    """Nodes from (N, 2 * C, H, W / 2), columns first, to (N, C, H, W)."""
    apart, turned = edit.fresh("columns"), edit.fresh("columns")
    height, width, lines, whole = (edit.fresh("shape") for _ in range(4))
    flat = edit.add_constant(np.array([0, 2, -1], np.int64), "shape")
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
