"""A reflected border that a net adds to the picture: added to the frames, while they are bytes."""

import numpy as np
from onnx import NodeProto

from livebrush.converters.graph_edit import GraphEdit, attributes, node

_VALUE_BY_VALUE = ("Mul", "Add", "Sub", "Div", "Cast", "Transpose", "Gather", "Identity")


def pad_frames(edit: GraphEdit) -> int:
    """Moves a reflecting Pad of the picture in front of all that is done to it value by value.

    There it moves a quarter of the memory; and frames smaller than the border, which Pad refuses, repeat their last row
    and column instead. Returns 1, or 0 where the picture is not padded first.
    """
    channels_last, name = True, "frames"
    while (user := edit.only_user(name)) is not None and user.op_type != "Pad":
        constants = [edit.constant(other) for other in user.input if other != name]
        if user.op_type not in _VALUE_BY_VALUE or any(value is None for value in constants):
            return 0
        if user.op_type == "Transpose":
            channels_last = channels_last != (
                list(attributes(user).get("perm", [])) in ([0, 3, 1, 2], [0, 2, 3, 1])
            )
        name = user.output[0]
    pads = edit.constant(user.input[1]) if user is not None and len(user.input) > 1 else None
    if user is None or pads is None or len(pads) != 8 or user.output[0] in edit.outputs:
        return 0
    if attributes(user).get("mode") != "reflect":
        return 0
    places = (1, 2) if channels_last else (2, 3)
    others = {axis for axis in range(4) if axis not in places}
    if any(pads[axis] or pads[axis + 4] for axis in others) or pads.min() < 0:
        return 0
    padded = name
    for consumer in edit.users(user.output[0]):
        consumer.input[:] = [padded if one == user.output[0] else one for one in consumer.input]
    first = edit.users("frames")
    new, bordered = _border(edit, [(int(pads[axis]), int(pads[axis + 4])) for axis in places])
    for consumer in first:
        if consumer.op_type != "Shape":
            consumer.input[:] = [bordered if one == "frames" else one for one in consumer.input]
    edit.nodes = [*new, *(one for one in edit.nodes if one is not user)]
    edit.replace([edit.nodes[0]], [edit.nodes[0]])
    return 1


def _border(edit: GraphEdit, sides: list[tuple[int, int]]) -> tuple[list[NodeProto], str]:
    """Nodes that add rows and columns to `frames`, by their places: |place| at the start, mirrored at the end."""
    nodes: list[NodeProto] = []
    name = "frames"
    zero = edit.add_constant(np.int64(0), "zero")
    one = edit.add_constant(np.int64(1), "one")
    for axis, (before, after) in zip((1, 2), sides, strict=True):
        size, last, end, run, back, near, far, beyond, kept, mirrored, low, picked = (
            edit.fresh("border") for _ in range(12)
        )
        where = edit.add_constant(np.int64(axis), "axis")
        shape = edit.fresh("border")
        nodes += [
            node("Shape", ["frames"], shape),
            node("Gather", [shape, where], size, axis=0),
            node("Sub", [size, one], last),
            node("Add", [size, edit.add_constant(np.int64(after), "after")], end),
            node("Range", [edit.add_constant(np.int64(-before), "before"), end, one], run),
            # Not by `Abs`, which OpenVINO 2026.4 takes for its input where it folds it
            node("Sub", [zero, run], back),
            node("Max", [run, back], near),
            node("Sub", [last, near], far),
            node("Sub", [near, last], beyond),
            node("Max", [far, beyond], kept),
            node("Sub", [last, kept], mirrored),
            node("Max", [mirrored, zero], low),
            node("Gather", [name, low], picked, axis=axis),
        ]
        name = picked
    return nodes, name
