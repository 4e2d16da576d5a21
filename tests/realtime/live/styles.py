"""Styles for tests of live shows: each paints every frame in one grey, of its own."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

from livebrush.models.contract import METADATA_KEY, Style, StyleMetadata


def write_grey(path: Path, level: int) -> Path:
    """A style model that paints all frames in this grey; margin 0, multiple 1."""
    metadata = StyleMetadata("painting", "test", multiple=1, margin=0, styles=(Style(path.stem),))
    nodes = [
        helper.make_node("Mul", ["frames", "nothing"], ["black"]),
        helper.make_node("Add", ["black", "level"], ["stylized"]),
    ]
    graph = helper.make_graph(
        nodes,
        "grey",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "H", "W", 3])],
        [
            helper.make_tensor("nothing", TensorProto.UINT8, [], [0]),
            helper.make_tensor("level", TensorProto.UINT8, [], [level]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def write_picky(path: Path, height: int) -> Path:
    """A style model that keeps the contract and fails on every frame that is not `height` lines high."""
    metadata = StyleMetadata("painting", "test", multiple=1, margin=0, styles=(Style(path.stem),))
    nodes = [helper.make_node("Add", ["frames", "lines"], ["stylized"])]
    graph = helper.make_graph(
        nodes,
        "picky",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor("lines", TensorProto.UINT8, [1, height, 1, 1], [0] * height)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    model.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path
