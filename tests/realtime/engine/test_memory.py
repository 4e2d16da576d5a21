"""Frames bound to a device, with the CPU as the device: the same binding, the same buffers."""

import itertools
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnxruntime as ort
import pytest

from livebrush.models.catalogue import find_style
from livebrush.models.contract import read_style_model
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.feeds import feeds, first_state
from livebrush.realtime.engine.memory import DeviceMemory
from livebrush.realtime.engine.provider import session_options
from tests.tiny_models import write_blend_model, write_ports_model, write_stateful_model


class Painter:
    """A memory in the CPU's own, and a model to paint frames with."""

    def __init__(self, path: Path, style: int = 0, size: tuple[int, int] | None = None) -> None:
        self.model = read_style_model(path)
        session = ort.InferenceSession(path, session_options(1, size), providers=["CPUExecutionProvider"])
        self.session = RecordedSession(session)
        self.memory = self.begin()
        styles = len(self.model.metadata.styles)
        self.conditions = Conditions([float(style == one) for one in range(styles)] if styles > 1 else None)
        self.numbers = itertools.count()

    def begin(self) -> DeviceMemory:
        if not hasattr(self, "numbers"):
            self.numbers, self.lock = itertools.count(), threading.Lock()
        return DeviceMemory(
            cast(ort.InferenceSession, self.session), self.model, "cpu", self.numbers, self.lock
        )

    def feeds(self, frame: np.ndarray, **changes: Any) -> dict[str, np.ndarray]:
        return feeds(self.model, frame, replace(self.conditions, **changes))

    def paint(self, frame: np.ndarray, **changes: Any) -> np.ndarray:
        return self.memory.paint(self.feeds(frame, **changes))


class RecordedSession:
    """A session that keeps what a CUDA graph would: under which number which buffers were worked on."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self.runs: list[tuple[str, ort.IOBinding]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run_with_iobinding(self, binding: ort.IOBinding, options: ort.RunOptions) -> None:
        self.runs.append((options.get_run_config_entry("gpu_graph_id"), binding))
        self._session.run_with_iobinding(binding, options)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_frames_of_several_sizes(tiny_model: Path) -> None:
    painter = Painter(tiny_model)
    for height, width in ((8, 12), (8, 12), (4, 4), (8, 12)):
        frame = noise(height, width, seed=height)
        np.testing.assert_array_equal(painter.paint(frame), 255 - frame)


def test_a_frame_that_is_a_window_of_a_larger_one(tiny_model: Path) -> None:
    window = noise(8, 16)[:, 4:12]
    np.testing.assert_array_equal(Painter(tiny_model).paint(window), 255 - window)


def test_a_painting_outlives_the_next_one(tiny_model: Path) -> None:
    painter = Painter(tiny_model)
    first = painter.paint(noise(4, 4))
    painter.paint(noise(4, 4, seed=1))
    np.testing.assert_array_equal(first, 255 - noise(4, 4))


def test_what_lies_there_is_painted_again(tiny_model: Path) -> None:
    painter = Painter(tiny_model)
    painter.memory.put(painter.feeds(noise(4, 8)))
    painter.memory.run()
    painter.memory.run()
    np.testing.assert_array_equal(painter.memory.get(), 255 - noise(4, 8))


def test_state_stays_on_the_device_until_it_is_reset_or_the_size_changes(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    painter = Painter(tmp_path / "count.onnx")
    black = np.zeros((4, 6, 3), np.uint8)
    assert [int(painter.paint(black).max()) for _ in range(4)] == [0, 1, 2, 3]
    painter.memory.reset()
    assert [int(painter.paint(black).max()) for _ in range(2)] == [0, 1]
    assert [int(painter.paint(black[:2]).max()) for _ in range(2)] == [0, 1]


def test_each_number_of_a_cuda_graph_stands_for_the_same_buffers() -> None:
    """A look: masks of another size lie elsewhere, and what was recorded with the old ones is not to be replayed."""
    painter = Painter(find_style("golden_hour").model.path)
    masks = np.zeros((8, 8, 10), np.uint8)
    for mask in (masks, masks, masks, masks[:4], masks[:4]):
        painter.paint(noise(8, 8), masks=mask)
    numbers = [number for number, _ in painter.session.runs]
    assert numbers[0] == numbers[2] != numbers[1]
    assert len({*numbers[:2], *numbers[3:]}) == 4
    bindings = [binding for _, binding in painter.session.runs]
    assert bindings[0] is bindings[2] is not bindings[1]
    assert bindings[3] is not bindings[4]


def test_no_two_memories_of_a_session_share_a_number(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    painter, black = Painter(tmp_path / "count.onnx"), np.zeros((4, 6, 3), np.uint8)
    one, other = painter.begin(), painter.begin()
    given = painter.feeds(black)
    assert [int(memory.paint(given).max()) for memory in (one, one, other, one, other)] == [0, 1, 0, 2, 1]
    by_number = dict(painter.session.runs)
    assert len(by_number) == 4
    assert all(by_number[number] is binding for number, binding in painter.session.runs)


def test_the_chosen_style_of_several(tmp_path: Path) -> None:
    write_blend_model(tmp_path / "two.onnx", "dark", "light")
    for style, level in ((0, 0), (1, 200)):
        assert (Painter(tmp_path / "two.onnx", style).paint(noise(3, 5)) == level).all()


def test_every_port_is_bound(tmp_path: Path) -> None:
    write_ports_model(tmp_path / "ports.onnx")
    painter = Painter(tmp_path / "ports.onnx")
    for side, level in ((5, 70), (9, 30), (9, 31)):
        picture = np.full((side, side, 3), level, np.uint8)
        palette = np.full((side, 3), 1, np.float32)
        painted = painter.paint(noise(8, 8), style_picture=picture, palette=palette)
        assert (painted == level + 3 * side).all()


def test_a_session_for_one_size_refuses_others_and_keeps_its_buffers(tiny_model: Path) -> None:
    painter = Painter(tiny_model, size=(8, 12))
    painter.memory.put(painter.feeds(noise(8, 12)))
    with pytest.raises(ValueError, match="opened for 12x8 frames, got 8x8"):
        painter.memory.put(painter.feeds(noise(8, 8)))
    painter.memory.run()
    np.testing.assert_array_equal(painter.memory.get(), 255 - noise(8, 12))


def test_the_first_state_takes_the_sizes_of_the_frame(tiny_model: Path) -> None:
    model = replace(read_style_model(tiny_model), ports={"state": ("N", 4, "H", "W")})
    assert first_state(model, 6, 8).shape == (1, 4, 6, 8)
    assert "style" not in feeds(model, noise(6, 8), Conditions())
