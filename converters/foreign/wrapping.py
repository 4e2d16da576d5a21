"""A foreign net inside the contract: uint8 frames in and out, and its style under the contract's name."""

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from livebrush.converters.foreign.ends import Ends
from livebrush.converters.foreign.pair import StyleNet
from livebrush.converters.foreign.probing import Colours
from livebrush.converters.graph_edit import node


class _Parts:
    """Nodes and constants that are added around a net."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, values: object) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(values), f"wrap/{name}"))
        return f"wrap/{name}"

    def add(self, operator: str, inputs: list[str], name: str, **values: object) -> str:
        self.nodes.append(node(operator, inputs, name, **values))
        return name


def wrapped(
    model: onnx.ModelProto, ends: Ends, colours: Colours, fixed: bool, looker: StyleNet | None = None
) -> onnx.ModelProto:
    """model:  in opset 18
    fixed:  whether the net takes one size only: frames are then resized to it, and paintings back
    looker: the net that makes its vector of a style picture, where that is no part of it
    returns: a model that honours the contract but for its metadata
    """
    before, after = _Parts(), _Parts()
    _go_in(before, ends, colours, ends.size if fixed else None)
    _come_out(after, ends, colours, fixed)
    if ends.style:
        wide = ends.style_rank == 2
        axis = [before.constant("style_axis", np.array([0], np.int64))] if wide else []
        before.add("Unsqueeze" if wide else "Identity", ["style", *axis], ends.style)
    inputs = [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3])]
    if ends.style:
        inputs.append(helper.make_tensor_value_info("style", TensorProto.FLOAT, [ends.styles]))
    functions, imports = list(model.functions), list(model.opset_import)
    if looker and ends.vector:
        nodes, constants, its_model = looker.nodes(ends.vector)
        before.nodes += nodes
        before.constants += constants
        functions += its_model.functions
        imports += [one for one in its_model.opset_import if one.domain not in {it.domain for it in imports}]
        inputs.append(helper.make_tensor_value_info("style_picture", TensorProto.UINT8, ["n", "h", "w", 3]))
    graph = helper.make_graph(
        [*before.nodes, *model.graph.node, *after.nodes],
        "style_model",
        inputs,
        [helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "H", "W", 3])],
        [*before.constants, *model.graph.initializer, *after.constants],
    )
    result = helper.make_model(graph, opset_imports=imports, ir_version=model.ir_version)
    result.functions.extend(functions)
    return result


def _go_in(parts: _Parts, ends: Ends, colours: Colours, size: tuple[int, int] | None) -> None:
    """frames -> the net's picture"""
    name, axis = "frames", 3
    if not ends.channels_last:
        name, axis = parts.add("Transpose", [name], "wrap/planes", perm=[0, 3, 1, 2]), 1
    if colours.bgr:
        name = parts.add(
            "Gather", [name, parts.constant("reverse", np.array([2, 1, 0]))], "wrap/bgr", axis=axis
        )
    name = parts.add("Cast", [name], "wrap/floats", to=TensorProto.FLOAT)
    if size:
        name = _resized(parts, name, size, ends.channels_last)
    name = _scaled(parts, name, "in", colours.input.factor, colours.input.offset, colours.bgr, axis == 3)
    parts.add("Identity", [name], ends.picture)


def _resized(parts: _Parts, name: str, size: tuple[int, int], channels_last: bool) -> str:
    """To a fixed size, whatever comes."""
    shape = parts.add("Shape", [name], "wrap/shape")
    one, three = parts.constant("one", np.array([0])), parts.constant("colours", np.array([3]))
    count = parts.add("Gather", [shape, one], "wrap/count", axis=0)
    sides = parts.constant("sides", np.array(size))
    order = [count, sides, three] if channels_last else [count, three, sides]
    wanted = parts.add("Concat", order, "wrap/size", axis=0)
    return parts.add(
        "Resize", [name, "", "", wanted], "wrap/resized",
        mode="linear", antialias=1, coordinate_transformation_mode="half_pixel",
    )  # fmt: skip


def _come_out(parts: _Parts, ends: Ends, colours: Colours, fixed: bool) -> None:
    """The net's painting -> stylized"""
    name, last = ends.output, ends.output_channels_last
    of = colours.output
    factor = tuple(1 / value for value in of.factor)
    offset = tuple(-value / by for value, by in zip(of.offset, of.factor, strict=True))
    name = _scaled(parts, name, "out", factor, offset, colours.bgr, last)
    if fixed:
        sides = parts.add("Shape", ["frames"], "wrap/frame_shape")
        places = np.array([0, 1, 2, 3] if last else [0, 3, 1, 2])
        wanted = parts.add("Gather", [sides, parts.constant("places", places)], "wrap/frame_size", axis=0)
        name = parts.add(
            "Resize", [name, "", "", wanted], "wrap/full",
            mode="linear", coordinate_transformation_mode="half_pixel",
        )  # fmt: skip
    bounds = [parts.constant("black", np.float32(0)), parts.constant("white", np.float32(255))]
    name = parts.add("Clip", [name, *bounds], "wrap/clipped")
    name = parts.add("Add", [name, parts.constant("half", np.float32(0.5))], "wrap/rounded")
    name = parts.add("Cast", [name], "wrap/bytes", to=TensorProto.UINT8)
    if colours.bgr:
        reverse = parts.constant("reverse_back", np.array([2, 1, 0]))
        name = parts.add("Gather", [name, reverse], "wrap/rgb", axis=3 if last else 1)
    perm = [0, 1, 2, 3] if last else [0, 2, 3, 1]
    parts.add("Transpose", [name], "stylized", perm=perm)


def _scaled(
    parts: _Parts,
    name: str,
    end: str,
    factor: tuple[float, ...],
    offset: tuple[float, ...],
    bgr: bool,
    last: bool,
) -> str:
    """Times a factor and plus an offset for each channel, left out where they change nothing."""
    for operator, values, none in (("Mul", factor, 1.0), ("Add", offset, 0.0)):
        if any(value != none for value in values):
            array = np.array(values[::-1] if bgr else values, np.float32)
            array = array if last else array.reshape(3, 1, 1)
            if (array == array.ravel()[0]).all():
                array = array.ravel()[0]
            constant = parts.constant(f"{end}_{operator}", array)
            name = parts.add(operator, [name, constant], f"wrap/{end}/{operator}")
    return name
