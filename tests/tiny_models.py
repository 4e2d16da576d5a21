"""Style models small enough to make in a test, with every part of the contract to break."""

from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

from livebrush.models.contract import METADATA_KEY, Style, StyleMetadata

INVERTED = StyleMetadata("painting", "test", multiple=4, margin=2, styles=(Style("invert", "Inverted"),))


def write_tiny_model(
    path: Path,
    metadata: StyleMetadata | None = INVERTED,
    *,
    raw_metadata: str | None = None,
    frames: tuple[int, list[Any]] = (TensorProto.UINT8, ["N", "H", "W", 3]),
    output: str = "stylized",
    extra_inputs: tuple[str, ...] = (),
) -> None:
    """255 - frames, as a style model.

    metadata:     None leaves it out; raw_metadata is written as it is
    extra_inputs: more float inputs of no use
    """
    dtype, shape = frames
    limit = helper.make_tensor("limit", dtype, [], [255])
    node = helper.make_node("Sub", ["limit", "frames"], [output])
    inputs = [helper.make_tensor_value_info("frames", dtype, shape)]
    inputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in extra_inputs]
    outputs = [helper.make_tensor_value_info(output, dtype, shape)]
    graph = helper.make_graph([node], "tiny", inputs, outputs, [limit])
    _save(
        graph, raw_metadata if raw_metadata is not None else (metadata.to_json() if metadata else None), path
    )


def _save(graph: onnx.GraphProto, metadata: str | None, path: Path) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    if metadata is not None:
        model.metadata_props.add(key=METADATA_KEY, value=metadata)
    onnx.save(model, path)


def write_stateful_model(path: Path) -> None:
    """Paints the number of frames that came before: `state` counts them. margin 0, multiple 1."""
    metadata = StyleMetadata("painting", "test", multiple=1, margin=0, styles=(Style("count"),))
    nodes = [
        helper.make_node("Mul", ["frames", "nothing"], ["black"]),
        helper.make_node("Cast", ["state"], ["level"], to=TensorProto.UINT8),
        helper.make_node("Add", ["black", "level"], ["stylized"]),
        helper.make_node("Add", ["state", "one"], ["state_out"]),
    ]
    graph = helper.make_graph(
        nodes,
        "count",
        [
            helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3]),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, [1]),
        ],
        [
            helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "H", "W", 3]),
            helper.make_tensor_value_info("state_out", TensorProto.FLOAT, [1]),
        ],
        [
            helper.make_tensor("nothing", TensorProto.UINT8, [], [0]),
            helper.make_tensor("one", TensorProto.FLOAT, [1], [1]),
        ],
    )
    _save(graph, metadata.to_json(), path)


def write_endless_model(path: Path) -> None:
    """A style model whose loop takes longer than anybody waits. margin 0, multiple 1."""
    metadata = StyleMetadata("painting", "test", multiple=1, margin=0, styles=(Style("endless"),))
    body = helper.make_graph(
        [
            helper.make_node("Sub", ["limit", "before"], ["after"]),
            helper.make_node("Identity", ["go"], ["go_on"]),
        ],
        "turn",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.UINT8, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.UINT8, None),
        ],
        [helper.make_tensor("limit", TensorProto.UINT8, [], [255])],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["turns", "yes", "frames"], ["stylized"], body=body)],
        "endless",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "H", "W", 3])],
        [
            helper.make_tensor("turns", TensorProto.INT64, [], [2**62]),
            helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
        ],
    )
    _save(graph, metadata.to_json(), path)


def write_shrinking_model(path: Path) -> None:
    """A style model that paints every second row only. margin 0, multiple 1."""
    metadata = StyleMetadata("painting", "test", multiple=1, margin=0, styles=(Style("small"),))
    graph = helper.make_graph(
        [helper.make_node("Slice", ["frames", "start", "end", "axis", "step"], ["stylized"])],
        "small",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "h", "W", 3])],
        [
            helper.make_tensor(name, TensorProto.INT64, [1], [value])
            for name, value in (("start", 0), ("end", 2**31), ("axis", 1), ("step", 2))
        ],
    )
    _save(graph, metadata.to_json(), path)


