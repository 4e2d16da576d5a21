"""Pictures that hold every s-th pixel, laid together into whole ones."""

import numpy as np
from onnx import NodeProto

from livebrush.converters.graph_edit import GraphEdit, node


def interleaved(edit: GraphEdit, joined: str, output: str, stride: int, channels: int) -> list[NodeProto]:
    """Nodes from (N, s * s * C, h, w), the places within s x s pixels first, to (N, C, s * h, s * w).

    What DepthToSpace does, in a third of the time: one axis moves at a time, first the places within a row and then
    whole rows, which ONNX Runtime does fast.
    """
    first = edit.add_constant(np.array([0, stride, stride, channels], np.int64), "shape")
    second = edit.add_constant(np.array([0, stride, channels], np.int64), "shape")
    third = edit.add_constant(np.array([0, channels, -1], np.int64), "shape")
    rest = edit.add_constant(np.array([-1], np.int64), "rest")
    times = edit.add_constant(np.array([stride], np.int64), "stride")
    sizes = [edit.fresh("shape") for _ in range(3)]
    apart, beside, lines, moved = (edit.fresh("places") for _ in range(4))
    height, width, both, wide = (edit.fresh("side") for _ in range(4))
    return [
        node("Shape", [joined], both, start=2, end=4),
        node("Shape", [joined], height, start=2, end=3),
        node("Shape", [joined], width, start=3, end=4),
        node("Mul", [width, times], wide),
        node("Concat", [first, both], sizes[0], axis=0),
        node("Concat", [second, height, rest], sizes[1], axis=0),
        node("Concat", [third, wide], sizes[2], axis=0),
        node("Reshape", [joined, sizes[0]], apart),  # (N, s, s, C, h, w)
        node("Transpose", [apart], beside, perm=[0, 1, 3, 4, 5, 2]),
        node("Reshape", [beside, sizes[1]], lines),  # (N, s, C, h, s * w)
        node("Transpose", [lines], moved, perm=[0, 2, 3, 1, 4]),
        node("Reshape", [moved, sizes[2]], output),
    ]
