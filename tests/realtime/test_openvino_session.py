"""Painting by OpenVINO."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime import openvino_session, providers
from livebrush.realtime.openvino_session import OpenVinoSession, is_installed
from livebrush.realtime.providers import open_model
from livebrush.realtime.session import StyleSession
from tests.tiny_models import write_stateful_model

needs_openvino = pytest.mark.skipif(not is_installed(), reason="OpenVINO is not installed")


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@needs_openvino
@pytest.mark.parametrize("size", [(1, 1), (37, 53), (120, 160)])
def test_it_paints_what_onnx_runtime_paints(size: tuple[int, int]) -> None:
    choice, frame = find_style("starry_night"), noise(*size)
    session = StyleSession(choice, "openvino", precision="float32")
    assert (session.provider, session.precision, session.on_gpu) == ("OpenVINO", "float32", False)
    wanted = StyleSession(choice, "cpu").stylize(frame)
    np.testing.assert_allclose(session.stylize(frame).astype(int), wanted, atol=1)


@needs_openvino
def test_it_paints_in_several_threads_at_once() -> None:
    session = StyleSession(find_style("great_wave"), "openvino", threads=1, precision="float32")
    frames = [noise(64, 80 + 8 * (n % 3), seed=n) for n in range(12)]
    alone = [session.stylize(frame) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(session.stylize, frames), strict=True):
            np.testing.assert_array_equal(one, other)


@needs_openvino
def test_a_look_takes_masks_and_remembers() -> None:
    """Masks and state go in, state comes out; a reset forgets."""
    session = StyleSession(find_style("night_city"), "openvino", precision="float32")
    reference = StyleSession(find_style("night_city"), "cpu")
    frames = [noise(48, 64, seed=n) // 2 for n in range(3)]
    painted = [session.stylize(frame) for frame in frames]
    for one, frame in zip(painted, frames, strict=True):
        np.testing.assert_allclose(one.astype(int), reference.stylize(frame), atol=2)
    session.reset()
    np.testing.assert_array_equal(session.stylize(frames[0]), painted[0])


@needs_openvino
def test_state_is_counted(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    session = StyleSession(Choice(read_style_model(tmp_path / "count.onnx")), "openvino")
    assert [int(session.stylize(noise(4, 4)).max()) for _ in range(3)] == [0, 1, 2]


@needs_openvino
def test_a_graph_that_it_cannot_load(tiny_model: Path) -> None:
    choice = Choice(read_style_model(tiny_model))
    tiny_model.write_bytes(b"no model")
    with pytest.raises(LivebrushError, match=r"OpenVINO cannot load invert\.onnx: \S"):
        open_model(choice, "openvino", 1)


@needs_openvino
def test_nothing_of_its_telemetry_is_loaded() -> None:
    import sys

    openvino_session.multiplies_bfloat16()
    loaded = [name for name in sys.modules if name.startswith("openvino_telemetry.")]
    assert loaded == []


class TestChoosing:
    """With the machine's abilities patched."""

    def test_named_but_not_installed(self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(openvino_session, "is_installed", lambda: False)
        with pytest.raises(LivebrushError, match="OpenVINO is not installed\ninstall livebrush's 'openvino'"):
            open_model(Choice(read_style_model(tiny_model)), "openvino", 1)

    def test_float16_is_not_for_it(self, tiny_model: Path) -> None:
        with pytest.raises(LivebrushError, match="bfloat16 or float32 on a CPU"):
            open_model(Choice(read_style_model(tiny_model)), "openvino", 1, precision="float16")

    @needs_openvino
    def test_auto_takes_it_for_paintings_where_bfloat16_is_fast(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "multiplies_bfloat16", lambda: True)
        monkeypatch.setattr(providers, "has_nvidia_driver", lambda: False)
        opened = open_model(find_style("starry_night"), "auto", 1)
        assert isinstance(opened.session, OpenVinoSession) and opened.precision == "bfloat16"
        look = open_model(find_style("golden_hour"), "auto", 1)
        assert not isinstance(look.session, OpenVinoSession)

    def test_auto_leaves_it_where_bfloat16_is_slow(
        self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "multiplies_bfloat16", lambda: False)
        monkeypatch.setattr(providers, "has_nvidia_driver", lambda: False)
        opened = open_model(Choice(read_style_model(tiny_model)), "auto", 1)
        assert not isinstance(opened.session, OpenVinoSession) and opened.note == ""

    @needs_openvino
    def test_float32_where_bfloat16_paints_something_else(
        self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "multiplies_bfloat16", lambda: True)
        monkeypatch.setattr(providers, "_difference", lambda *_: 3.25)
        opened = open_model(Choice(read_style_model(tiny_model)), "openvino", 1)
        assert (opened.precision, opened.note) == (
            "float32", "computing in float32: bfloat16 paints 3.2 levels off",
        )  # fmt: skip

    def test_auto_goes_on_with_onnx_runtime_and_says_so(
        self, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "multiplies_bfloat16", lambda: True)
        monkeypatch.setattr(openvino_session, "is_installed", lambda: False)
        monkeypatch.setattr(providers, "has_nvidia_driver", lambda: False)
        opened = open_model(Choice(read_style_model(tiny_model)), "auto", 1)
        assert "without OpenVINO: OpenVINO is not installed" in opened.note
