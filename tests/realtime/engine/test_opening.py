"""Which device opens a model, and what is said when another does; providers are injected, no GPU is needed."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from livebrush.models.catalogue import find_style
from livebrush.models.contract import StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.execution_provider import ExecutionProviderDevice
from livebrush.realtime.engine.half_precision import in_half_precision
from livebrush.realtime.engine.opening import open_model
from livebrush.realtime.engine.provider import Opened, Provider, session_options
from livebrush.realtime.engine.providers import DEVICES, NAMES, cpu, providers

SHAPE_ARITHMETIC = {"Shape", "Range", "Gather", "Squeeze", "Unsqueeze", "Mod", "Expand", "ConstantOfShape"}
CPU = cpu.Device()


def test_every_provider_is_named_after_its_file() -> None:
    assert set(providers()) == set(NAMES) >= {"cpu", "cuda", "openvino"}
    assert DEVICES[0] == "auto"
    places = [provider.place for provider in providers().values() if provider.place is not None]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "cpu"])
def test_a_device_that_cannot_be_had_says_what_to_install(name: str, tiny_model: Path) -> None:
    device = providers()[name]
    if not device.problem():
        pytest.skip(f"{name} may work here")
    with pytest.raises(LivebrushError) as told:
        device.open(read_style_model(tiny_model), 1)
    assert told.value.advice.startswith("install ") and told.value.advice.endswith("or use device='cpu'")


def test_an_unknown_device(tiny_model: Path) -> None:
    with pytest.raises(LivebrushError, match="no device is called 'tpu': use auto, coreml, cpu, cuda"):
        open_model(read_style_model(tiny_model), "tpu", 1)


def test_an_unknown_precision(tiny_model: Path) -> None:
    with pytest.raises(LivebrushError, match="no precision is called 'int8': use auto, float32, float16"):
        open_model(read_style_model(tiny_model), "cpu", 1, precision="int8")


def test_a_graph_that_onnx_runtime_refuses(tiny_model: Path) -> None:
    """Valid by the contract, but the operator is unknown: found when the session opens."""
    model = onnx.load(tiny_model)
    model.graph.node[0].op_type = "NoSuchOperator"
    onnx.save(model, tiny_model)
    with pytest.raises(LivebrushError, match=r"invert\.onnx cannot be loaded"):
        open_model(read_style_model(tiny_model), "cpu", 1)


@dataclass
class Given(Provider):
    """A device that does as it is told, and otherwise what the CPU does."""

    place: int | None = 1  # pyright: ignore[reportIncompatibleVariableOverride]
    wanted: bool = True
    failure: str = ""

    def problem(self) -> LivebrushError | None:
        return LivebrushError(self.failure) if self.failure else None

    def suits(self, model: StyleModel, precision: str) -> bool:
        return self.wanted

    def open(
        self, model: StyleModel, threads: int, precision: str = "auto", size: tuple[int, int] | None = None
    ) -> Opened:
        if self.failure:
            raise LivebrushError(self.failure)
        return Opened("a device of the test", CPU.open(model, threads, precision, size).begin)


class TestAuto:
    def opened(self, tiny_model: Path, device: str = "auto", **among: Provider) -> tuple[Provider, Opened]:
        return open_model(read_style_model(tiny_model), device, 1, among=among)

    def test_the_first_that_suits(self, tiny_model: Path) -> None:
        provider, opened = self.opened(tiny_model, new=Given(), cpu=CPU)
        assert (opened.title, opened.note) == ("a device of the test", "")
        assert isinstance(provider, Given)
        _, opened = self.opened(tiny_model, new=Given(place=100), cpu=CPU)
        assert (opened.title, opened.note) == ("CPUExecutionProvider", "")

    def test_what_does_not_suit_is_passed_without_a_word(self, tiny_model: Path) -> None:
        for other in (Given(wanted=False), Given(place=None)):
            _, opened = self.opened(tiny_model, new=other, cpu=CPU)
            assert (opened.title, opened.note) == ("CPUExecutionProvider", "")

    def test_what_fails_is_told(self, tiny_model: Path) -> None:
        _, opened = self.opened(tiny_model, new=Given(failure="it is broken"), cpu=CPU)
        assert (opened.title, opened.note) == ("CPUExecutionProvider", "without new: it is broken")

    def test_what_was_named_is_not_replaced(self, tiny_model: Path) -> None:
        with pytest.raises(LivebrushError, match=r"^it is broken$"):
            self.opened(tiny_model, "new", new=Given(failure="it is broken"), cpu=CPU)

    def test_an_engine_takes_a_device_that_it_does_not_know(self, tiny_model: Path) -> None:
        engine = Engine(read_style_model(tiny_model), "new", among={"new": Given()})
        frame = np.zeros((5, 7, 3), np.uint8)
        assert engine.provider == "a device of the test"
        assert (engine.paint(frame, Conditions(), engine.begin()) == 255).all()


class OfCpu(ExecutionProviderDevice):
    """As any execution provider, with the CPU's own."""

    execution_provider = "CPUExecutionProvider"
    title = "Test"
    package = "nothing"


class TestExecutionProviders:
    def test_it_paints(self, tiny_model: Path) -> None:
        engine = Engine(read_style_model(tiny_model), "new", among={"new": OfCpu()})
        assert not engine.in_parallel
        assert (engine.paint(np.zeros((5, 7, 3), np.uint8), Conditions(), engine.begin()) == 255).all()

    def test_a_silent_fallback_is_found_out(self, tiny_model: Path) -> None:
        class Absent(OfCpu):
            execution_provider = "AzureExecutionProvider"

            def problem(self) -> None:
                return None

            def options(self, size: tuple[int, int] | None) -> dict[str, Any]:
                return {}

        if "AzureExecutionProvider" in ort.get_available_providers():
            pytest.skip("this ONNX Runtime has it")
        with pytest.raises(LivebrushError, match=r"Test did not come up|cannot be loaded"):
            Absent().open(read_style_model(tiny_model), 1)

    def test_float16_is_its_own_affair(self, tiny_model: Path) -> None:
        with pytest.raises(LivebrushError, match="Test chooses its precision itself"):
            OfCpu().open(read_style_model(tiny_model), 1, "float16")


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
