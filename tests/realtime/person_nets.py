"""A region net for tests: what is red is a person."""

import json
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from livebrush.models.regions import CONTRACT, METADATA_KEY, PERSON_GROUPS

RED = (230, 10, 10)
"""a person"""


def write_red_finder(path: Path, groups: tuple[str, ...] = PERSON_GROUPS) -> Path:
    """Red less green is the share of persons, averaged over 4x4 pixels."""
    nodes = [
        helper.make_node("Cast", ["image"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["levels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "kernel"], ["redness"], strides=[4, 4]),
        helper.make_node("Clip", ["redness", "none", "whole"], ["person"]),
        helper.make_node("Sub", ["whole", "person"], ["other"]),
        helper.make_node("Concat", ["person", "other"], ["shares"], axis=1),
        helper.make_node("Cast", ["shares"], ["bytes"], to=TensorProto.UINT8),
        helper.make_node("Transpose", ["bytes"], ["regions"], perm=[0, 2, 3, 1]),
    ]
    kernel = [2 / 16] * 16 + [-2 / 16] * 16 + [0.0] * 16  # of red, green and blue
    constants = [
        helper.make_tensor("kernel", TensorProto.FLOAT, [1, 3, 4, 4], kernel),
        helper.make_tensor("none", TensorProto.FLOAT, [], [0]),
        helper.make_tensor("whole", TensorProto.FLOAT, [], [255]),
    ]
    graph = helper.make_graph(
        nodes, "red",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "H", "W", 3])],
        [helper.make_tensor_value_info("regions", TensorProto.UINT8, [1, "h", "w", 2])],
        constants,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    facts = {"contract": CONTRACT, "multiple": 32, "short_side": 192, "groups": groups}
    model.metadata_props.add(key=METADATA_KEY, value=json.dumps(facts))
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path
