"""Instance norms that are written out operator by operator become the one operator that they are."""

import numpy as np
from onnx import NodeProto

from livebrush.converters.graph_edit import GraphEdit, attributes, node


def join_instance_norms(edit: GraphEdit) -> int:
    """(x - mean) / sqrt(variance + eps) * scale + shift, over rows and columns, as InstanceNormalization.

    Scale and shift may be computed, as in nets of several styles. Returns how many were joined.
    """
    joined = 0
    for first in list(edit.nodes):
        if first.op_type == "Sub" and any(first is one for one in edit.nodes):
            joined += _join(edit, first)
    return joined


def _join(edit: GraphEdit, centred: NodeProto) -> bool:
    """centred: the subtraction of the mean"""
    x = centred.input[0]
    mean = edit.maker(centred.input[1])
    if mean is None or mean.input[0] != x or not _over_picture(edit, mean):
        return False
    found = _division(edit, centred)
    if found is None:
        return False
    division, eps, inner = found
    scaled = edit.only_user(division.output[0])
    scale = _per_channel(edit, scaled, division.output[0], "Mul")
    if scaled is None or scale is None:
        return False
    shifted = edit.only_user(scaled.output[0])
    shift = _per_channel(edit, shifted, scaled.output[0], "Add")
    if shifted is None or shift is None:
        return False
    flat = edit.add_constant(np.array([-1], np.int64), "flat")
    vectors = [edit.fresh("scale"), edit.fresh("shift")]
    new = [
        *(
            node("Reshape", [value, flat], vector)
            for value, vector in zip((scale, shift), vectors, strict=True)
        ),
        node("InstanceNormalization", [x, *vectors], shifted.output[0], epsilon=eps),
    ]
    edit.replace([mean, centred, *inner, division, scaled, shifted], new)
    return True


def _division(edit: GraphEdit, centred: NodeProto) -> tuple[NodeProto, float, list[NodeProto]] | None:
    """The division by the deviation of what was centred, its eps, and the nodes between that nothing else uses."""
    users = edit.users(centred.output[0])
    square = next((user for user in users if _squares(edit, user, centred.output[0])), None)
    variance = square and edit.only_user(square.output[0])
    if square is None or variance is None or not _over_picture(edit, variance):
        return None
    added = edit.only_user(variance.output[0])
    eps = (
        _other_constant(edit, added, variance.output[0])
        if added is not None and added.op_type == "Add"
        else None
    )
    root = edit.only_user(added.output[0]) if added is not None else None
    if eps is None or root is None or root.op_type != "Sqrt" or added is None:
        return None
    inner = [square, variance, added, root]
    last = edit.only_user(root.output[0])
    if last is not None and last.op_type == "Reciprocal":
        inner.append(last)
        last = edit.only_user(last.output[0])
        fits = last is not None and last.op_type == "Mul" and centred.output[0] in last.input
    else:
        fits = last is not None and last.op_type == "Div" and last.input[0] == centred.output[0]
    known = {id(square), id(last)}
    if not fits or last is None or any(id(user) not in known for user in users):
        return None
    return last, eps, inner


def _squares(edit: GraphEdit, user: NodeProto, value: str) -> bool:
    if user.op_type == "Mul":
        return list(user.input) == [value, value]
    power = edit.constant(user.input[1]) if user.op_type == "Pow" else None
    return power is not None and power.size == 1 and float(power.reshape(())) == 2.0


def _over_picture(edit: GraphEdit, mean: NodeProto) -> bool:
    """Whether a node is the mean over rows and columns, with both kept as sizes of one."""
    if mean.op_type == "GlobalAveragePool":
        return True
    if mean.op_type != "ReduceMean" or attributes(mean).get("keepdims", 1) != 1:
        return False
    axes = attributes(mean).get("axes")
    if axes is None and len(mean.input) > 1:
        axes = edit.constant(mean.input[1])
    return axes is not None and sorted(int(axis) % 4 for axis in axes) == [2, 3]


def _other_constant(edit: GraphEdit, user: NodeProto, value: str) -> float | None:
    other = next((name for name in user.input if name != value), value)
    constant = edit.constant(other)
    return float(constant.reshape(())) if constant is not None and constant.size == 1 else None


def _per_channel(edit: GraphEdit, user: NodeProto | None, value: str, operator: str) -> str | None:
    """What a node multiplies or adds, if that is one value a channel."""
    if user is None or user.op_type != operator:
        return None
    other = next((name for name in user.input if name != value), None)
    if other is None:
        return None
    constant, maker = edit.constant(other), edit.maker(other)
    if constant is not None:
        shape = (1,) * (4 - constant.ndim) + constant.shape
    elif (
        maker is not None and maker.op_type == "Reshape" and (to := edit.constant(maker.input[1])) is not None
    ):
        shape = (1,) * (4 - len(to)) + tuple(int(size) for size in to)
    else:
        return None
    return other if len(shape) == 4 and shape[0] == shape[2] == shape[3] == 1 and shape[1] != 1 else None
