"""Running style models: every size, margins, state, masks, and what they are painted with."""

from pathlib import Path

import numpy as np
import pytest

from livebrush.models.catalogue import catalogue, find_style
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.padding import padded, padded_masks
from livebrush.realtime.loaded_style import LoadedStyle
from tests.tiny_models import write_ports_model, write_shrinking_model, write_stateful_model

PAINTINGS = [
    entry.name
    for entry in catalogue()
    if entry.choices and entry.choices[0].model.metadata.kind == "painting"
]
"""without the net that paints after any picture, which needs one"""


def load(path: Path) -> Engine:
    return Engine(read_style_model(path), "cpu")


def painted(engine: Engine, frame: np.ndarray, conditions: Conditions | None = None) -> np.ndarray:
    return engine.paint(frame, conditions or Conditions(), engine.begin())


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2), (4, 4), (7, 5), (33, 50), (480, 641)])
def test_every_size_comes_back_painted(tiny_model: Path, size: tuple[int, int]) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    np.testing.assert_array_equal(painted(load(tiny_model), frame), 255 - frame)


def test_the_margin_is_reflected_then_filled_to_the_multiple() -> None:
    frame = np.arange(5, dtype=np.uint8)[None, :, None].repeat(5, 0).repeat(3, 2)
    whole = padded(frame, 2, 4)
    assert whole.shape == (12, 12, 3)
    assert list(whole[0, :, 0]) == [2, 1, 0, 1, 2, 3, 4, 3, 2, 3, 4, 3]


def test_a_frame_too_small_to_reflect_is_replicated() -> None:
    frame = np.array([[[1] * 3, [9] * 3]], np.uint8)
    assert list(padded(frame, 3, 1)[0, :, 0]) == [1, 1, 1, 1, 9, 9, 9, 9]


def test_a_frame_is_filled_up_to_the_least_side() -> None:
    frame = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert padded(frame, 0, 4, least=10).shape == (12, 12, 3)
    assert padded(frame.repeat(9, 0), 1, 1, least=10).shape == (20, 10, 3)


def test_masks_get_the_margin_and_the_fill_of_their_frame() -> None:
    """Masks as fine as the frame are reflected as it is; coarser ones show the same places."""
    frame = np.random.default_rng(0).integers(0, 256, (30, 41, 3), dtype=np.uint8)
    whole = padded(frame, 6, 8)
    np.testing.assert_array_equal(padded_masks(frame, (30, 41), whole.shape[:2], 6), whole)
    halves = np.zeros((5, 10, 2), np.uint8)
    halves[:, :5, 0] = halves[:, 5:, 1] = 255
    masks = padded_masks(halves, (50, 100), (50 + 2 * 20, 100 + 2 * 20), 20)
    assert masks.shape == (9, 14, 2)
    assert masks[:, :6, 0].min() == 255 and masks[:, 8:, 0].max() == 0
    assert padded_masks(halves, (50, 100), (50, 100), 0) is halves


def test_state_goes_from_frame_to_frame_of_one_memory(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    engine, frame = load(tmp_path / "count.onnx"), np.zeros((4, 6, 3), np.uint8)
    one, other = engine.begin(), engine.begin()
    counted = [int(engine.paint(frame, Conditions(), memory).max()) for memory in (one, one, other, one)]
    assert counted == [0, 1, 0, 2]
    one.reset()
    assert int(engine.paint(frame, Conditions(), one).max()) == 0
    assert not engine.in_parallel


def test_a_fixed_size_leaves_the_cpu_free(tiny_model: Path) -> None:
    engine = Engine(read_style_model(tiny_model), "cpu", size=(7, 5))
    assert (painted(engine, np.zeros((9, 4, 3), np.uint8)) == 255).all()


class TestPorts:
    """A model that shows what its ports are given: rows of red, of the picture, of the palette, of the masks."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        write_ports_model(tmp_path / "ports.onnx")
        return load(tmp_path / "ports.onnx")

    def test_each_port_gets_its_condition(self, engine: Engine) -> None:
        picture = np.full((5, 9, 3), 70, np.uint8)
        palette = np.array([[10, 20, 30], [50, 60, 70]], np.float32)
        masks = np.zeros((2, 2, 10), np.uint8)
        masks[..., 3] = 9
        conditions = Conditions((0.25, 0.75), masks, picture, palette)
        shown = painted(engine, np.zeros((6, 8, 3), np.uint8), conditions)
        # 100 a whole second style, the picture's mean, the palette's sum, the masks' largest value
        assert (shown == 75 + 70 + 240 % 256 + 9 - 256).all()

    def test_what_is_not_given_is_nothing(self, engine: Engine) -> None:
        picture = np.full((5, 9, 3), 70, np.uint8)
        assert (painted(engine, np.zeros((6, 8, 3), np.uint8), Conditions(style_picture=picture)) == 70).all()

    def test_a_picture_is_needed(self, engine: Engine) -> None:
        with pytest.raises(LivebrushError, match=r"ports\.onnx paints after a picture: name one"):
            painted(engine, np.zeros((6, 8, 3), np.uint8))

    def test_the_weights_must_fit(self, engine: Engine) -> None:
        picture = np.zeros((1, 1, 3), np.uint8)
        with pytest.raises(LivebrushError, match="holds 2 styles, got 3 weights"):
            painted(engine, picture, Conditions((1, 0, 0), style_picture=picture))

    def test_it_warms_up_with_a_picture_of_its_own(self, engine: Engine) -> None:
        engine.warm_up(6, 8)


@pytest.mark.parametrize("style", ["starry_night", "great_wave", "composition_vii"])
def test_a_shipped_style_paints(style: str) -> None:
    """Something that is neither the photo nor flat, the same twice, without a frame round it."""
    paint = LoadedStyle(find_style(style), "cpu")
    rows, columns = np.mgrid[:120, :160].astype(np.float32)
    frame = np.stack([columns, rows * 2, 255 - columns], -1).clip(0, 255).astype(np.uint8)
    shown = paint(frame)
    assert shown.std() > 15
    assert np.abs(shown.astype(int) - frame).mean() > 15
    np.testing.assert_array_equal(paint(frame), shown)


@pytest.mark.parametrize("style", ["starry_night", "composition_vii", "contrast_of_forms"])
def test_a_shipped_style_paints_flat_frames_with_a_brush(style: str) -> None:
    """Black, grey and white, in pictures of their own, calm but not of one colour. Some paintings have bare places."""
    paint = LoadedStyle(find_style(style), "cpu")
    flat = [paint(np.full((96, 96, 3), v, np.uint8)).astype(int) for v in (0, 128, 255)]
    assert all(picture.std((0, 1)).max() > 4 for picture in flat)
    assert np.abs(flat[0] - flat[1]).mean() > 5 and np.abs(flat[1] - flat[2]).mean() > 5


@pytest.mark.parametrize("style", PAINTINGS)
def test_a_shipped_style_keeps_up_with_dark_and_flat_frames(style: str) -> None:
    """Black, grey and white come out as different pictures."""
    paint = LoadedStyle(find_style(style), "cpu")
    levels = [float(paint(np.full((96, 96, 3), v, np.uint8)).mean()) for v in (0, 128, 255)]
    assert levels[0] + 10 < levels[1] < levels[2] - 10


def test_a_model_that_gives_another_size_is_refused(tmp_path: Path) -> None:
    write_shrinking_model(tmp_path / "small.onnx")
    with pytest.raises(LivebrushError, match=r"small\.onnx gave uint8 10x24x3 for a frame of uint8 20x24x3"):
        painted(load(tmp_path / "small.onnx"), np.zeros((20, 24, 3), np.uint8))
