"""Models computed in float16: near to float32 where they bear it, and known where they do not."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper
from PIL import Image

from livebrush.models.catalogue import find_style
from livebrush.realtime.engine.half_precision import bears_half, in_half_precision
from tests.tiny_models import write_stateful_model

PHOTOS = Path(__file__).parents[3] / "examples" / "photos"


def paint(model: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """On the CPU, which rounds every result to float16 as long as no casts are optimised away."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [np.asarray(output) for output in session.run(None, feeds)]


@pytest.mark.parametrize("style", ["starry_night", "great_wave", "composition_vii"])
def test_a_shipped_style_paints_the_same_in_float16(style: str) -> None:
    """Measured on seven photos: one level at most, 0.02 on the mean."""
    model = onnx.load(find_style(style).model.path)
    half = in_half_precision(model)
    assert bears_half(model)
    onnx.checker.check_model(half, full_check=True)
    for name in ("face.jpg", "night.jpg"):
        feeds = {"frames": np.asarray(Image.open(PHOTOS / name).convert("RGB").resize((160, 128)))[None]}
        off = np.abs(paint(half, feeds)[0].astype(int) - paint(model, feeds)[0])
        assert off.max() <= 2
        assert off.mean() < 0.05


def test_every_level_survives() -> None:
    """Scaled to 0..1 and back with the clip, the half and the cast of the contract, in float16."""
    shape = ["N", "H", "W", 3]
    nodes = [
        helper.make_node("Cast", ["frames"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["levels", "white"], ["photo"]),
        helper.make_node("Mul", ["photo", "white"], ["scaled"]),
        helper.make_node("Clip", ["scaled", "black", "white"], ["clipped"]),
        helper.make_node("Add", ["clipped", "half"], ["rounded"]),
        helper.make_node("Cast", ["rounded"], ["stylized"], to=TensorProto.UINT8),
    ]
    constants = {"black": 0.0, "half": 0.5, "white": 255.0}
    graph = helper.make_graph(
        nodes,
        "levels",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("stylized", TensorProto.UINT8, shape)],
        [helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    frame = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, 3)
    np.testing.assert_array_equal(paint(in_half_precision(model), {"frames": frame})[0], frame)


def test_the_state_stays_float32(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    half = in_half_precision(onnx.load(tmp_path / "count.onnx"))
    feeds = {"frames": np.zeros((1, 2, 2, 3), np.uint8), "state": np.full(1, 7, np.float32)}
    painted, state = paint(half, feeds)
    assert (painted == 7).all()
    assert (state.dtype, state[0]) == (np.float32, 8)


def test_norms_over_the_picture_stay_in_float32(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    model = onnx.load(tmp_path / "count.onnx")
    assert bears_half(model)
    model.graph.node.append(helper.make_node("InstanceNormalization", ["a", "b", "c"], ["d"]))
    assert not bears_half(model)
