"""What does not change from frame to frame becomes a constant."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from livebrush.realtime.made.folding import FoldingFailed, folded


def model(nodes: list[onnx.NodeProto], **shapes: list[int | str]) -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    graph = helper.make_graph(
        nodes, "g", inputs, [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [helper.make_tensor("two", TensorProto.FLOAT, [], [2.0])],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def run(found: onnx.ModelProto, **feeds: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(found.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, feeds)[0])


def test_all_that_depends_on_the_fixed_input_alone_is_computed_once() -> None:
    whole = model(
        [
            helper.make_node("Mul", ["look", "two"], ["weights"]),
            helper.make_node("ReduceSum", ["weights"], ["sum"], keepdims=0),
            helper.make_node("MatMul", ["frames", "weights"], ["painted"]),
            helper.make_node("Add", ["painted", "sum"], ["out"]),
        ],
        frames=["N", 3], look=[3, 2],
    )  # fmt: skip
    look, frames = np.arange(6, dtype=np.float32).reshape(3, 2), np.ones((4, 3), np.float32)
    bare = folded(whole, {"look": look})
    assert [node.op_type for node in bare.graph.node] == ["MatMul", "Add"]
    assert [value.name for value in bare.graph.input] == ["frames"]
    assert np.array_equal(run(bare, frames=frames), run(whole, frames=frames, look=look))
    assert len(whole.graph.node) == 4  # the model that was given stays as it was


def test_branches_use_what_is_around_them() -> None:
    """A branch reads a value of the graph that it is in without naming it as an input of its node."""
    one = helper.make_graph(
        [helper.make_node("Add", ["frames", "look"], ["sum"])], "then", [],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, None)],
    )  # fmt: skip
    other = helper.make_graph(
        [helper.make_node("Sub", ["frames", "look"], ["difference"])], "else", [],
        [helper.make_tensor_value_info("difference", TensorProto.FLOAT, None)],
    )  # fmt: skip
    whole = model(
        [
            helper.make_node("Greater", ["look", "two"], ["many"]),
            helper.make_node("If", ["many"], ["out"], then_branch=one, else_branch=other),
        ],
        frames=["N"], look=[1],
    )  # fmt: skip
    whole.graph.node[0].input[1] = "two"
    frames, look = np.array([1, 2], np.float32), np.array(3, np.float32)
    del whole.graph.input[1].type.tensor_type.shape.dim[:]  # a scalar
    bare = folded(whole, {"look": look})
    assert np.array_equal(run(bare, frames=frames), frames + 3)


def test_a_fixed_value_that_does_not_fit_says_why() -> None:
    whole = model(
        [helper.make_node("MatMul", ["look", "look"], ["w"]), helper.make_node("Add", ["frames", "w"], ["out"])],
        frames=["N", 3], look=["a", "b"],
    )  # fmt: skip
    with pytest.raises(FoldingFailed, match="MatMul"):
        folded(whole, {"look": np.ones((2, 3), np.float32)})
