"""An ONNX file that anybody may have written, read and checked before anything runs."""

from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import load_external_data_for_model, uses_external_data

from livebrush.converters.checkpoints.checkpoint import LARGEST_FILE, MOST_VALUES, too_large, truncated
from livebrush.converters.graph_edit import with_shapes
from livebrush.models.errors import LivebrushError
from livebrush.models.ports import text

OLDEST_OPSET = 7
_KNOWN_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")


def open_onnx(path: Path) -> onnx.ModelProto:
    """The whole model, weights in files beside it included.

    raises: LivebrushError for a file that is damaged, incomplete, or uses what ONNX Runtime does not have
    """
    try:
        model = onnx.load(path, load_external_data=False)
    except (DecodeError, ValueError) as error:
        raise LivebrushError(
            f"{path.name} is not an ONNX file, or is cut short: copy or download it again", code="unreadable"
        ) from error
    except OSError as error:
        raise LivebrushError(f"{path}: cannot be read ({error.strerror})", code="unreadable") from error
    if not model.graph.node:
        raise LivebrushError(f"{path.name} is not an ONNX file: it holds no graph", code="unreadable")
    _check_names(model, path.name)
    _check_versions(model, path.name)
    _load_data_beside(model, path)
    for tensor in model.graph.initializer:
        _check_tensor(tensor, path)
    _check_sizes(model, path)
    return model


def _check_names(model: onnx.ModelProto, name: str) -> None:
    """raises: LivebrushError where something is called by bytes that are no text, which protobuf finds out late"""
    graph = model.graph
    try:
        for node in graph.node:
            names = (node.op_type, node.domain, *node.input, *node.output, *(a.name for a in node.attribute))
            texts = [a.s for a in node.attribute if a.s]
            if not all(isinstance(one, str) for one in names):
                raise UnicodeError
            for one in texts:
                one.decode()
        values = (*graph.initializer, *graph.input, *graph.output)
        if not all(isinstance(value.name, str) for value in values):
            raise UnicodeError
    except UnicodeError as error:
        raise LivebrushError(
            f"{name} is damaged: names in it are no text; copy or download it again", code="unreadable"
        ) from error


def _check_versions(model: onnx.ModelProto, name: str) -> None:
    versions = {text(entry.domain): entry.version for entry in model.opset_import}
    opset = versions.get("", versions.get("ai.onnx", 1))
    if opset < OLDEST_OPSET:
        raise LivebrushError(
            f"{name} has opset {opset}, {OLDEST_OPSET} or newer is read here: export it again",
            code="unsupported",
        )
    newest = onnx.defs.onnx_opset_version()
    if opset > newest:
        raise LivebrushError(
            f"{name} has opset {opset}, up to {newest} is read here: export it again with an older one, such as 18",
            code="unsupported",
        )
    strange = sorted(
        {f"{text(n.domain)}:{n.op_type}" for n in model.graph.node if n.domain not in _KNOWN_DOMAINS}
    )
    if strange:
        raise LivebrushError(
            f"{name} uses operators of its own ({', '.join(strange[:4])}), which ONNX Runtime does not have: export it "
            "without them",
            code="unsupported",
        )


def _load_data_beside(model: onnx.ModelProto, path: Path) -> None:
    """raises: LivebrushError where a file of weights is missing, too short, or lies elsewhere than beside the model"""
    outside = [tensor for tensor in model.graph.initializer if uses_external_data(tensor)]
    if not outside:
        return
    places = {e.value for tensor in outside for e in tensor.external_data if e.key == "location"}
    for place in sorted(places):
        beside = path.parent / place
        if Path(place).is_absolute() or ".." in Path(place).parts:
            raise LivebrushError(
                f"{path.name} keeps its weights at {place!r}, outside its own folder: refused",
                code="unsupported",
            )
        if not beside.is_file():
            raise LivebrushError(
                f"{path.name} keeps its weights in {place}, which is missing: copy that file beside it",
                code="not_found",
            )
        if beside.stat().st_size >= LARGEST_FILE:
            raise LivebrushError(
                f"{place} has more than 2 GB; a style net has a few megabytes", code="unsupported"
            )
    try:
        load_external_data_for_model(model, str(path.parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise truncated(path.parent / sorted(places)[0]) from error


def _check_sizes(model: onnx.ModelProto, path: Path) -> None:
    """raises: LivebrushError for a graph that makes more values of little than any style net does"""
    for value in with_shapes(model).graph.value_info:
        sizes = [d.dim_value for d in value.type.tensor_type.shape.dim]
        if int(np.prod(sizes, dtype=object)) > MOST_VALUES:
            raise too_large(path, f"its value {text(value.name)!r} has the shape {sizes}")


def _check_tensor(tensor: TensorProto, path: Path) -> None:
    """raises: LivebrushError for weights that are cut short, hold nothing, or are no numbers"""
    name, shape = text(tensor.name), list(tensor.dims)
    if len(shape) > 1 and 0 in shape:
        raise LivebrushError(
            f"{path.name}: the weights {name!r} have the shape {shape}, which holds nothing",
            code="unreadable",
        )
    if tensor.HasField("raw_data") and tensor.data_type not in (TensorProto.STRING, TensorProto.UNDEFINED):
        width = helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
        wanted = width * int(np.prod(shape, dtype=object))
        if tensor.data_type <= TensorProto.BFLOAT16 and len(tensor.raw_data) != wanted:
            raise LivebrushError(
                f"{path.name}: the weights {name!r} have {len(tensor.raw_data)} bytes, expected {wanted} for {shape}: "
                "it is cut short or damaged",
                code="unreadable",
            )
    if tensor.data_type in (TensorProto.FLOAT, TensorProto.FLOAT16):
        try:
            finite = np.isfinite(numpy_helper.to_array(tensor)).all()
        except ValueError as error:
            raise truncated(path) from error
        if not finite:
            raise LivebrushError(
                f"{path.name}: the weights {name!r} hold values that are no numbers: it is damaged, or its training "
                "failed",
                code="unreadable",
            )
