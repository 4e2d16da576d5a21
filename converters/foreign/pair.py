"""Two nets that paint together: one makes a vector of a style picture, the other paints with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import NodeProto, TensorProto, numpy_helper

from livebrush.converters.foreign.ends import COLOURS
from livebrush.converters.foreign.modernise import modernised
from livebrush.converters.graph_edit import copied, node
from livebrush.converters.running import reason as why
from livebrush.converters.running import session
from livebrush.models.errors import LivebrushError

_SIDE = 256
"""pixels of a style picture, for nets that take any size"""

Opened = tuple[Path, onnx.ModelProto]


@dataclass(frozen=True)
class StyleNet:
    """The net that looks at a style picture, and takes it as values of 0 to 1.

    painter_takes: the input of the other net that its vector goes into, in that file's own words
    """

    name: str
    model: onnx.ModelProto
    painter_takes: str

    def vector(self, picture: np.ndarray) -> np.ndarray:
        """picture: (H, W, 3) uint8 RGB; the middle of it is taken, as large as it may be"""
        height, width, last = self._takes()
        short = min(picture.shape[0] * width, picture.shape[1] * height)
        rows, columns = short // width, short // height
        top, left = (picture.shape[0] - rows) // 2, (picture.shape[1] - columns) // 2
        cut = cv2.resize(
            picture[top : top + rows, left : left + columns], (width, height), interpolation=cv2.INTER_AREA
        )
        return _vector(self.name, self.model, cut, last)

    def size(self) -> tuple[int, int]:
        """(height, width) of what it takes"""
        return self._takes()[:2]

    def nodes(self, output: str) -> tuple[list[NodeProto], list[TensorProto], onnx.ModelProto]:
        """From the contract's `style_picture` to the vector, under a name; constants; and the net's model."""
        net = modernised(copied(self.model), self.name, prefix="look/")
        height, width, last = self._takes()
        sizes = np.array([height, width], np.int64)
        constants = {"sizes": sizes, "white": np.float32(255)}
        nodes = [
            node("Cast", ["style_picture"], "look/floats", to=TensorProto.FLOAT),
            node(
                "Resize", ["look/floats", "", "", "look/sizes"], "look/resized",
                mode="linear", antialias=1, axes=[1, 2], keep_aspect_ratio_policy="not_smaller",
            ),
            node("CenterCropPad", ["look/resized", "look/sizes"], "look/cut", axes=[1, 2]),
            node("Div", ["look/cut", "look/white"], "look/values"),
            node("Transpose", ["look/values"], net.graph.input[0].name, perm=[0, 1, 2, 3] if last else [0, 3, 1, 2]),
            *net.graph.node,
            node("Identity", [net.graph.output[0].name], output),
        ]  # fmt: skip
        tensors = [numpy_helper.from_array(np.asarray(v), f"look/{key}") for key, v in constants.items()]
        return nodes, [*tensors, *net.graph.initializer], net

    def _takes(self) -> tuple[int, int, bool]:
        """Height, width, and whether colours come last."""
        (value,) = inputs_of(self.model)
        shape = [d.dim_value or None for d in value.type.tensor_type.shape.dim]
        last = shape[-1] == COLOURS
        height, width = (side or _SIDE for side in (shape[1:3] if last else shape[2:4]))
        return height, width, last


def find_pair(opened: Sequence[Opened]) -> tuple[Opened, StyleNet]:
    """The one that paints, and the one that looks; in any order.

    raises: LivebrushError for two files that are no pair
    """
    if len(opened) != 2:
        raise LivebrushError(f"a pair is two files, got {len(opened)}", code="invalid")
    painters = [entry for entry in opened if len(inputs_of(entry[1])) > 1]
    makers = [entry for entry in opened if len(inputs_of(entry[1])) == 1]
    if len(painters) != 1 or len(makers) != 1:
        raise LivebrushError(
            f"{opened[0][0].name} and {opened[1][0].name} are no pair: one must take a picture and a vector, the other "
            "make it",
            code="unsupported",
        )
    (painter,), ((path, model),) = painters, makers
    looker = StyleNet(path.name, model, "")
    height, width, last = looker._takes()
    made = _vector(path.name, model, np.zeros((height, width, COLOURS), np.uint8), last)
    for value in inputs_of(painter[1]):
        shape = [d.dim_value for d in value.type.tensor_type.shape.dim]
        if len(shape) == made.ndim and shape[1:] == list(made.shape[1:]):
            return painter, StyleNet(path.name, model, value.name)
    raise LivebrushError(
        f"{painter[0].name} takes no vector of {list(made.shape)}, which the other net of the pair makes",
        code="mismatch",
    )


def with_constant(model: onnx.ModelProto, name: str, vector: np.ndarray) -> onnx.ModelProto:
    """The input is one no more."""
    (value,) = (value for value in model.graph.input if value.name == name)
    model.graph.initializer.append(numpy_helper.from_array(vector, name))
    model.graph.input.remove(value)
    return model


def inputs_of(model: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    """Without weights, which were inputs until 2018."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in weights]


def _vector(name: str, model: onnx.ModelProto, picture: np.ndarray, last: bool) -> np.ndarray:
    runner = session(model, name)
    values = picture.astype(np.float32)[None] / 255
    values = values if last else np.ascontiguousarray(values.transpose(0, 3, 1, 2))
    try:
        return np.asarray(runner.run(None, {runner.get_inputs()[0].name: values})[0])
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise LivebrushError(
            f"{name} fails on the style picture: {why(error)}", code="unsupported"
        ) from error