def write_blend_model(path: Path, *styles: str) -> None:
    """Paints 200 times the weight of its second style, in grey. margin 0, multiple 1."""
    metadata = StyleMetadata(
        "painting", "test", multiple=1, margin=0, styles=tuple(Style(style) for style in styles)
    )
    scale = [0.0] * len(styles)
    scale[1] = 200
    nodes = [
        helper.make_node("MatMul", ["style", "scale"], ["light"]),
        helper.make_node("Cast", ["light"], ["level"], to=TensorProto.UINT8),
        helper.make_node("Mul", ["frames", "nothing"], ["black"]),
        helper.make_node("Add", ["black", "level"], ["stylized"]),
    ]
    graph = helper.make_graph(
        nodes,
        "blend",
        [
            helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3]),
            helper.make_tensor_value_info("style", TensorProto.FLOAT, [len(styles)]),
        ],
        [helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "H", "W", 3])],
        [
            helper.make_tensor("scale", TensorProto.FLOAT, [len(styles), 1], scale),
            helper.make_tensor("nothing", TensorProto.UINT8, [], [0]),
        ],
    )
    _save(graph, metadata.to_json(), path)


def write_ports_model(path: Path) -> None:
    """Paints, in grey, the sum of what its ports are given, modulo 256: 100 times the weight of its second style, the
    mean of the picture, the sum of the palette, the largest mask. Two styles, margin 2, multiple 4.
    """
    metadata = StyleMetadata("painting", "test", multiple=4, margin=2, styles=(Style("a"), Style("b")))
    nodes = [
        helper.make_node("MatMul", ["style", "scale"], ["of_style"]),
        helper.make_node("Cast", ["style_picture"], ["picture"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["picture"], ["of_picture"], keepdims=0),
        helper.make_node("ReduceSum", ["palette"], ["of_palette"], keepdims=0),
        helper.make_node("Cast", ["masks"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["levels"], ["of_masks"], keepdims=0),
        helper.make_node("Sum", ["of_style", "of_picture", "of_palette", "of_masks"], ["sum"]),
        helper.make_node("Mod", ["sum", "all"], ["rest"], fmod=1),
        helper.make_node("Cast", ["rest"], ["level"], to=TensorProto.UINT8),
        helper.make_node("Mul", ["frames", "nothing"], ["black"]),
        helper.make_node("Add", ["black", "level"], ["stylized"]),
    ]
    graph = helper.make_graph(
        nodes,
        "ports",
        [
            helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3]),
            helper.make_tensor_value_info("style", TensorProto.FLOAT, [2]),
            helper.make_tensor_value_info("masks", TensorProto.UINT8, ["N", "h", "w", 10]),
            helper.make_tensor_value_info("style_picture", TensorProto.UINT8, ["n", "y", "x", 3]),
            helper.make_tensor_value_info("palette", TensorProto.FLOAT, ["K", 3]),
        ],
        [helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "H", "W", 3])],
        [
            helper.make_tensor("scale", TensorProto.FLOAT, [2, 1], [0, 100]),
            helper.make_tensor("nothing", TensorProto.UINT8, [], [0]),
            helper.make_tensor("all", TensorProto.FLOAT, [], [256]),
        ],
    )
    _save(graph, metadata.to_json(), path)


def write_palette_model(path: Path, **styles: float) -> None:
    """Paints its input times a number, each style's own; blends, times the mean of theirs. margin 0, multiple 1.

    The number is the weight of a convolution, computed of `style`.
    """
    metadata = StyleMetadata(
        "painting", "test", multiple=1, margin=0, styles=tuple(Style(name, name.title()) for name in styles)
    )
    count = len(styles)
    nodes = [
        helper.make_node("MatMul", ["style", "numbers"], ["number"]),
        helper.make_node("Mul", ["number", "eye"], ["weight"]),
        helper.make_node("Cast", ["frames"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["levels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "weight"], ["times"]),
        helper.make_node("Transpose", ["times"], ["pixels"], perm=[0, 2, 3, 1]),
        helper.make_node("Round", ["pixels"], ["whole"]),
        helper.make_node("Cast", ["whole"], ["stylized"], to=TensorProto.UINT8),
    ]
    graph = helper.make_graph(
        nodes,
        "palette",
        [
            helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", "H", "W", 3]),
            helper.make_tensor_value_info("style", TensorProto.FLOAT, [count]),
        ],
        [helper.make_tensor_value_info("stylized", TensorProto.UINT8, ["N", "H", "W", 3])],
        [
            helper.make_tensor("numbers", TensorProto.FLOAT, [count, 1], list(styles.values())),
            helper.make_tensor("eye", TensorProto.FLOAT, [3, 3, 1, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]),
        ],
    )
    _save(graph, metadata.to_json(), path)
