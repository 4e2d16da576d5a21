"""Small foreign ONNX files, as other projects' exporters write them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

SIDE = 32


class Graph:
    """Nodes and weights that are added one after the other."""

    def __init__(self, seed: int = 0) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []
        self.random = np.random.default_rng(seed)

    def add(self, operator: str, inputs: list[str], **attributes: Any) -> str:
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def weight(self, values: Any, dtype: Any = np.float32) -> str:
        name = f"weight{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def noise(self, *shape: int, mean: float = 0.0, size: float = 0.2) -> str:
        return self.weight(self.random.normal(mean, size, shape))

    def model(
        self,
        inputs: dict[str, list[Any]],
        outputs: dict[str, list[Any]],
        opset: int,
        *,
        weights_as_inputs: bool = False,
    ) -> onnx.ModelProto:
        last = self.nodes[-1]
        first_output = next(iter(outputs))
        last.output[0] = first_output
        taken = [
            helper.make_tensor_value_info(key, TensorProto.FLOAT, shape) for key, shape in inputs.items()
        ]
        given = [
            helper.make_tensor_value_info(key, TensorProto.FLOAT, shape) for key, shape in outputs.items()
        ]
        if weights_as_inputs:
            taken += [helper.make_tensor_value_info(w.name, w.data_type, list(w.dims)) for w in self.weights]
        graph = helper.make_graph(self.nodes, "net", taken, given, self.weights)
        ir = 3 if weights_as_inputs else 8
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)


def normed(graph: Graph, x: str, i: int, o: int, kernel: int, **attributes: Any) -> str:
    """Convolution and instance norm."""
    weights = [graph.noise(o, i, kernel, kernel), graph.noise(o)]
    y = graph.add("Conv", [x, *weights], kernel_shape=[kernel] * 2, **attributes)
    return graph.add("InstanceNormalization", [y, graph.noise(o, mean=1), graph.noise(o)], epsilon=1e-5)


def candy(path: Path, side: int = SIDE) -> None:
    """As coremltools wrote jcjohnson's nets in 2018: opset 7, one size, blue first, operators that are gone since."""
    g = Graph()
    x = g.add("ImageScaler", ["inputImage"], bias=[-103.939, -116.779, -123.68], scale=1.0)
    x = g.add("Pad", [x], mode="reflect", pads=[0, 0, 8, 8, 0, 0, 8, 8])
    x = g.add("Relu", [normed(g, x, 3, 8, 9, pads=[4] * 4)])
    x = g.add("Relu", [normed(g, x, 8, 16, 3, pads=[1] * 4, strides=[2, 2])])
    for _ in range(2):
        y = g.add("Relu", [normed(g, x, 16, 16, 3, auto_pad="VALID")])
        y = normed(g, y, 16, 16, 3, auto_pad="VALID")
        x = g.add("Add", [y, g.add("Crop", [x], border=[2, 2, 2, 2])])
    weights = [g.noise(16, 8, 3, 3), g.noise(8)]
    x = g.add(
        "ConvTranspose", [x, *weights], kernel_shape=[3, 3], strides=[2, 2], auto_pad="VALID",
        output_shape=[side + 2, side + 2],
    )  # fmt: skip
    x = g.add("Crop", [x], border=[1, 1, 1, 1])
    x = g.add("Relu", [x])
    x = g.add("Conv", [x, g.noise(3, 8, 9, 9), g.noise(3)], kernel_shape=[9, 9], pads=[4] * 4)
    x = g.add("Affine", [g.add("Tanh", [x])], alpha=150.0, beta=0.0)
    g.add("Add", [x, g.weight(np.reshape([103.939, 116.779, 123.68], (3, 1, 1)))])
    shape = ["None", 3, side, side]
    onnx.save(g.model({"inputImage": shape}, {"outputImage": shape}, 7, weights_as_inputs=True), path)


