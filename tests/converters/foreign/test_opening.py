"""Foreign ONNX files that are damaged, incomplete, or no style nets."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import convert_model_to_external_data

from livebrush.converters.foreign.converting import converted
from livebrush.converters.foreign.opening import open_onnx
from livebrush.models.errors import LivebrushError
from tests.converters.foreign.foreign_nets import Graph, candy

AT = (32, 32)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    candy(tmp_path / "candy.onnx")
    return tmp_path / "candy.onnx"


def refusal(path: Path) -> str:
    with pytest.raises(LivebrushError) as caught:
        converted([path], None, (None, None, None), AT)
    return str(caught.value)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_file_that_is_cut_short(net: Path, share: float) -> None:
    content = net.read_bytes()
    net.write_bytes(content[: int(share * len(content))])
    assert "cut short" in refusal(net) or "holds no graph" in refusal(net)


def test_weights_whose_bytes_do_not_fit_their_shape(net: Path) -> None:
    model = onnx.load(net)
    model.graph.initializer[0].raw_data = model.graph.initializer[0].raw_data[:-4]
    onnx.save(model, net)
    assert "bytes, expected" in refusal(net)


def test_data_beside_the_model(net: Path) -> None:
    model = onnx.load(net)
    convert_model_to_external_data(model, location="candy.data", size_threshold=0)
    onnx.save(model, net)
    assert len(open_onnx(net).graph.initializer[0].raw_data) > 0
    data = net.with_name("candy.data")
    content = data.read_bytes()
    data.write_bytes(content[:100])
    assert "cut short" in refusal(net)
    data.unlink()
    assert "keeps its weights in candy.data, which is missing" in refusal(net)


def test_data_outside_the_folder_is_not_read(net: Path, tmp_path: Path) -> None:
    model = onnx.load(net)
    convert_model_to_external_data(model, location="candy.data", size_threshold=0)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "../../etc/passwd"
    net.write_bytes(model.SerializeToString())
    assert "outside its own folder" in refusal(net)


def with_initializer(net: Path, tensor: TensorProto) -> None:
    model = onnx.load(net)
    model.graph.initializer.append(tensor)
    onnx.save(model, net)


def test_weights_that_hold_nothing_or_no_numbers(net: Path) -> None:
    with_initializer(net, numpy_helper.from_array(np.zeros((0, 3, 3, 3), np.float32), "nothing"))
    assert "'nothing' have the shape [0, 3, 3, 3]" in refusal(net)
    candy(net)
    with_initializer(net, numpy_helper.from_array(np.array([np.inf], np.float32), "endless"))
    assert "'endless' hold values that are no numbers" in refusal(net)


def test_operators_of_somebody_s_own(net: Path) -> None:
    model = onnx.load(net)
    model.graph.node[3].domain = "my.company"
    model.opset_import.append(helper.make_opsetid("my.company", 1))
    onnx.save(model, net)
    assert "operators of its own (my.company:InstanceNormalization)" in refusal(net)


def test_an_opset_from_before_there_was_a_standard(net: Path) -> None:
    model = onnx.load(net)
    model.opset_import[0].version = 6
    onnx.save(model, net)
    assert "has opset 6" in refusal(net)


def test_names_that_are_no_text(net: Path) -> None:
    content = net.read_bytes()
    assert content.count(b"ImageScaler") == 1
    net.write_bytes(content.replace(b"ImageScaler", b"Image\xff\xfecaler"[:11]))
    assert "names in it are no text" in refusal(net) or "cut short" in refusal(net)


def test_an_old_operator_without_its_attribute(net: Path) -> None:
    model = onnx.load(net)
    del model.graph.node[0].attribute[:]
    onnx.save(model, net)
    assert "its ImageScaler lacks an attribute" in refusal(net)


def test_several_outputs(net: Path) -> None:
    model = onnx.load(net)
    model.graph.output.append(helper.make_tensor_value_info("value3", TensorProto.FLOAT, [1, 3, 32, 32]))
    onnx.save(model, net)
    assert "gives several pictures" in refusal(net) and "value3" in refusal(net)


def test_a_second_output_that_is_no_picture_is_left_out(net: Path) -> None:
    model = onnx.load(net)
    model.graph.output.append(helper.make_tensor_value_info("value3", TensorProto.FLOAT, [1, 8, 48, 48]))
    onnx.save(model, net)
    assert [value.name for value in converted([net], None, (None, None, None), AT).model.graph.output] == [
        "stylized"
    ]


def test_a_classifier_is_called_one(tmp_path: Path) -> None:
    g = Graph()
    x = g.add("GlobalAveragePool", [g.add("Conv", ["image", g.noise(8, 3, 3, 3)], kernel_shape=[3, 3])])
    g.add("Gemm", [g.add("Flatten", [x]), g.noise(8, 10)])
    onnx.save(g.model({"image": [1, 3, 32, 32]}, {"scores": [1, 10]}, 13), tmp_path / "a.onnx")
    assert "it looks like a classifier of 10 classes" in refusal(tmp_path / "a.onnx")


@pytest.mark.parametrize(
    ("shape", "operator", "said"),
    [
        ([1, 8, 1, 1], "Softmax", "a classifier of 8 classes"),
        ([1, 8, 1, 1], "Relu", "the first half of a pair"),
        ([1, 8, 30, 30], "Relu", "regions or features apart, in 8 channels"),
    ],
)
def test_what_gives_no_picture_is_told_what_it_looks_like(
    tmp_path: Path, shape: list[int], operator: str, said: str
) -> None:
    g = Graph()
    x = g.add("Conv", ["image", g.noise(8, 3, 3, 3)], kernel_shape=[3, 3])
    if shape[-1] == 1:
        x = g.add("GlobalAveragePool", [x])
    g.add(operator, [x])
    onnx.save(g.model({"image": [1, 3, 32, 32]}, {"out": shape}, 13), tmp_path / "a.onnx")
    assert said in refusal(tmp_path / "a.onnx")


def test_no_picture_goes_in(tmp_path: Path) -> None:
    g = Graph()
    g.add("Relu", ["sound"])
    onnx.save(g.model({"sound": [1, 16000]}, {"out": [1, 16000]}, 13), tmp_path / "a.onnx")
    assert "takes no picture" in refusal(tmp_path / "a.onnx")


def test_an_opset_that_is_not_known_yet(net: Path) -> None:
    model = onnx.load(net)
    model.opset_import[0].version = 999
    onnx.save(model, net)
    with pytest.raises(LivebrushError, match=r"has opset 999, up to .* is read here"):
        open_onnx(net)


def test_a_graph_that_makes_a_great_deal_of_little(tmp_path: Path) -> None:
    g = Graph()
    many = g.add("ConstantOfShape", [g.weight([200_000, 200_000], np.int64)])
    g.add("Add", ["image", g.add("ReduceSum", [many], keepdims=0)])
    shape = [1, 3, "h", "w"]
    onnx.save(g.model({"image": shape}, {"painting": shape}, 17), tmp_path / "a.onnx")
    with pytest.raises(LivebrushError, match="unpack to far more than it holds"):
        open_onnx(tmp_path / "a.onnx")
