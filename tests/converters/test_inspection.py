"""What `inspect` tells of an ONNX file."""

from pathlib import Path

import onnx
import pytest

from livebrush.converters.inspection import inspect
from livebrush.models.catalogue import packaged_folder
from livebrush.models.errors import LivebrushError
from tests.converters.foreign.foreign_nets import SIDE, Graph, candy
from tests.tiny_models import write_tiny_model


def test_multiply_adds_are_counted_by_what_runs(tmp_path: Path) -> None:
    g = Graph()
    x = g.add("Conv", ["image", g.noise(4, 3, 3, 3)], kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2])
    g.add("ConvTranspose", [x, g.noise(4, 3, 2, 2)], kernel_shape=[2, 2], strides=[2, 2])
    onnx.save(g.model({"image": [1, 3, 8, 12]}, {"y": [1, 3, 8, 12]}, 13), tmp_path / "a.onnx")
    found = inspect(tmp_path / "a.onnx")
    assert found.size == (8, 12)
    assert found.macs == 4 * 6 * 4 * 27 + 4 * 6 * 4 * 3 * 4
    assert found.values == 4 * 27 + 4 * 3 * 4


def test_a_foreign_file(tmp_path: Path) -> None:
    candy(tmp_path / "candy.onnx")
    found = inspect(tmp_path / "candy.onnx")
    assert found.style_model is None and found.opset == 7 and found.size == (SIDE, SIDE)
    assert found.inputs == {"inputImage": f"float [None, 3, {SIDE}, {SIDE}]"}
    assert found.slow == {"InstanceNormalization": 6, "Pad (reflect)": 1, "ConvTranspose": 1}
    text = "\n".join(found.lines())
    assert "none: not a style model" in text and "6 InstanceNormalization: statistics" in text


def test_a_style_model_that_ships() -> None:
    found = inspect(packaged_folder() / "starry_night.onnx")
    assert found.style_model is not None and found.macs is not None and 3e9 < found.macs < 5e9
    text = "\n".join(found.lines())
    assert "The Starry Night, Vincent van Gogh" in text and "all operators are on the fast path" in text
    assert found.as_json()["livebrush"]["styles"][0]["name"] == "starry_night"


def test_a_look_with_masks_and_state_is_run_too() -> None:
    found = inspect(packaged_folder() / "golden_hour.onnx")
    assert found.macs and not found.problem


def test_a_style_model_that_breaks_the_contract_says_so(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "a.onnx", raw_metadata="{}")
    found = inspect(tmp_path / "a.onnx")
    assert found.style_model is None and "contract" in found.problem


def test_a_net_that_does_not_run(tmp_path: Path) -> None:
    g = Graph()
    g.add("Conv", ["image", g.noise(4, 5, 3, 3)], kernel_shape=[3, 3])
    onnx.save(g.model({"image": [1, 3, "h", "w"]}, {"y": [1, 4, "h", "w"]}, 13), tmp_path / "a.onnx")
    found = inspect(tmp_path / "a.onnx")
    assert found.macs is None and "does not run" in found.problem
    assert "not counted" in "\n".join(found.lines())


def test_weights_are_sent_to_convert(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(LivebrushError) as caught:
        inspect(tmp_path / "a.pth")
    assert caught.value.remedy == "convert_first"
