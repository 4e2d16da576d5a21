"""Frames bound to a device, with the CPU as the device: the same binding, the same buffers."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.contract import Style, StyleMetadata, read_style_model
from livebrush.realtime.device_frames import DeviceFrames, first_state, style_weights
from livebrush.realtime.providers import open_model, session_options
from tests.tiny_models import write_stateful_model, write_tiny_model


def frames_of(path: Path, style: int = 0) -> DeviceFrames:
    choice = Choice(read_style_model(path), style)
    return DeviceFrames(open_model(choice, "cpu", 1).session, choice)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_frames_of_several_sizes(tiny_model: Path) -> None:
    frames = frames_of(tiny_model)
    for height, width in ((8, 12), (8, 12), (4, 4), (8, 12)):
        frame = noise(height, width, seed=height)
        np.testing.assert_array_equal(frames.paint(frame), 255 - frame)


def test_a_frame_that_is_a_window_of_a_larger_one(tiny_model: Path) -> None:
    window = noise(8, 16)[:, 4:12]
    np.testing.assert_array_equal(frames_of(tiny_model).paint(window), 255 - window)


def test_a_painting_outlives_the_next_one(tiny_model: Path) -> None:
    frames = frames_of(tiny_model)
    first = frames.paint(noise(4, 4))
    frames.paint(noise(4, 4, seed=1))
    np.testing.assert_array_equal(first, 255 - noise(4, 4))


def test_what_lies_there_is_painted_again(tiny_model: Path) -> None:
    frames = frames_of(tiny_model)
    frames.put(noise(4, 8))
    frames.run()
    frames.run()
    np.testing.assert_array_equal(frames.get(), 255 - noise(4, 8))


def test_state_stays_on_the_device_until_it_is_reset_or_the_size_changes(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    frames = frames_of(tmp_path / "count.onnx")
    black = np.zeros((4, 6, 3), np.uint8)
    assert [int(frames.paint(black).max()) for _ in range(4)] == [0, 1, 2, 3]
    frames.reset()
    assert [int(frames.paint(black).max()) for _ in range(2)] == [0, 1]
    assert [int(frames.paint(black[:2]).max()) for _ in range(2)] == [0, 1]


class Recording:
    """A session that keeps what a CUDA graph would: under which number which buffers were worked on."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self.runs: list[tuple[str, ort.IOBinding]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run_with_iobinding(self, binding: ort.IOBinding, options: ort.RunOptions) -> None:
        self.runs.append((options.get_run_config_entry("gpu_graph_id"), binding))
        self._session.run_with_iobinding(binding, options)


def test_each_number_of_a_cuda_graph_stands_for_the_same_buffers() -> None:
    """A look: masks of another size lie elsewhere, and what was recorded with the old ones is not to be replayed."""
    choice = find_style("golden_hour")
    recording = Recording(open_model(choice, "cpu", 1).session)
    frames = DeviceFrames(cast(ort.InferenceSession, recording), choice)
    masks = np.zeros((8, 8, 10), np.uint8)
    for mask in (masks, masks, masks, masks[:4], masks[:4]):
        frames.paint(noise(8, 8), mask)
    numbers = [number for number, _ in recording.runs]
    assert numbers[0] == numbers[2] != numbers[1]
    assert len({*numbers[:2], *numbers[3:]}) == 4
    bindings = [binding for _, binding in recording.runs]
    assert bindings[0] is bindings[2] is bindings[4] is not bindings[1] is bindings[3]


def test_the_chosen_style_of_several(tmp_path: Path) -> None:
    """A model that paints the weight of its second style, times 200."""
    metadata = StyleMetadata("painting", "test", multiple=1, margin=0, styles=(Style("dark"), Style("light")))
    write_tiny_model(tmp_path / "two.onnx", metadata)
    model = onnx.load(tmp_path / "two.onnx")
    model.graph.input.append(helper.make_tensor_value_info("style", TensorProto.FLOAT, [2]))
    model.graph.initializer.extend([
        helper.make_tensor("scale", TensorProto.FLOAT, [2, 1], [0, 200]),
        helper.make_tensor("nothing", TensorProto.UINT8, [], [0]),
    ])  # fmt: skip
    del model.graph.node[:]
    model.graph.node.extend([
        helper.make_node("MatMul", ["style", "scale"], ["light"]),
        helper.make_node("Cast", ["light"], ["level"], to=TensorProto.UINT8),
        helper.make_node("Mul", ["frames", "nothing"], ["black"]),
        helper.make_node("Add", ["black", "level"], ["stylized"]),
    ])  # fmt: skip
    onnx.save(model, tmp_path / "two.onnx")
    for style, level in ((0, 0), (1, 200)):
        assert (frames_of(tmp_path / "two.onnx", style).paint(noise(3, 5)) == level).all()


def test_a_session_for_one_size_refuses_others_and_keeps_its_buffers(tiny_model: Path) -> None:
    choice = Choice(read_style_model(tiny_model))
    session = ort.InferenceSession(
        tiny_model, session_options(1, (8, 12)), providers=["CPUExecutionProvider"]
    )
    frames = DeviceFrames(session, choice)
    frames.put(noise(8, 12))
    with pytest.raises(ValueError, match="opened for 12x8 frames, got 8x8"):
        frames.put(noise(8, 8))
    frames.run()
    np.testing.assert_array_equal(frames.get(), 255 - noise(8, 12))


def test_the_first_state_takes_the_sizes_of_the_frame(tiny_model: Path) -> None:
    model = replace(read_style_model(tiny_model), state_shape=("N", 4, "H", "W"))
    assert first_state(Choice(model), 6, 8).shape == (1, 4, 6, 8)
    assert style_weights(Choice(model)) is None
