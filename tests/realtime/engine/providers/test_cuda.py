"""The way to a CUDA session, with sessions of the CPU in its place: how far CUDA may go, and what is said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from livebrush.models.catalogue import find_style
from livebrush.models.contract import StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.provider import create_session
from livebrush.realtime.engine.providers import cpu, cuda
from tests.tiny_models import write_stateful_model

ALGORITHM = {"cudnn_conv_algo_search": "HEURISTIC"}


class CudaOnCpu(cuda.Device):
    """changed: what becomes of each graph before it is loaded; broken: why a session's runs fail, by its options"""

    execution_provider = "CPUExecutionProvider"
    memory = "cpu"

    def __init__(
        self,
        changed: Callable[[onnx.ModelProto], None] = lambda _: None,
        broken: Callable[[dict[str, str]], str] = lambda _: "",
    ) -> None:
        self.changed, self.broken = changed, broken
        self.asked: list[dict[str, str]] = []
        self.graph_ids: list[str] = []

    def problem(self) -> None:
        return None

    def has_driver(self) -> bool:
        return True

    def create(
        self, graph: bytes, name: str, provider_options: dict[str, str], options: ort.SessionOptions
    ) -> ort.InferenceSession:
        self.asked.append(provider_options)
        model = onnx.ModelProto.FromString(graph)
        self.changed(model)
        session = create_session(model.SerializeToString(), name, options)
        return cast(ort.InferenceSession, Watched(session, self, self.broken(provider_options)))


class Watched:
    def __init__(self, session: ort.InferenceSession, device: CudaOnCpu, broken: str) -> None:
        self._session, self._device, self._broken = session, device, broken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run_with_iobinding(self, binding: ort.IOBinding, options: ort.RunOptions) -> None:
        if self._broken:
            raise RuntimeError(self._broken)
        self._device.graph_ids.append(options.get_run_config_entry("gpu_graph_id"))
        self._session.run_with_iobinding(binding, options)


def model_of(path: Path) -> StyleModel:
    return read_style_model(path)


def in_half(model: onnx.ModelProto) -> bool:
    return any(node.op_type == "Cast" for node in model.graph.node)


class TestAbsent:
    def test_without_a_driver(self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        class NoDriver(cuda.Device):
            def has_driver(self) -> bool:
                return False

        monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider"])
        with pytest.raises(LivebrushError, match=r"(?s)no NVIDIA driver.*or use device=.cpu."):
            NoDriver().open(model_of(tiny_model), 1)
        assert not NoDriver().suits(model_of(tiny_model), "auto")

    def test_built_without(self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
        with pytest.raises(LivebrushError, match="built without CUDA"):
            cuda.Device().open(model_of(tiny_model), 1)

    def test_silently_replaced(self, tiny_model: Path) -> None:
        class Replaced(CudaOnCpu):
            execution_provider = "CUDAExecutionProvider"

        model = model_of(tiny_model)
        with pytest.raises(LivebrushError, match=r"CUDA did not come up .*fell back to CPUExecutionProvider"):
            Replaced().open(model, 1)
        engine = Engine(model, "auto", among={"cuda": Replaced(), "cpu": cpu.Device()})
        assert engine.provider == "CPUExecutionProvider"
        assert "without cuda: CUDA did not come up" in engine.note


def test_float16_where_it_paints_the_same() -> None:
    device = CudaOnCpu()
    opened = device.open(find_style("starry_night").model, 1)
    assert (opened.precision, opened.note) == ("float16", "")
    assert device.asked == [ALGORITHM]


def test_float32_where_float16_paints_something_else(tiny_model: Path) -> None:
    """The graph in half precision subtracts from 250 in place of 255."""

    def changed(model: onnx.ModelProto) -> None:
        if len(device.asked) == 1:
            model.graph.initializer[0].CopyFrom(
                onnx.helper.make_tensor("limit", onnx.TensorProto.UINT8, [], [250])
            )

    device = CudaOnCpu(changed)
    opened = device.open(model_of(tiny_model), 1)
    assert opened.precision == "float32"
    assert opened.note.startswith("computing in float32: float16 paints ")
    assert opened.note.endswith(" levels off")
    assert device.open(model_of(tiny_model), 1, "float16").precision == "float16"


def test_float32_where_float16_does_not_run(tiny_model: Path) -> None:
    def changed(model: onnx.ModelProto) -> None:
        if len(device.asked) % 2:
            model.graph.node[0].op_type = "NoSuchOperator"

    device = CudaOnCpu(changed)
    opened = device.open(model_of(tiny_model), 1)
    assert opened.precision == "float32"
    assert opened.note.startswith("computing in float32: invert.onnx cannot be loaded")
    with pytest.raises(LivebrushError, match="cannot be loaded"):
        device.open(model_of(tiny_model), 1, "float16")


def test_float32_where_it_is_named_or_the_model_does_not_bear_float16(tiny_model: Path) -> None:
    assert CudaOnCpu().open(model_of(tiny_model), 1, "float32").precision == "float32"
    graph = onnx.load(tiny_model)
    graph.graph.node.append(onnx.helper.make_node("GlobalAveragePool", ["unused"], ["nothing"]))
    graph.graph.initializer.append(onnx.helper.make_tensor("unused", onnx.TensorProto.FLOAT, [1, 1, 1], [0]))
    onnx.save(graph, tiny_model)
    assert CudaOnCpu().open(model_of(tiny_model), 1).precision == "float32"
    with pytest.raises(LivebrushError, match="statistics of whole pictures, which float16 cannot hold"):
        CudaOnCpu().open(model_of(tiny_model), 1, "float16")


def test_a_graph_for_one_size(tiny_model: Path) -> None:
    device = CudaOnCpu()
    device.open(model_of(tiny_model), 1, size=(8, 12))
    assert device.asked == [ALGORITHM | {"enable_cuda_graph": "1"}]


def test_a_graph_for_each_turn_of_the_state(tmp_path: Path) -> None:
    """Both are recorded as soon as possible, and frames start from nothing."""
    write_stateful_model(tmp_path / "count.onnx")
    device = CudaOnCpu()
    engine = Engine(read_style_model(tmp_path / "count.onnx"), "cuda", size=(8, 12), among={"cuda": device})
    assert len(device.graph_ids) == len(set(device.graph_ids)) == 2
    black, memory = np.zeros((8, 12, 3), np.uint8), engine.begin()
    painted = [int(engine.paint(black, Conditions(), memory).max()) for _ in range(4)]
    assert painted == [0, 1, 2, 3]
    assert len(set(device.graph_ids)) == 4  # the stream's buffers are its own


def test_without_the_graph_where_it_fails(tiny_model: Path) -> None:
    device = CudaOnCpu(
        broken=lambda options: "capture failed\nat length" if "enable_cuda_graph" in options else ""
    )
    opened = device.open(model_of(tiny_model), 1, size=(8, 12))
    assert opened.note == "without a CUDA graph: invert.onnx does not run on CUDA: capture failed"
    assert ["enable_cuda_graph" in options for options in device.asked] == [True, False]


def test_a_first_picture_that_fails_is_an_error(tiny_model: Path) -> None:
    device = CudaOnCpu(broken=lambda _: "no kernel image is available for execution on the device")
    with pytest.raises(LivebrushError, match=r"invert\.onnx does not run on CUDA: no kernel image"):
        device.open(model_of(tiny_model), 1)
