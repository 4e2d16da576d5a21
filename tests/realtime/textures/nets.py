"""A texture net of a few values, written without torch."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from livebrush.models.contract import METADATA_KEY, Style
from livebrush.models.textures import OUTPUT, TextureMetadata

MARGINS = (1, 2)


def write_texture_net(path: Path, metadata: str | None = None, output: str = OUTPUT) -> Path:
    """Two scales of one channel: 3x3 means of both, the coarse one enlarged, in grey."""
    told = TextureMetadata(MARGINS, 1, Style("tiny", licence="public domain"), recipe={"images": 1})
    nodes = [
        helper.make_node("Conv", ["noise_1", "mean"], ["coarse"]),
        helper.make_node(
            "Resize", ["coarse", "", "twice"], ["enlarged"], mode="nearest",
            coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        ),
        helper.make_node("Slice", ["enlarged", "from", "to", "axes"], ["cut"]),
        helper.make_node("Conv", ["noise_0", "mean"], ["fine"]),
        helper.make_node("Add", ["cut", "fine"], ["sum"]),
        helper.make_node("Mul", ["sum", "contrast"], ["spread"]),
        helper.make_node("Add", ["spread", "middle"], ["levels"]),
        helper.make_node("Clip", ["levels", "black", "white"], ["clipped"]),
        helper.make_node("Concat", ["clipped"] * 3, ["grey"], axis=1),
        helper.make_node("Transpose", ["grey"], ["laid_out"], perm=[0, 2, 3, 1]),
        helper.make_node("Cast", ["laid_out"], [output], to=TensorProto.UINT8),
    ]  # fmt: skip
    constants = {
        "mean": np.full((1, 1, 3, 3), 1 / 9, np.float32),
        "twice": np.array([1, 1, 2, 2], np.float32),
        "from": np.array([2, 2]), "to": np.array([-2, -2]), "axes": np.array([2, 3]),
        "contrast": np.float32(100), "middle": np.float32(128), "black": np.float32(0), "white": np.float32(255),
    }  # fmt: skip
    graph = helper.make_graph(
        nodes, "tiny",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1, None, None]) for name in told.inputs],
        [helper.make_tensor_value_info(output, TensorProto.UINT8, [None, None, None, 3])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    model.metadata_props.add(key=METADATA_KEY, value=told.to_json() if metadata is None else metadata)
    onnx.save(model, path)
    return path
