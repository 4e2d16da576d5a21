"""Foreign ONNX nets within the contract: the same paintings, at any size that the net can take."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, numpy_helper

from livebrush.converters.foreign.converting import Converted, converted
from livebrush.converters.foreign.ends import find_ends
from livebrush.converters.foreign.probing import known_picture
from livebrush.converters.likeness import as_levels, likeness
from livebrush.converters.rewriting import painter
from livebrush.converters.running import session
from livebrush.models.errors import LivebrushError
from tests.converters.foreign.foreign_nets import SIDE, Graph, candy, one_size_alone, pair, several_styles

NOTHING = (None, None, None)
AT = (48, 64)


def run(path: Path, **feeds: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return np.asarray(
        ort.InferenceSession(path, options, providers=["CPUExecutionProvider"]).run(None, feeds)[0]
    )


def paint(found: Converted, frame: np.ndarray, **others: np.ndarray) -> np.ndarray:
    return painter(session(found.model, "net"), others)(frame)


def test_old_operators_one_size_and_blue_first(tmp_path: Path) -> None:
    candy(tmp_path / "candy.onnx")
    found = converted([tmp_path / "candy.onnx"], None, NOTHING, AT)
    frame = known_picture((SIDE, SIDE))
    bgr = frame[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32)
    expected = as_levels(run(tmp_path / "candy.onnx", inputImage=bgr)[0].transpose(1, 2, 0)[..., ::-1])
    assert np.abs(paint(found, frame).astype(int) - expected).max() <= 1
    assert found.facts["order"].startswith("BGR (the means") and found.facts["takes"].startswith("0-255")
    assert not found.resizes and paint(found, known_picture((64, 128))).shape == (64, 128, 3)


def test_the_order_of_colours_can_be_given(tmp_path: Path) -> None:
    candy(tmp_path / "candy.onnx")
    found = converted([tmp_path / "candy.onnx"], None, (None, None, False), AT)
    frame = known_picture((SIDE, SIDE))
    rgb = frame.transpose(2, 0, 1)[None].astype(np.float32)
    expected = as_levels(run(tmp_path / "candy.onnx", inputImage=rgb)[0].transpose(1, 2, 0))
    assert np.abs(paint(found, frame).astype(int) - expected).max() <= 1
    assert found.facts["order"] == "RGB (as given)"


def test_several_styles_are_blended_by_the_port_of_the_contract(tmp_path: Path) -> None:
    several_styles(tmp_path / "many.onnx")
    found = converted([tmp_path / "many.onnx"], None, NOTHING, AT)
    assert found.styles == 3
    weights, frame = np.array([0.2, 0.5, 0.3], np.float32), known_picture(AT)
    image = frame.transpose(2, 0, 1)[None].astype(np.float32) / 255
    expected = as_levels(
        255 * run(tmp_path / "many.onnx", image=image, style_weights=weights)[0].transpose(1, 2, 0)
    )
    assert np.abs(paint(found, frame, style=weights).astype(int) - expected).max() <= 1


def of_bytes(path: Path, opset: int, side: int | str = SIDE, grows: int = 0) -> None:
    """A convolution of levels, which takes and gives bytes."""
    g = Graph()
    x = g.add("Cast", ["image"], to=TensorProto.FLOAT)
    y = g.add("Conv", [x, g.noise(3, 3, 3, 3)], kernel_shape=[3, 3], pads=[1 + grows] * 4)
    y = g.add("Clip", [g.add("Add", [y, x]) if not grows else y, g.weight(0.0), g.weight(255.0)])
    g.add("Cast", [y], to=TensorProto.UINT8)
    out = side + 2 * grows if isinstance(side, int) else f"{side}o"
    model = g.model({"image": [1, 3, side, side]}, {"painted": [1, 3, out, out]}, opset)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.elem_type = TensorProto.UINT8
    onnx.save(model, path)


def test_a_net_that_takes_and_gives_bytes_has_levels(tmp_path: Path) -> None:
    of_bytes(tmp_path / "bytes.onnx", 18)
    found = converted([tmp_path / "bytes.onnx"], None, NOTHING, AT)
    frame = known_picture((SIDE, SIDE))
    expected = run(tmp_path / "bytes.onnx", image=frame.transpose(2, 0, 1)[None])[0].transpose(1, 2, 0)
    assert np.abs(paint(found, frame).astype(int) - expected).max() <= 1
    assert found.facts["takes"] == "0-255 (it takes whole numbers)"
    assert found.facts["gives"] == "0-255 (it gives whole numbers)"


def test_a_net_of_one_size_that_gives_another_is_told(tmp_path: Path) -> None:
    of_bytes(tmp_path / "grows.onnx", 18, grows=2)
    with pytest.raises(
        LivebrushError, match=r"another size than it takes, \[1, 3, 36, 36\] for \[1, 3, 32, 32\]"
    ):
        converted([tmp_path / "grows.onnx"], None, NOTHING, AT)


def test_a_net_of_a_size_that_does_not_divide_is_freed(tmp_path: Path) -> None:
    """Two strides and two enlargements, exported at 30x30: 32x32 comes back."""
    g = Graph()
    x = "image"
    for _ in range(2):
        x = g.add(
            "Conv", [x, g.noise(3, 3, 3, 3, size=0.3)], kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2]
        )
    for _ in range(2):
        x = g.add("Resize", [x, "", g.weight([1, 1, 2, 2])], mode="nearest")
    onnx.save(g.model({"image": [1, 3, 30, 30]}, {"painted": [1, 3, 32, 32]}, 18), tmp_path / "odd.onnx")
    found = converted([tmp_path / "odd.onnx"], None, ("0-1", "0-1", None), AT)
    assert found.size is None and not found.resizes and found.multiple % 4 == 0
    assert paint(found, known_picture((32, 48))).shape == (32, 48, 3)


def test_newer_opsets_without_a_way_back_are_relabelled(tmp_path: Path) -> None:
    g = Graph()
    pads = g.add(
        "ConstantOfShape", [g.weight([8], np.int64)], value=numpy_helper.from_array(np.array([0], np.int64))
    )
    g.add("Pad", ["image", pads])
    onnx.save(
        g.model({"image": [1, 3, SIDE, SIDE]}, {"painted": [1, 3, SIDE, SIDE]}, 20), tmp_path / "new.onnx"
    )
    found = converted([tmp_path / "new.onnx"], None, ("0-255", "0-255", None), AT)
    frame = known_picture((SIDE, SIDE))
    assert np.array_equal(paint(found, frame), frame)


def test_a_net_in_half_precision(tmp_path: Path) -> None:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    g = Graph()
    x = g.add("Conv", ["image", g.noise(3, 3, 3, 3)], kernel_shape=[3, 3], pads=[1] * 4)
    g.add("Sigmoid", [x])
    model = convert_float_to_float16(g.model({"image": [1, 3, "h", "w"]}, {"y": [1, 3, "h", "w"]}, 13))
    assert model.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT16
    onnx.save(model, tmp_path / "half.onnx")
    found = converted([tmp_path / "half.onnx"], None, ("0-1", None, None), AT)
    frame = known_picture(AT)
    image = (frame.transpose(2, 0, 1)[None] / 255).astype(np.float16)
    expected = as_levels(
        255 * run(tmp_path / "half.onnx", image=image)[0].astype(np.float32).transpose(1, 2, 0)
    )
    assert np.abs(paint(found, frame).astype(int) - expected).max() <= 1
    assert found.was is not None and found.was[1]["image"].dtype == np.float16


def test_a_net_that_takes_one_size_alone_is_wrapped_in_resizing_and_says_so(tmp_path: Path) -> None:
    one_size_alone(tmp_path / "a.onnx")
    found = converted([tmp_path / "a.onnx"], None, NOTHING, AT)
    assert found.resizes and "whatever the frame's size" in found.notes[0]
    assert paint(found, known_picture((37, 51))).shape == (37, 51, 3)
    frame = known_picture((SIDE, SIDE))
    assert likeness(found.original, painter(session(found.model, "net"), {}), [frame]).within_1 > 0.99


def test_a_pair_paints_after_the_style_picture_that_is_baked_in(tmp_path: Path) -> None:
    maker, painting = tmp_path / "predict.onnx", tmp_path / "transform.onnx"
    pair(maker, painting)
    style = known_picture((40, 60))
    frame = known_picture((SIDE, SIDE))
    found = converted([maker, painting], style, (None, "0-1", None), AT)
    again = converted([painting, maker], 255 - style, (None, "0-1", None), AT)
    assert np.abs(paint(found, frame).astype(int) - paint(again, frame)).mean() > 0.5, (
        "the style picture changes nothing"
    )
    assert likeness(found.original, painter(session(found.model, "net"), {}), [frame]).within_1 == 1
    assert [value.name for value in found.model.graph.input] == ["frames"]


def test_a_pair_without_a_style_picture_takes_one_with_every_frame(tmp_path: Path) -> None:
    maker, painting = tmp_path / "predict.onnx", tmp_path / "transform.onnx"
    pair(maker, painting)
    found = converted([painting, maker], None, ("0-1", "0-1", None), AT)
    assert [value.name for value in found.model.graph.input] == ["frames", "style_picture"]
    onnx.checker.check_model(found.model)
    frame = known_picture((SIDE, SIDE))
    runner = session(found.model, "net")
    assert found.shown is not None
    assert (
        likeness(found.original, painter(runner, {"style_picture": found.shown[None]}), [frame]).within_1 == 1
    )
    # Of any size and shape, the same as baked in; pictures are shrunk by two libraries
    rows, columns = np.mgrid[:37, :90]
    smooth = np.stack([3 * rows, 2 * columns, rows + columns], -1).astype(np.uint8)
    for style in (smooth, 255 - smooth.transpose(1, 0, 2)):
        baked = converted([maker, painting], style, ("0-1", "0-1", None), AT)
        alike = likeness(baked.original, painter(runner, {"style_picture": style[None]}), [frame])
        assert alike.within_1 > 0.99, str(alike)


def test_halves_of_pairs_and_pictures_that_are_missing(tmp_path: Path) -> None:
    maker, painting = tmp_path / "predict.onnx", tmp_path / "transform.onnx"
    pair(maker, painting)
    with pytest.raises(LivebrushError, match="give both files"):
        converted([painting], None, NOTHING, AT)
    with pytest.raises(LivebrushError, match="first half of a pair"):
        converted([maker], None, NOTHING, AT)
    candy(tmp_path / "candy.onnx")
    with pytest.raises(LivebrushError, match="are no pair"):
        converted([tmp_path / "candy.onnx", maker], known_picture(AT), NOTHING, AT)


@pytest.mark.parametrize("given", ["0-255", "0-1", "-1-1", "imagenet"])
def test_the_ranges_of_values_can_be_given(tmp_path: Path, given: str) -> None:
    several_styles(tmp_path / "many.onnx")
    found = converted([tmp_path / "many.onnx"], None, (given, "0-1", None), AT)
    assert found.facts["takes"] == f"{given} (as given)"
    onnx.checker.check_model(found.model)


@pytest.mark.parametrize(
    ("inputs", "strides", "told"),
    [
        (4, [1, 1], "does not run: Input channels C is not equal"),
        (3, [2, 2], r"\[1, 3, 96, 128\] for \[1, 3, 192, 256\]"),
    ],
)
def test_what_is_wrong_at_every_size_is_told(
    tmp_path: Path, inputs: int, strides: list[int], told: str
) -> None:
    g = Graph()
    g.add("Conv", ["image", g.noise(3, inputs, 3, 3)], kernel_shape=[3, 3], pads=[1] * 4, strides=strides)
    shape = [1, 3, "h", "w"]
    onnx.save(g.model({"image": shape}, {"painting": shape}, 17), tmp_path / "a.onnx")
    with pytest.raises(LivebrushError, match=told):
        converted([tmp_path / "a.onnx"], None, NOTHING, AT)


def test_what_gives_no_picture_is_found_out_where_its_file_tells_no_shape(tmp_path: Path) -> None:
    g = Graph()
    pooled = g.add("Flatten", [g.add("GlobalAveragePool", ["image"])])
    logits = g.add("MatMul", [pooled, g.noise(3, 1000)])
    g.add("Reshape", [logits, g.add("Shape", [logits])])
    save_without_shape(g.model({"image": [1, 3, "h", "w"]}, {"logits": [1, 1000]}, 17), tmp_path / "a.onnx")
    with pytest.raises(
        LivebrushError, match=r"gives no picture.* it looks like a classifier of 1000 classes"
    ):
        converted([tmp_path / "a.onnx"], None, NOTHING, AT)


def test_an_output_of_two_dimensions_that_are_not_told_is_no_picture() -> None:
    g = Graph()
    g.add("Flatten", ["image"])
    model = g.model({"image": [1, 3, "h", "w"]}, {"out": [None, None]}, 17)
    with pytest.raises(LivebrushError, match=r"a\.onnx gives no picture, expected one of 3 colours"):
        find_ends(model, "a.onnx")


def test_a_picture_of_a_shape_that_is_not_told(tmp_path: Path) -> None:
    g = Graph()
    painted = g.add("Conv", ["image", g.noise(3, 3, 3, 3)], kernel_shape=[3, 3], pads=[1] * 4)
    g.add("Reshape", [painted, g.add("Mul", [g.add("Shape", ["image"]), g.weight([1], np.int64)])])
    save_without_shape(g.model({"image": [1, 3, "h", "w"]}, {"painting": []}, 17), tmp_path / "a.onnx")
    assert converted([tmp_path / "a.onnx"], None, NOTHING, AT).multiple == 1


def save_without_shape(model: onnx.ModelProto, path: Path) -> None:
    model.graph.output[0].type.tensor_type.ClearField("shape")
    onnx.save(model, path)
