"""Running style models: every size, margins, state, and devices that do not come up."""

from pathlib import Path

import numpy as np
import pytest

from livebrush.models.catalogue import Choice, catalogue, find_style
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.session import StyleSession, pad_margin, pad_to_multiple
from tests.tiny_models import write_shrinking_model, write_stateful_model

PAINTINGS = [entry.name for entry in catalogue() if entry.model and entry.model.metadata.kind == "painting"]


def load(path: Path, device: str = "cpu") -> StyleSession:
    return StyleSession(Choice(read_style_model(path)), device)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2), (4, 4), (7, 5), (33, 50), (480, 641)])
def test_every_size_comes_back_painted(tiny_model: Path, size: tuple[int, int]) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    np.testing.assert_array_equal(load(tiny_model).stylize(frame), 255 - frame)


def test_the_margin_is_reflected_then_filled_to_the_multiple() -> None:
    frame = np.arange(5, dtype=np.uint8)[None, :, None].repeat(5, 0).repeat(3, 2)
    padded = pad_to_multiple(pad_margin(frame, 2), 4)
    assert padded.shape == (12, 12, 3)
    assert list(padded[0, :, 0]) == [2, 1, 0, 1, 2, 3, 4, 3, 2, 3, 4, 3]


def test_a_frame_too_small_to_reflect_is_replicated() -> None:
    frame = np.array([[[1] * 3, [9] * 3]], np.uint8)
    assert list(pad_margin(frame, 3)[0, :, 0]) == [1, 1, 1, 1, 9, 9, 9, 9]


def test_state_goes_from_frame_to_frame_until_it_is_reset(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    session = load(tmp_path / "count.onnx")
    frame = np.zeros((4, 6, 3), np.uint8)
    assert [int(session.stylize(frame).max()) for _ in range(3)] == [0, 1, 2]
    session.reset()
    assert int(session.stylize(frame).max()) == 0


def test_a_fixed_size_leaves_the_cpu_free(tiny_model: Path) -> None:
    session = StyleSession(Choice(read_style_model(tiny_model)), "cpu", size=(7, 5))
    frame = np.zeros((9, 4, 3), np.uint8)
    assert (session.stylize(frame) == 255).all()


def test_its_buffers_paint_what_the_session_paints(tiny_model: Path) -> None:
    session = load(tiny_model)
    padded = session.pad(np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8))
    np.testing.assert_array_equal(session.device_frames().paint(padded), session.paint(padded))


@pytest.mark.parametrize("style", ["starry_night", "great_wave", "composition_vii"])
def test_a_shipped_style_paints(style: str) -> None:
    """Something that is neither the photo nor flat, the same twice, without a frame round it."""
    session = StyleSession(find_style(style), "cpu")
    rows, columns = np.mgrid[:120, :160].astype(np.float32)
    frame = np.stack([columns, rows * 2, 255 - columns], -1).clip(0, 255).astype(np.uint8)
    painted = session.stylize(frame)
    assert painted.std() > 15
    assert np.abs(painted.astype(int) - frame).mean() > 15
    np.testing.assert_array_equal(session.stylize(frame), painted)


@pytest.mark.parametrize("style", ["starry_night", "composition_vii", "contrast_of_forms", "minotaur"])
def test_a_shipped_style_paints_flat_frames_in_strokes(style: str) -> None:
    """Black, grey and white, in pictures of their own; not after paintings whose calm places are bare."""
    session = StyleSession(find_style(style), "cpu")
    flat = [session.stylize(np.full((96, 96, 3), v, np.uint8)).astype(int) for v in (0, 128, 255)]
    assert all(picture.std() > 10 for picture in flat)
    assert np.abs(flat[0] - flat[1]).mean() > 5 and np.abs(flat[1] - flat[2]).mean() > 5


@pytest.mark.parametrize("style", PAINTINGS)
def test_a_shipped_style_keeps_up_with_dark_and_flat_frames(style: str) -> None:
    """Black, grey and white come out as different pictures."""
    session = StyleSession(find_style(style), "cpu")
    levels = [float(session.stylize(np.full((96, 96, 3), v, np.uint8)).mean()) for v in (0, 128, 255)]
    assert levels[0] + 10 < levels[1] < levels[2] - 10


def test_a_model_that_gives_another_size_is_refused(tmp_path: Path) -> None:
    write_shrinking_model(tmp_path / "small.onnx")
    with pytest.raises(LivebrushError, match=r"small\.onnx gave uint8 2x6x3 for a frame of uint8 4x6x3"):
        load(tmp_path / "small.onnx").stylize(np.zeros((4, 6, 3), np.uint8))
