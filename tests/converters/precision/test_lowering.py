"""Fewer bits: what it costs is measured, and what costs too much is refused."""

import logging
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from livebrush.converters.foreign.converting import converted
from livebrush.converters.foreign.probing import known_picture
from livebrush.converters.graph_edit import copied
from livebrush.converters.half_weights import halve_weights
from livebrush.converters.precision import lowering
from livebrush.converters.precision.eight_bits import in_eight_bits
from livebrush.converters.precision.half import in_half
from livebrush.converters.rewriting import painter
from livebrush.converters.running import session
from livebrush.models.errors import LivebrushError
from tests.converters.foreign.foreign_nets import candy

SIZE = (64, 64)
FRAMES = [known_picture(SIZE), 255 - known_picture(SIZE)]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> onnx.ModelProto:
    path: Path = tmp_path_factory.mktemp("net") / "candy.onnx"
    candy(path)
    return converted([path], None, (None, None, None), SIZE).model


def moved(first: onnx.ModelProto, second: onnx.ModelProto) -> float:
    before, after = (painter(session(model, "net"), {}) for model in (first, second))
    return float(np.abs(before(FRAMES[0]).astype(int) - after(FRAMES[0])).mean())


def test_float16_halves_the_weights_and_leaves_the_statistics(net: onnx.ModelProto) -> None:
    half = in_half(net)
    assert half.ByteSize() < 0.7 * net.ByteSize()
    assert moved(net, half) < 1
    kinds = {tensor.data_type for tensor in half.graph.initializer if len(tensor.dims) == 4}
    assert kinds == {onnx.TensorProto.FLOAT16}


def test_a_log_goes_where_it_went_before(net: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    in_eight_bits(net, FRAMES, {})
    assert logging.root.handlers == []


def test_int8_is_fitted_to_frames_and_keeps_the_first_and_last_layer(net: onnx.ModelProto) -> None:
    small = in_eight_bits(net, FRAMES, {})
    assert 0 < moved(net, small) < 20
    integers = [
        t for t in small.graph.initializer if len(t.dims) == 4 and t.data_type == onnx.TensorProto.INT8
    ]
    floats = [
        t for t in small.graph.initializer if len(t.dims) == 4 and t.data_type == onnx.TensorProto.FLOAT
    ]
    assert len(integers) == 4
    assert [list(t.dims[:2]) for t in floats] == [
        [8, 3],
        [16, 16],
        [16, 8],
        [3, 8],
    ]  # the third is transposed
    assert max(int(np.abs(numpy_helper.to_array(t)).max()) for t in integers) <= 64  # or products overflow


def test_weights_that_are_kept_in_half_precision_are_quantized_too(net: onnx.ModelProto) -> None:
    halved = copied(net)
    halve_weights(halved)
    assert in_eight_bits(halved, FRAMES, {}).ByteSize() < 1.1 * in_eight_bits(net, FRAMES, {}).ByteSize()


def lowered(
    net: onnx.ModelProto, precision: str, *, force: bool = False
) -> tuple[onnx.ModelProto, dict[str, str]]:
    return lowering.lowered(net, precision, FRAMES, {}, SIZE, force=force)


def test_what_paints_too_differently_is_refused_unless_forced(
    net: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lowering.FARTHEST, "int8", 0.001)
    with pytest.raises(LivebrushError, match="paints too differently from float32") as caught:
        lowered(net, "int8")
    assert caught.value.remedy == "force_conversion"
    assert "levels" not in lowered(net, "int8", force=True)[1]["int8"].split(";")[1]


def test_int8_that_is_not_faster_here_is_refused_unless_forced(
    net: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lowering.FARTHEST, "int8", 255.0)
    monkeypatch.setattr(lowering, "times_ms", lambda *_: [10.0, 12.0])
    with pytest.raises(LivebrushError, match=r"not faster on this CPU \(12 ms, float32 10 ms"):
        lowered(net, "int8")
    assert "12 ms on this CPU, float32 10 ms" in lowered(net, "int8", force=True)[1]["int8"]
    monkeypatch.setattr(lowering, "times_ms", lambda *_: [10.0, 8.0])
    assert lowered(net, "int8")[0].ByteSize() < net.ByteSize()


def test_int8_without_frames(net: onnx.ModelProto) -> None:
    with pytest.raises(LivebrushError) as caught:
        lowering.lowered(net, "int8", [], {}, SIZE, force=False)
    assert caught.value.remedy == "calibrate"


def test_float16_is_within_two_levels(net: onnx.ModelProto) -> None:
    assert "within 1 level" in lowered(net, "fp16")[1]["fp16"]
