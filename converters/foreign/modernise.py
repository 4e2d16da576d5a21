"""Old ONNX as today's: operators that were taken back are written in others, and the opset becomes 18."""

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, version_converter
from onnx.compose import add_prefix

from livebrush.converters.graph_edit import GraphEdit, attributes, copied, node, with_shapes
from livebrush.models.errors import LivebrushError

OPSET = 18


def modernised(model: onnx.ModelProto, name: str, prefix: str = "net/") -> onnx.ModelProto:
    """The same model in opset 18, with a prefix before the names of its values so that they clash with none of ours.

    raises: LivebrushError for operators that have no counterpart
    """
    edit = GraphEdit(model)
    for old in list(edit.nodes):
        if old.op_type in _REWRITES and old.domain in ("", "ai.onnx"):
            edit.replace([old], _replacement(edit, old, name))
    _without_weights_as_inputs(model)
    model = edit.finish()
    if model.ir_version < 4:
        model.ir_version = 4  # weights need not be inputs from then on
    _tell_shapes(model)
    opset = next((entry.version for entry in _imports(model)), OPSET)
    try:
        onnx.checker.check_model(model)
        model = _of_newer(model) if opset > OPSET else version_converter.convert_version(model, OPSET)
    except Exception as error:  # the converter raises RuntimeError, ValueError and its own
        told = " ".join(str(error).split())[-160:]
        again = f"export it again with opset {OPSET}" if opset != OPSET else "export it again"
        raise LivebrushError(
            f"{name} cannot be brought to opset {OPSET}: {told}; {again}", code="unsupported"
        ) from error
    model.ir_version = 10
    add_prefix(model, prefix, inplace=True)
    _with_floats_at_the_ends(model)
    return model


def _tell_shapes(model: onnx.ModelProto) -> None:
    """Of what comes out, where the file tells none: the converter takes no such file. Unknown ones are a picture's."""
    untold = [value for value in model.graph.output if not value.type.tensor_type.HasField("shape")]
    if not untold:
        return
    inferred = {value.name: value.type.tensor_type for value in with_shapes(model).graph.output}
    for value in untold:
        found = inferred[value.name]
        if found.HasField("shape"):
            value.type.tensor_type.shape.CopyFrom(found.shape)
        else:
            value.type.tensor_type.shape.dim.extend([onnx.TensorShapeProto.Dimension() for _ in range(4)])


def _imports(model: onnx.ModelProto) -> list[onnx.OperatorSetIdProto]:
    """Those of ONNX's own operators; there is one."""
    return [entry for entry in model.opset_import if entry.domain in ("", "ai.onnx")]


def _of_newer(model: onnx.ModelProto) -> onnx.ModelProto:
    """From a newer opset: as the converter does it, or, where it does not know the way back, under the older number.

    raises: an exception of ONNX's where an operator needs what the older one does not have
    """
    try:
        return version_converter.convert_version(model, OPSET)
    except Exception:  # RuntimeError, ValueError and its own
        older = copied(model)
        for entry in _imports(older):
            entry.version = OPSET
        onnx.checker.check_model(older)
        return older


def _with_floats_at_the_ends(model: onnx.ModelProto) -> None:
    """Nets in half precision, in double, or of bytes take float32 and give it."""
    graph = model.graph
    for value in graph.input:
        kind = value.type.tensor_type
        if kind.elem_type != TensorProto.FLOAT:
            inner = f"{value.name}/typed"
            for one in graph.node:
                one.input[:] = [inner if name == value.name else name for name in one.input]
            graph.node.insert(0, node("Cast", [value.name], inner, to=kind.elem_type))
            kind.elem_type = TensorProto.FLOAT
    for value in graph.output:
        kind = value.type.tensor_type
        if kind.elem_type not in (TensorProto.FLOAT, TensorProto.UNDEFINED):
            inner = f"{value.name}/typed"
            for one in graph.node:
                one.input[:] = [inner if name == value.name else name for name in one.input]
                one.output[:] = [inner if name == value.name else name for name in one.output]
            graph.node.append(node("Cast", [inner], value.name, to=TensorProto.FLOAT))
            kind.elem_type = TensorProto.FLOAT


def _replacement(edit: GraphEdit, old: NodeProto, name: str) -> list[NodeProto]:
    try:
        return _REWRITES[old.op_type](edit, old)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise LivebrushError(
            f"{name} is damaged: its {old.op_type} lacks an attribute, or has a wrong one ({error})",
            code="unreadable",
        ) from error


def _without_weights_as_inputs(model: onnx.ModelProto) -> None:
    """Until 2018 every weight was an input with a default."""
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)


def _image_scaler(edit: GraphEdit, old: NodeProto) -> list[NodeProto]:
    """scale * x, plus one bias a channel."""
    values = attributes(old)
    factor = edit.add_constant(np.float32(values.get("scale", 1.0)), "scale")
    bias = edit.add_constant(np.array(values["bias"], np.float32).reshape(-1, 1, 1), "bias")
    scaled = edit.fresh("scaled")
    return [node("Mul", [old.input[0], factor], scaled), node("Add", [scaled, bias], old.output[0])]


def _affine(edit: GraphEdit, old: NodeProto) -> list[NodeProto]:
    """alpha * x + beta"""
    values = attributes(old)
    alpha = edit.add_constant(np.float32(values.get("alpha", 1.0)), "alpha")
    beta = edit.add_constant(np.float32(values.get("beta", 0.0)), "beta")
    scaled = edit.fresh("scaled")
    return [node("Mul", [old.input[0], alpha], scaled), node("Add", [scaled, beta], old.output[0])]


def _scaled_tanh(edit: GraphEdit, old: NodeProto) -> list[NodeProto]:
    """alpha * tanh(beta * x)"""
    values = attributes(old)
    alpha = edit.add_constant(np.float32(values.get("alpha", 1.0)), "alpha")
    beta = edit.add_constant(np.float32(values.get("beta", 1.0)), "beta")
    scaled, bent = edit.fresh("scaled"), edit.fresh("bent")
    return [
        node("Mul", [old.input[0], beta], scaled),
        node("Tanh", [scaled], bent),
        node("Mul", [bent, alpha], old.output[0]),
    ]


def _crop(edit: GraphEdit, old: NodeProto) -> list[NodeProto]:
    """border is left, top, right, bottom; or, with a scale, a size from left and top"""
    values = attributes(old)
    left, top, right, bottom = values["border"]
    starts = [top, left]
    ends = [top + values["scale"][0], left + values["scale"][1]] if "scale" in values else [-bottom, -right]
    ends = [end if end else np.iinfo(np.int64).max for end in ends]
    opset = next(entry.version for entry in _imports(edit.model))
    if opset < 10:
        return [node("Slice", old.input, old.output[0], axes=[2, 3], starts=starts, ends=ends)]
    given = [edit.add_constant(np.array(value, np.int64), "crop") for value in (starts, ends, [2, 3])]
    return [node("Slice", [old.input[0], *given], old.output[0])]


_REWRITES = {"ImageScaler": _image_scaler, "Affine": _affine, "Crop": _crop, "ScaledTanh": _scaled_tanh}
