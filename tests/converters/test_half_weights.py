"""Weights in half precision: small files that paint the same."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from livebrush.converters.half_weights import halve_weights


def product(weight: np.ndarray) -> onnx.ModelProto:
    """x @ weight."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weight"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, weight.shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, weight.shape[1]])],
        [numpy_helper.from_array(weight, "weight")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0])


def test_half_the_size_and_almost_the_same_values() -> None:
    random = np.random.default_rng(0)
    weight = random.normal(size=(64, 128)).astype(np.float32)
    model, x = product(weight), random.normal(size=(1, 64)).astype(np.float32)
    before, size = run(model, x), model.ByteSize()
    halve_weights(model)
    onnx.checker.check_model(model)
    assert model.ByteSize() < 0.52 * size
    after = run(model, x)
    assert 0 < np.abs(after - before).max() < 0.02
    np.testing.assert_allclose(after, x @ weight.astype(np.float16).astype(np.float32), rtol=1e-4, atol=1e-4)


def test_the_casts_are_done_when_the_file_is_loaded(tmp_path: Path) -> None:
    model = product(np.ones((64, 128), np.float32))
    halve_weights(model)
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 4
    ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    optimised = onnx.load(tmp_path / "optimised.onnx")
    assert "Cast" not in {node.op_type for node in optimised.graph.node}


def test_small_and_huge_weights_stay_as_they_are() -> None:
    for weight in (np.ones((4, 8), np.float32), np.full((64, 128), 1e6, np.float32)):
        model = product(weight)
        halve_weights(model)
        assert [w.data_type for w in model.graph.initializer] == [TensorProto.FLOAT]
        assert len(model.graph.node) == 1


def test_the_steps_of_eight_bit_values_stay_exact() -> None:
    steps = np.geomspace(1e-9, 1e-6, 512).astype(np.float32)  # half precision ends at 6e-8
    weight = np.random.default_rng(0).integers(1, 128, (4, 512), dtype=np.int8)
    graph = helper.make_graph(
        [
            helper.make_node("DequantizeLinear", ["weight", "steps", "zeros"], ["plain"], axis=1),
            helper.make_node("MatMul", ["x", "plain"], ["y"]),
        ],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 512])],
        [
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(steps, "steps"),
            numpy_helper.from_array(np.zeros(512, np.int8), "zeros"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    halve_weights(model)
    x = np.ones((1, 4), np.float32)
    np.testing.assert_allclose(run(model, x), x @ weight * steps, rtol=1e-5)
