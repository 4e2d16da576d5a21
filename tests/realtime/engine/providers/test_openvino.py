"""Painting by OpenVINO."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.contract import StyleModel, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.engine.layers import layer_of
from livebrush.realtime.engine.providers import cpu, openvino
from livebrush.realtime.engine.regions import shared_person_finder
from livebrush.realtime.engine.stream import Stream
from livebrush.realtime.loaded_style import LoadedStyle
from livebrush.realtime.pictures.picture import read_picture
from tests.tiny_models import write_stateful_model

needs_openvino = pytest.mark.skipif(bool(openvino.Device().problem()), reason="OpenVINO is not installed")


class WithBfloat16(openvino.Device):
    def gains_by_bfloat16(self) -> bool:
        return True


class Missing(WithBfloat16):
    def problem(self) -> LivebrushError:
        return LivebrushError("OpenVINO is not installed", remedy="openvino_or_cpu")


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def auto(model: StyleModel, device: openvino.Device) -> Engine:
    return Engine(model, "auto", 1, among={"openvino": device, "cpu": cpu.Device()})


@needs_openvino
@pytest.mark.parametrize("size", [(1, 1), (37, 53), (120, 160)])
def test_it_paints_what_onnx_runtime_paints(size: tuple[int, int]) -> None:
    choice, frame = find_style("starry_night"), noise(*size)
    paint = LoadedStyle(choice, "openvino", precision="float32")
    engine = paint.engine
    assert (engine.provider, engine.precision, engine.on_gpu) == ("OpenVINO", "float32", False)
    wanted = LoadedStyle(choice, "cpu")(frame)
    np.testing.assert_allclose(paint(frame).astype(int), wanted, atol=1)


@needs_openvino
def test_it_paints_in_several_threads_at_once() -> None:
    paint = LoadedStyle(find_style("great_wave"), "openvino", threads=1, precision="float32")
    frames = [noise(64, 80 + 8 * (n % 3), seed=n) for n in range(12)]
    alone = [paint(frame) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(paint, frames), strict=True):
            np.testing.assert_array_equal(one, other)


@needs_openvino
def test_more_sizes_than_it_stays_compiled_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino, "KEPT_VALUES", 3 * 3 * 80 * 100)
    choice = find_style("udnie")
    paint, reference = LoadedStyle(choice, "openvino", precision="float32"), LoadedStyle(choice, "cpu")
    frames = [noise(40 + 4 * n, 60, seed=n) for n in range(6)]
    for frame in [*frames, frames[0]]:
        np.testing.assert_allclose(paint(frame).astype(int), reference(frame), atol=1)


@needs_openvino
def test_frames_that_are_shown_as_they_come_do_not_wait_until_it_is_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until the model is compiled for their size they are painted as those of any."""
    choice, frame = find_style("udnie"), noise(48, 64)
    engine = Engine(choice.model, "openvino", 1, precision="float32")
    layers, stream = [layer_of(choice, engine)], Stream(in_time=True)
    begun, may_go_on = threading.Event(), threading.Event()
    compile_ = openvino.OpenVinoSession._compile

    def held(session: openvino.OpenVinoSession, sizes: openvino.Sizes) -> Any:
        if sizes:
            begun.set()
            assert may_go_on.wait(20)
        return compile_(session, sizes)

    monkeypatch.setattr(openvino.OpenVinoSession, "_compile", held)
    first = stream.paint(frame, layers, Finish(), 1.0)
    assert begun.wait(20) and not stream.ready
    may_go_on.set()
    for _ in range(1000):
        again = stream.paint(frame, layers, Finish(), 1.0)
        if stream.ready:
            break
    assert stream.ready
    np.testing.assert_allclose(first.astype(int), again, atol=1)


@needs_openvino
def test_a_size_that_it_cannot_prepare_for_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    choice, tried = find_style("udnie"), []
    engine = Engine(choice.model, "openvino", 1, precision="float32")
    layers, stream = [layer_of(choice, engine)], Stream(in_time=True)
    compile_ = openvino.OpenVinoSession._compile

    def failing(session: openvino.OpenVinoSession, sizes: openvino.Sizes) -> Any:
        if sizes:
            tried.append(sizes)
            raise RuntimeError("no such shape")
        return compile_(session, sizes)

    monkeypatch.setattr(openvino.OpenVinoSession, "_compile", failing)
    for _ in range(1000):
        stream.paint(noise(48, 64), layers, Finish(), 1.0)
        if stream.ready:
            break
    assert stream.ready and len(tried) == 1


