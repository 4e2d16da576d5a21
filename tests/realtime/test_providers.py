"""What opens a style model: devices that do not come up, and how far CUDA may go; no GPU needed."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime import providers
from livebrush.realtime.device_frames import DeviceFrames
from livebrush.realtime.half_precision import in_half_precision
from livebrush.realtime.providers import Opened, open_model, session_options
from tests.tiny_models import write_stateful_model

SHAPE_ARITHMETIC = {"Shape", "Range", "Gather", "Squeeze", "Unsqueeze", "Mod", "Expand", "ConstantOfShape"}


def open_tiny(path: Path, device: str = "cpu", **options: Any) -> Opened:
    return open_model(Choice(read_style_model(path)), device, 1, **options)


def test_an_unknown_device(tiny_model: Path) -> None:
    with pytest.raises(LivebrushError, match="no device is called 'tpu': use auto, cpu, openvino, cuda"):
        open_tiny(tiny_model, "tpu")


def test_an_unknown_precision(tiny_model: Path) -> None:
    with pytest.raises(LivebrushError, match="no precision is called 'int8': use auto, float32, float16"):
        open_tiny(tiny_model, precision="int8")


def test_a_graph_that_onnx_runtime_refuses(tiny_model: Path) -> None:
    """Valid by the contract, but the operator is unknown: found when the session opens."""
    model = onnx.load(tiny_model)
    model.graph.node[0].op_type = "NoSuchOperator"
    onnx.save(model, tiny_model)
    with pytest.raises(LivebrushError, match=r"invert\.onnx cannot be loaded"):
        open_tiny(tiny_model)


class TestDevices:
    """With the machine's abilities patched."""

    def test_named_but_no_driver(self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider"])
        monkeypatch.setattr(providers, "has_nvidia_driver", lambda: False)
        with pytest.raises(LivebrushError, match=r"(?s)no NVIDIA driver.*or use device=.cpu."):
            open_tiny(tiny_model, "cuda")

    def test_named_but_built_without(self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
        with pytest.raises(LivebrushError, match="built without CUDA"):
            open_tiny(tiny_model, "cuda")

    @pytest.fixture
    def silent_fallback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A driver that is there, and an ONNX Runtime that gives the CPU all the same."""
        monkeypatch.setattr(providers, "_check_cuda", lambda: None)
        monkeypatch.setattr(providers, "has_nvidia_driver", lambda: True)
        give_cpu(monkeypatch)

    @pytest.mark.usefixtures("silent_fallback")
    def test_named_and_silently_replaced(self, tiny_model: Path) -> None:
        with pytest.raises(LivebrushError, match=r"CUDA did not come up .*fell back to CPUExecutionProvider"):
            open_tiny(tiny_model, "cuda")

    @pytest.mark.usefixtures("silent_fallback")
    def test_auto_goes_on_with_the_cpu_and_says_so(self, tiny_model: Path) -> None:
        opened = open_tiny(tiny_model, "auto")
        assert opened.session.get_providers() == ["CPUExecutionProvider"]
        assert "running on the CPU: CUDA did not come up" in opened.note

    def test_auto_without_a_driver_is_the_cpu_without_a_word(
        self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "has_nvidia_driver", lambda: False)
        opened = open_tiny(tiny_model, "auto")
        assert (opened.session.get_providers(), opened.note) == (["CPUExecutionProvider"], "")


def give_cpu(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Whatever provider is asked for, the CPU comes; returns the options asked of CUDA, in order."""
    real, asked = providers._create, []

    def create(choice: Choice, model: Any, wanted: list[Any], options: ort.SessionOptions) -> Any:
        asked.extend(provider[1] for provider in wanted if isinstance(provider, tuple))
        return real(choice, model, ["CPUExecutionProvider"], options)

    monkeypatch.setattr(providers, "_create", create)
    return asked


class TestCuda:
    """The way to a CUDA session, with sessions of the CPU that say they are CUDA's."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
        monkeypatch.setattr(providers, "_check_cuda", lambda: None)
        monkeypatch.setattr(providers, "DeviceFrames", FramesOfCpu)
        asked = give_cpu(monkeypatch)
        monkeypatch.setattr(ort.InferenceSession, "get_providers", lambda _: ["CUDAExecutionProvider"])
        return asked

    def test_float16_where_it_paints_the_same(self, asked: list[dict[str, str]]) -> None:
        opened = open_model(find_style("starry_night"), "cuda", 1)
        assert (opened.precision, opened.note) == ("float16", "")
        assert asked == [{"cudnn_conv_algo_search": "HEURISTIC"}]

    @pytest.mark.usefixtures("asked")
    def test_float32_where_float16_paints_something_else(
        self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "_levels_off", lambda *_: 3.25)
        opened = open_tiny(tiny_model, "cuda")
        assert (opened.precision, opened.note) == (
            "float32", "computing in float32: float16 paints 3.2 levels off",
        )  # fmt: skip
        assert open_tiny(tiny_model, "cuda", precision="float16").precision == "float16"

    @pytest.mark.usefixtures("asked")
    def test_the_distance_to_the_cpu_is_that_of_the_last_picture(self, tiny_model: Path) -> None:
        choice = Choice(read_style_model(tiny_model))
        opened = open_model(choice, "cuda", 1, size=(8, 12))
        assert opened.frames
        assert providers._levels_off(choice, opened, (8, 12)) < 1  # the first picture is still there
        opened.frames.paint(np.zeros((8, 12, 3), np.uint8))
        assert providers._levels_off(choice, opened, (8, 12)) > 50

    @pytest.mark.usefixtures("asked")
    def test_float32_where_float16_does_not_run(
        self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(model: onnx.ModelProto) -> onnx.ModelProto:
            half = onnx.ModelProto()
            half.CopyFrom(model)
            half.graph.node[0].op_type = "NoSuchOperator"
            return half

        monkeypatch.setattr(providers, "in_half_precision", broken)
        opened = open_tiny(tiny_model, "cuda")
        assert opened.precision == "float32"
        assert opened.note.startswith("computing in float32: invert.onnx cannot be loaded")
        with pytest.raises(LivebrushError, match="cannot be loaded"):
            open_tiny(tiny_model, "cuda", precision="float16")

    @pytest.mark.usefixtures("asked")
    def test_float32_where_it_is_named_or_the_model_does_not_bear_float16(
        self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert open_tiny(tiny_model, "cuda", precision="float32").precision == "float32"
        monkeypatch.setattr(providers, "bears_half", lambda _: False)
        assert open_tiny(tiny_model, "cuda").precision == "float32"
        with pytest.raises(LivebrushError, match="statistics of whole pictures, which float16 cannot hold"):
            open_tiny(tiny_model, "cuda", precision="float16")

    def test_a_graph_for_one_size(self, tiny_model: Path, asked: list[dict[str, str]]) -> None:
        opened = open_tiny(tiny_model, "cuda", size=(8, 12))
        assert asked == [{"cudnn_conv_algo_search": "HEURISTIC", "enable_cuda_graph": "1"}]
        assert opened.session.get_inputs()[0].shape == [1, 8, 12, 3]

    def test_a_graph_for_each_turn_of_the_state(
        self, tmp_path: Path, asked: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both recorded before the first frame comes, which then starts from nothing."""
        recorded: list[str] = []
        real = ort.InferenceSession.run_with_iobinding

        def run(session: ort.InferenceSession, binding: ort.IOBinding, options: ort.RunOptions) -> None:
            recorded.append(options.get_run_config_entry("gpu_graph_id"))
            real(session, binding, options)

        monkeypatch.setattr(ort.InferenceSession, "run_with_iobinding", run)
        write_stateful_model(tmp_path / "count.onnx")
        opened = open_tiny(tmp_path / "count.onnx", "cuda", size=(8, 12))
        assert asked == [{"cudnn_conv_algo_search": "HEURISTIC", "enable_cuda_graph": "1"}]
        assert len(set(recorded)) == 2
        assert opened.frames
        black = np.zeros((8, 12, 3), np.uint8)
        assert [int(opened.frames.paint(black).max()) for _ in range(3)] == [0, 1, 2]
        assert len(set(recorded)) == 2

    def test_without_the_graph_where_it_fails(
        self, tiny_model: Path, asked: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def run(frames: DeviceFrames) -> None:
            if "enable_cuda_graph" in asked[-1]:
                raise RuntimeError("capture failed\nat length")
            frames._session.run_with_iobinding(frames._bindings[0])

        monkeypatch.setattr(FramesOfCpu, "run", run)
        opened = open_tiny(tiny_model, "cuda", size=(8, 12))
        assert opened.note == "without a CUDA graph: invert.onnx does not run on CUDA: capture failed"
        assert ["enable_cuda_graph" in options for options in asked] == [True, False]

    @pytest.mark.usefixtures("asked")
    def test_a_first_picture_that_fails_is_an_error(
        self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def run(_: DeviceFrames) -> None:
            raise RuntimeError("no kernel image is available for execution on the device")

        monkeypatch.setattr(FramesOfCpu, "run", run)
        with pytest.raises(LivebrushError, match=r"invert\.onnx does not run on CUDA: no kernel image"):
            open_tiny(tiny_model, "cuda")


class FramesOfCpu(DeviceFrames):
    """Buffers in the CPU's memory for a session that says it is CUDA's."""

    def __init__(self, session: ort.InferenceSession, choice: Choice) -> None:
        super().__init__(session, choice)
        self._device = "cpu"


@pytest.mark.parametrize("style", ["starry_night", "great_wave", "composition_vii"])
@pytest.mark.parametrize("half", [False, True])
def test_a_fixed_size_leaves_no_arithmetic_on_shapes(tmp_path: Path, style: str, half: bool) -> None:
    """A CUDA graph needs every node on the GPU; arithmetic on shapes would be done by the CPU."""
    model = onnx.load(find_style(style).model.path)
    options = session_options(1, (64, 96))
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    data = (in_half_precision(model) if half else model).SerializeToString()
    ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    operators = Counter(node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node)
    assert operators["Conv"] > 10
    assert not SHAPE_ARITHMETIC & set(operators)


@pytest.mark.parametrize("style", ["starry_night", "great_wave", "composition_vii"])
def test_a_fixed_size_paints_the_same(style: str) -> None:
    """But for sums in another order: a level here and there."""
    path = find_style(style).model.path
    frame = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    painted = []
    for size in (None, (64, 96)):
        session = ort.InferenceSession(path, session_options(1, size), providers=["CPUExecutionProvider"])
        painted.append(np.asarray(session.run(["stylized"], {"frames": frame})[0]).astype(int))
    off = np.abs(painted[0] - painted[1])
    assert off.max() <= 1
    assert off.mean() < 1e-3
