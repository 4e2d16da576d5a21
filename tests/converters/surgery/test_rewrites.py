"""Rewrites of graphs: each computes the same, and leaves alone what it is not made for."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from livebrush.converters.graph_edit import GraphEdit, copied
from livebrush.converters.surgery.instance_norms import join_instance_norms
from livebrush.converters.surgery.outer_pad import pad_frames
from livebrush.converters.surgery.pixels import NARROW, paint_columns_together, paint_squares_together
from livebrush.converters.surgery.transposed import split_transposed
from livebrush.realtime.engine.providers import openvino
from tests.converters.foreign.foreign_nets import Graph

RANDOM = np.random.default_rng(0)


def model_of(
    graph: Graph, opset: int = 18, taken: int = TensorProto.FLOAT, name: str = "x"
) -> onnx.ModelProto:
    graph.nodes[-1].output[0] = "y"
    given = TensorProto.UINT8 if taken == TensorProto.UINT8 else TensorProto.FLOAT
    ends = [helper.make_tensor_value_info(name, taken, None), helper.make_tensor_value_info("y", given, None)]
    made = helper.make_graph(graph.nodes, "g", ends[:1], ends[1:], graph.weights)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def run(model: onnx.ModelProto, **feeds: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, feeds)[0])


def operators(model: onnx.ModelProto) -> set[str]:
    return {node.op_type for node in model.graph.node}


def assert_rewritten(
    model: onnx.ModelProto, change: Any, expected: int, *shapes: tuple[int, ...]
) -> onnx.ModelProto:
    edit = GraphEdit(copied(model))
    assert change(edit) == expected
    changed = edit.finish()
    for shape in shapes:
        x = RANDOM.normal(0, 1, shape).astype(np.float32)
        before, after = run(model, x=x), run(changed, x=x)
        assert before.shape == after.shape
        np.testing.assert_allclose(after, before, atol=2e-5)
    return changed


@pytest.mark.parametrize(
    ("kernel", "stride", "pads", "added"),
    [
        (3, 2, [1, 1, 1, 1], [1, 1]),  # PyTorch, Torch7
        (3, 2, [0, 0, 1, 1], [0, 0]),  # TensorFlow's SAME
        (4, 2, [1, 1, 1, 1], [0, 0]),
        (2, 2, [0, 0, 0, 0], [0, 0]),
        (5, 2, [2, 2, 2, 2], [1, 1]),
        (4, 4, [0, 0, 0, 0], [0, 0]),
        (3, 3, [0, 0, 0, 0], [0, 0]),
    ],
)
def test_transposed_convolutions_are_split_exactly(
    kernel: int, stride: int, pads: list[int], added: list[int]
) -> None:
    g = Graph()
    g.add(
        "ConvTranspose", ["x", g.noise(4, 6, kernel, kernel), g.noise(6)],
        kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads, output_padding=added,
    )  # fmt: skip
    changed = assert_rewritten(model_of(g), split_transposed, 1, (1, 4, 5, 7), (2, 4, 8, 3))
    assert "ConvTranspose" not in operators(changed) and "DepthToSpace" not in operators(changed)


def test_what_is_cut_off_after_a_transposed_convolution_is_taken_in() -> None:
    g = Graph()
    x = g.add("ConvTranspose", ["x", g.noise(4, 6, 3, 3)], kernel_shape=[3, 3], strides=[2, 2])
    for axis in (2, 3):
        x = g.add("Slice", [x, *(g.weight([v], np.int64) for v in (0, -1, axis))])
    changed = assert_rewritten(model_of(g), split_transposed, 1, (1, 4, 5, 7))
    assert "Slice" not in operators(changed)


@pytest.mark.parametrize(
    "attributes", [{"strides": [1, 1]}, {"strides": [2, 2]}, {"strides": [2, 2], "group": 2}]
)
def test_other_transposed_convolutions_are_left(attributes: dict[str, Any]) -> None:
    g = Graph()
    g.add("ConvTranspose", ["x", g.noise(4, 6, 3, 3)], kernel_shape=[3, 3], **attributes)
    assert_rewritten(model_of(g), split_transposed, 0)


@pytest.mark.parametrize("pads", [[4, 4, 4, 4], [0, 0, 0, 0], [1, 2, 3, 4]])
@pytest.mark.parametrize("bias", [True, False])
def test_a_last_layer_paints_two_columns_at_once(pads: list[int], bias: bool) -> None:
    g = Graph()
    g.add("Conv", ["x", g.noise(3, 8, 9, 9), *([g.noise(3)] if bias else [])], kernel_shape=[9, 9], pads=pads)
    width = 20 - (pads[1] + pads[3]) % 2  # of an even output
    assert_rewritten(model_of(g), paint_columns_together, 1, (1, 8, 13, width), (2, 8, 9, width + 2))
    height = 14 - (pads[0] + pads[2]) % 2
    assert_rewritten(
        model_of(g), paint_squares_together, 1, (1, 8, height, width), (2, 8, height + 4, width + 2)
    )


@pytest.mark.parametrize(
    ("outputs", "kernel", "attributes"),
    [(16, 9, {}), (3, 1, {}), (3, 9, {"strides": [2, 2]}), (3, 9, {"group": 1})],
)
def test_other_convolutions_are_left(outputs: int, kernel: int, attributes: dict[str, Any]) -> None:
    g = Graph()
    g.add("Conv", ["x", g.noise(outputs, 8, kernel, kernel)], kernel_shape=[kernel] * 2, **attributes)
    for change in (paint_columns_together, paint_squares_together):
        assert_rewritten(model_of(g), change, int(attributes == {"group": 1}))


def test_narrow_layers_paint_two_columns_at_once() -> None:
    g = Graph()
    x = g.add("Conv", ["x", g.noise(8, 3, 3, 5), g.noise(8)], kernel_shape=[3, 5], pads=[1, 2, 1, 2])
    g.add("Conv", [x, g.noise(16, 8, 3, 3)], kernel_shape=[3, 3])
    assert_rewritten(model_of(g), partial(paint_columns_together, channels=NARROW), 1, (1, 3, 7, 10))
    assert_rewritten(model_of(g), paint_columns_together, 0)


@pytest.mark.parametrize("each", [True, False])
def test_weights_may_be_stored_in_eight_bits(each: bool) -> None:
    g = Graph()
    steps = [RANDOM.uniform(0.001, 0.02, 3) if each else 0.01, RANDOM.integers(-3, 4, 3) if each else 2]
    weight = g.add(
        "DequantizeLinear",
        [g.weight(RANDOM.integers(-120, 121, (3, 4, 9, 9)), np.int8), g.weight(steps[0]), g.weight(steps[1], np.int8)],
        **({"axis": 0} if each else {}),
    )  # fmt: skip
    bias = g.add("DequantizeLinear", [g.weight(RANDOM.integers(-99, 99, 3), np.int32), g.weight(0.001)])
    g.add("Conv", ["x", weight, bias], kernel_shape=[9, 9])
    changed = assert_rewritten(model_of(g), paint_squares_together, 1, (1, 4, 12, 14))
    assert "DequantizeLinear" not in operators(changed)


@pytest.mark.parametrize("squares", ["Pow", "Mul"])
@pytest.mark.parametrize("divides", ["Div", "Reciprocal"])
@pytest.mark.parametrize("means", ["ReduceMean", "GlobalAveragePool"])
def test_norms_that_are_written_out_are_joined(squares: str, divides: str, means: str) -> None:
    g = Graph()

    def mean_of(x: str) -> str:
        axes = [g.weight([2, 3], np.int64)] if means == "ReduceMean" else []
        return g.add(means, [x, *axes])

    centred = g.add("Sub", ["x", mean_of("x")])
    square = g.add(squares, [centred, g.weight(2.0) if squares == "Pow" else centred])
    deviation = g.add("Sqrt", [g.add("Add", [mean_of(square), g.weight(1e-3)])])
    if divides == "Div":
        x = g.add("Div", [centred, deviation])
    else:
        x = g.add("Mul", [centred, g.add("Reciprocal", [deviation])])
    g.add("Add", [g.add("Mul", [x, g.noise(1, 4, 1, 1, mean=1)]), g.noise(4, 1, 1)])
    changed = assert_rewritten(model_of(g), join_instance_norms, 1, (1, 4, 9, 7), (2, 4, 5, 6))
    assert "InstanceNormalization" in operators(changed) and "Sqrt" not in operators(changed)


def test_norms_over_other_axes_or_whose_parts_are_used_elsewhere_are_left() -> None:
    for axes, used_again in (([1, 2, 3], False), ([2, 3], True)):
        g = Graph()
        centred = g.add("Sub", ["x", g.add("ReduceMean", ["x", g.weight(axes, np.int64)])])
        square = g.add("Mul", [centred, centred])
        variance = g.add("ReduceMean", [square, g.weight(axes, np.int64)])
        deviation = g.add("Sqrt", [g.add("Add", [variance, g.weight(1e-3)])])
        x = g.add("Mul", [g.add("Div", [centred, deviation]), g.noise(1, 4, 1, 1)])
        x = g.add("Add", [x, g.noise(1, 4, 1, 1)])
        if used_again:
            g.add("Add", [x, centred])
        assert_rewritten(model_of(g), join_instance_norms, 0)


@pytest.mark.parametrize("channels_last", [True, False])
def test_a_reflected_border_is_added_to_the_frames(channels_last: bool, tmp_path: Path) -> None:
    g = Graph()
    x = "frames" if channels_last else g.add("Transpose", ["frames"], perm=[0, 3, 1, 2])
    x = g.add("Mul", [g.add("Cast", [x], to=TensorProto.FLOAT), g.weight(0.5)])
    sides = [0, 5, 3, 0] if channels_last else [0, 0, 5, 3]
    g.add("Relu", [g.add("Pad", [x, g.weight(sides + sides, np.int64)], mode="reflect")])
    model = model_of(g, taken=TensorProto.UINT8, name="frames")
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT
    edit = GraphEdit(copied(model))
    assert pad_frames(edit) == 1
    changed = edit.finish()
    assert "Pad" not in operators(changed)
    frames = RANDOM.integers(0, 256, (2, 9, 8, 3)).astype(np.uint8)
    np.testing.assert_array_equal(run(changed, frames=frames), run(model, frames=frames))
    assert run(changed, frames=frames[:, :2, :1]).size, "a frame smaller than the border is refused"
    if not openvino.Device().problem():
        onnx.save(changed, tmp_path / "changed.onnx")
        session = openvino.OpenVinoSession(tmp_path / "changed.onnx", 1, "float32")
        assert session.prepare({"frames": frames}, in_time=False)
        np.testing.assert_array_equal(session.run(None, {"frames": frames})[0], run(model, frames=frames))


def test_a_pad_behind_a_layer_stays_where_it_is() -> None:
    g = Graph()
    x = g.add("Cast", [g.add("Transpose", ["frames"], perm=[0, 3, 1, 2])], to=TensorProto.FLOAT)
    x = g.add("Conv", [x, g.noise(3, 3, 3, 3)])
    g.add("Pad", [x, g.weight([0, 0, 1, 1, 0, 0, 1, 1], np.int64)], mode="reflect")
    edit = GraphEdit(model_of(g, taken=TensorProto.UINT8, name="frames"))
    assert pad_frames(edit) == 0


def test_what_nothing_needs_is_left_out_and_constants_are_read() -> None:
    g = Graph()
    unused = g.add("Relu", ["x"])
    g.add("Add", ["x", g.weight(1.0)])
    edit = GraphEdit(model_of(g))
    assert edit.only_user("x") is None and edit.users(unused) == []
    edit.nodes.insert(
        0, helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(np.array(3, np.float32)))
    )
    edit.replace([edit.nodes[0]], [edit.nodes[0]])
    assert edit.constant("c") == 3
    assert [node.op_type for node in edit.finish().graph.node] == ["Add"]