def written_out_norm(g: Graph, x: str, scale: str, shift: str, axes: list[int]) -> str:
    mean = g.add("ReduceMean", [x], axes=axes, keepdims=1)
    centred = g.add("Sub", [x, mean])
    variance = g.add("ReduceMean", [g.add("Pow", [centred, g.weight(2.0)])], axes=axes, keepdims=1)
    deviation = g.add("Sqrt", [g.add("Add", [variance, g.weight(1e-3)])])
    return g.add("Add", [g.add("Mul", [g.add("Div", [centred, deviation]), scale]), shift])


def several_styles(path: Path, styles: int = 3) -> None:
    """Of free size, 0 to 1 through a sigmoid, norms written out, whose scale and shift blend by a weight a style."""
    g = Graph(1)
    column = g.add("Reshape", ["style_weights", g.weight([styles, 1], np.int64)])

    def blended(width: int, mean: float) -> str:
        mixed = g.add(
            "ReduceSum", [g.add("Mul", [column, g.noise(styles, width, mean=mean)]), g.weight([0], np.int64)]
        )
        return g.add("Reshape", [mixed, g.weight([1, -1, 1, 1], np.int64)])

    x = "image"
    for i, o in ((3, 8), (8, 8)):
        pads = g.weight([0, 0, 1, 1, 0, 0, 1, 1], np.int64)
        x = g.add("Pad", [x, pads], mode="reflect")
        x = g.add("Conv", [x, g.noise(o, i, 3, 3)], kernel_shape=[3, 3])
        x = g.add("Relu", [written_out_norm(g, x, blended(o, 1), blended(o, 0), [2, 3])])
    x = g.add("Conv", [x, g.noise(3, 8, 1, 1), g.noise(3)], kernel_shape=[1, 1])
    g.add("Sigmoid", [x])
    inputs = {"image": [1, 3, "h", "w"], "style_weights": [styles]}
    onnx.save(g.model(inputs, {"stylized": [1, 3, "h", "w"]}, 17), path)


def one_size_alone(path: Path, side: int = SIDE) -> None:
    """A net that flattens its picture: it takes no other size."""
    g = Graph(2)
    x = g.add("Sigmoid", [g.add("Conv", ["image", g.noise(3, 3, 3, 3)], kernel_shape=[3, 3], pads=[1] * 4)])
    x = g.add("Reshape", [x, g.weight([1, 3 * side * side], np.int64)])
    x = g.add("Mul", [x, g.noise(3 * side * side, mean=1, size=0.01)])
    g.add("Reshape", [x, g.weight([1, 3, side, side], np.int64)])
    onnx.save(g.model({"image": [1, 3, side, side]}, {"painting": [1, 3, side, side]}, 13), path)


def pair(maker: Path, painter: Path, side: int = SIDE) -> None:
    """One net makes four numbers of a style picture, the other paints with them; TensorFlow's layout, 0 to 1."""
    g = Graph(3)
    x = g.add("Transpose", ["style_image"], perm=[0, 3, 1, 2])
    x = g.add("GlobalAveragePool", [g.add("Conv", [x, g.noise(4, 3, 3, 3, size=1)], kernel_shape=[3, 3])])
    g.add("Reshape", [x, g.weight([1, 1, 1, 4], np.int64)])
    onnx.save(g.model({"style_image": [1, 16, 16, 3]}, {"vector": [1, 1, 1, 4]}, 15), maker)
    g = Graph(4)
    x = g.add("Transpose", ["content_image"], perm=[0, 3, 1, 2])
    x = g.add("Conv", [x, g.noise(4, 3, 3, 3)], kernel_shape=[3, 3], pads=[1] * 4)
    x = g.add("Mul", [x, g.add("Reshape", ["vector", g.weight([1, 4, 1, 1], np.int64)])])
    x = g.add("Sigmoid", [g.add("Conv", [x, g.noise(3, 4, 1, 1)], kernel_shape=[1, 1])])
    g.add("Transpose", [x], perm=[0, 2, 3, 1])
    shape = [1, side, side, 3]
    onnx.save(g.model({"content_image": shape, "vector": [1, 1, 1, 4]}, {"painting": shape}, 15), painter)