@needs_openvino
def test_a_look_takes_masks_and_remembers() -> None:
    """Masks and state go in, state comes out; a reset forgets."""
    paint = LoadedStyle(find_style("night_city"), "openvino", precision="float32")
    reference = LoadedStyle(find_style("night_city"), "cpu")
    frames = [noise(48, 64, seed=n) // 2 for n in range(3)]
    painted = [paint(frame) for frame in frames]
    for one, frame in zip(painted, frames, strict=True):
        np.testing.assert_allclose(one.astype(int), reference(frame), atol=2)
    paint.reset()
    np.testing.assert_array_equal(paint(frames[0]), painted[0])


@needs_openvino
@pytest.mark.skipif(
    not openvino.Device().gains_by_bfloat16(), reason="this processor gains nothing by bfloat16"
)
def test_persons_are_found_where_onnx_runtime_finds_them() -> None:
    face = read_picture(Path(__file__).parents[4] / "examples" / "photos" / "face.jpg").pixels
    found, wanted = (
        shared_person_finder(device, 1).coarse(face).astype(int) for device in (WithBfloat16(), cpu.Device())
    )
    np.testing.assert_allclose(found, wanted, atol=8)
    assert found.shape[2] == 2 and found[..., 0].max() > 200


@needs_openvino
def test_state_is_counted(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    paint = LoadedStyle(Choice(read_style_model(tmp_path / "count.onnx")), "openvino")
    assert [int(paint(noise(4, 4)).max()) for _ in range(3)] == [0, 1, 2]


@needs_openvino
def test_a_graph_that_it_cannot_load(tiny_model: Path) -> None:
    model = read_style_model(tiny_model)
    tiny_model.write_bytes(b"no model")
    with pytest.raises(LivebrushError, match=r"OpenVINO cannot load invert\.onnx: \S"):
        openvino.Device().open(model, 1)


@needs_openvino
def test_what_paints_otherwise_is_left_to_onnx_runtime() -> None:
    class Strict(WithBfloat16):
        farthest = -1.0

    model = find_style("starry_night").model
    with pytest.raises(
        LivebrushError, match=r"OpenVINO paints \S+ levels off what ONNX Runtime paints of starry"
    ):
        Strict().open(model, 1, "float32")
    engine = auto(model, Strict())
    assert engine.provider == "CPUExecutionProvider"
    assert "without openvino: OpenVINO paints" in engine.note


@needs_openvino
def test_nothing_of_its_telemetry_is_loaded() -> None:
    openvino.Device().gains_by_bfloat16()
    assert [name for name in sys.modules if name.startswith("openvino_telemetry.")] == []


def test_named_but_not_installed(tiny_model: Path) -> None:
    with pytest.raises(LivebrushError, match="OpenVINO is not installed\ninstall livebrush's 'openvino'"):
        Engine(read_style_model(tiny_model), "openvino", among={"openvino": Missing()})


@needs_openvino
def test_float16_is_not_for_it(tiny_model: Path) -> None:
    with pytest.raises(LivebrushError, match="bfloat16 or float32 on a CPU"):
        openvino.Device().open(read_style_model(tiny_model), 1, precision="float16")


@needs_openvino
def test_auto_takes_it_for_paintings_where_bfloat16_is_fast() -> None:
    engine = auto(find_style("starry_night").model, WithBfloat16())
    assert (engine.provider, engine.precision) == ("OpenVINO", "bfloat16")
    assert auto(find_style("golden_hour").model, WithBfloat16()).provider == "CPUExecutionProvider"


def test_auto_leaves_it_where_bfloat16_is_slow(tiny_model: Path) -> None:
    class Slow(openvino.Device):
        def gains_by_bfloat16(self) -> bool:
            return False

    engine = auto(read_style_model(tiny_model), Slow())
    assert (engine.provider, engine.note) == ("CPUExecutionProvider", "")


@needs_openvino
def test_float32_where_bfloat16_paints_something_else(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([2.0, 0.0])
    monkeypatch.setattr(openvino, "levels_off", lambda *_: next(found))
    opened = WithBfloat16().open(read_style_model(tiny_model), 1)
    assert (opened.precision, opened.note) == (
        "float32", "computing in float32: bfloat16 paints 2.0 levels off",
    )  # fmt: skip


def test_auto_goes_on_with_onnx_runtime_and_says_so(tiny_model: Path) -> None:
    engine = auto(read_style_model(tiny_model), Missing())
    assert engine.provider == "CPUExecutionProvider"
    assert "without openvino: OpenVINO is not installed" in engine.note
