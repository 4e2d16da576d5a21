"""Persons and all else, each painted or left as it is, through the one way from frame to painting."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine import regions
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.engine import Engine, Engines
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.engine.layers import Layer, layers_of, painting
from livebrush.realtime.engine.memory import Memory
from livebrush.realtime.engine.stream import Stream, in_parallel
from livebrush.realtime.loaded_style import load
from livebrush.realtime.made.asked import find_styles
from tests.realtime.live.styles import write_grey
from tests.realtime.person_nets import RED
from tests.tiny_models import write_stateful_model

pytestmark = pytest.mark.usefixtures("person_net")

PERSON, ROOM = (slice(200, 280), slice(260, 380)), (slice(200, 280), slice(0, 180))
"""places well inside"""


class Counting(Engine):
    """Counts the frames that it paints."""

    painted = 0

    def paint(
        self, frame: np.ndarray, conditions: Conditions, memory: Memory, limit_s: float | None = None,
        in_time: bool = False,
    ) -> np.ndarray:  # fmt: skip
        self.painted += 1
        return super().paint(frame, conditions, memory, limit_s, in_time)


def scene(left: int = 200, level: int = 90) -> np.ndarray:
    frame = np.random.default_rng(left).integers(level - 3, level + 4, (300, 400, 3), dtype=np.uint8)
    frame[60:, left : left + 200] = RED
    return frame


def grey(folder: Path, level: int, region: str = "all", share: float = 1.0) -> Layer:
    path = write_grey(folder / f"grey{level}.onnx", level)
    return Layer(Counting(read_style_model(path), "cpu", 1), share=share, region=region)


def runs(layer: Layer) -> int:
    assert isinstance(layer.engine, Counting)
    return layer.engine.painted


def levels(painted: np.ndarray) -> tuple[int, int]:
    """In the person and in the room, rounded means."""
    return round(painted[PERSON].mean()), round(painted[ROOM].mean())


def test_the_person_is_painted_and_the_room_is_not_touched(tmp_path: Path) -> None:
    frame = scene()
    painted = Stream().paint(frame, [grey(tmp_path, 40, "person")], Finish(keep_colours=False))
    np.testing.assert_array_equal(painted[ROOM], frame[ROOM])
    assert (painted[PERSON] == 40).all()


def test_and_the_other_way_round(tmp_path: Path) -> None:
    frame = scene()
    painted = Stream().paint(frame, [grey(tmp_path, 40, "other")], Finish())
    np.testing.assert_array_equal(painted[PERSON], frame[PERSON])
    assert (painted[ROOM] == 40).all()


def test_two_styles_meet_along_the_edge_without_a_third_colour(tmp_path: Path) -> None:
    layers = [grey(tmp_path, 40, "person"), grey(tmp_path, 220, "other")]
    painted = Stream().paint(scene(), layers, Finish())
    assert levels(painted) == (40, 220)
    row = painted[250, 150:250, 0].astype(int)
    assert (np.diff(row) <= 1).all()  # from the room's to the person's, never back: no halo
    assert [runs(layer) for layer in layers] == [1, 1]


def test_a_side_that_stays_as_it_is_costs_no_net(tmp_path: Path) -> None:
    only, everywhere = grey(tmp_path, 40, "other"), grey(tmp_path, 41)
    stream = Stream()
    stream.paint(scene(), [only], Finish())
    stream.paint(scene(), [everywhere], Finish())
    assert (runs(only), runs(everywhere)) == (1, 1)


@pytest.mark.parametrize("keep_colours", [False, True])
def test_strength_and_colours_leave_the_other_side_alone(tmp_path: Path, keep_colours: bool) -> None:
    frame = scene()
    painted = Stream().paint(frame, [grey(tmp_path, 40, "person")], Finish(0.5, keep_colours))
    np.testing.assert_array_equal(painted[ROOM], frame[ROOM])
    whole = Stream().paint(frame, [grey(tmp_path, 40)], Finish(0.5, keep_colours))
    np.testing.assert_array_equal(painted[PERSON], whole[PERSON])


def test_a_blend_of_a_style_for_all_and_one_for_persons(tmp_path: Path) -> None:
    everywhere, person = grey(tmp_path, 100, share=0.25), grey(tmp_path, 200, "person", 0.75)
    frame = scene(level=60)
    painted = Stream().paint(frame, [everywhere, person], Finish())
    assert levels(painted) == (175, 70)  # the room: a quarter of 100, the rest itself


def test_without_persons_nothing_or_everything_is_painted(tmp_path: Path) -> None:
    room = np.full((120, 160, 3), 90, np.uint8)
    np.testing.assert_array_equal(Stream().paint(room, [grey(tmp_path, 40, "person")], Finish()), room)
    assert (Stream().paint(room, [grey(tmp_path, 40, "other")], Finish()) == 40).all()


def test_no_layers_leave_the_frame() -> None:
    frame = scene()
    assert Stream().paint(frame, [], Finish()) is frame


def test_strokes_are_those_of_a_whole_frame(tmp_path: Path) -> None:
    frame = scene()
    stream = Stream()
    stream.paint(frame, [grey(tmp_path, 40, "person")], Finish(), 0.5)
    assert stream.net_size == (150, 200)


def test_a_look_beside_a_painting_keeps_the_frames_sharpness(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: dict[str, tuple[int, ...]] = {}
    paint = Engine.paint

    def watched(engine: Engine, frame: np.ndarray, *given: Any, **how: Any) -> np.ndarray:
        sizes[engine.model.name] = frame.shape[:2]
        return paint(engine, frame, *given, **how)

    monkeypatch.setattr(Engine, "paint", watched)
    monkeypatch.setattr(regions, "packaged_folder", lambda: Path(regions.__file__).parents[2] / "models")
    layers = layers_of(find_styles("person=great_wave,other=golden_hour"), Engines("cpu", 1).of)
    Stream().paint(scene(), layers, Finish(), 0.5)
    assert sizes == {"great_wave": (150, 200), "golden_hour": (300, 400)}


def test_state_and_steadiness_are_kept_side_by_side(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    count = Layer(Engine(read_style_model(tmp_path / "count.onnx"), "cpu", 1), region="person")
    stream, layers = Stream(), [count, grey(tmp_path, 200, "other")]
    assert [levels(stream.paint(scene(), layers, Finish())) for _ in range(3)] == [
        (0, 200),
        (1, 200),
        (2, 200),
    ]
    steady = [levels(stream.paint(scene(), layers, Finish(steady=True))) for _ in range(3)]
    assert steady == [(3, 200)] * 3  # the first of these painted, held


def test_a_reset_forgets_where_persons_were(tmp_path: Path) -> None:
    stream, layers = Stream(), [grey(tmp_path, 40, "person")]
    stream.paint(scene(), layers, Finish())
    assert stream._persons is not None
    stream.reset()
    assert stream._persons is None
    first = stream.paint(scene(), layers, Finish())
    np.testing.assert_array_equal(first, Stream().paint(scene(), layers, Finish()))


def test_frames_come_one_after_the_other_where_persons_are_found(tmp_path: Path) -> None:
    assert in_parallel([grey(tmp_path, 40)], Finish())
    assert not in_parallel([grey(tmp_path, 40, "person")], Finish())


def test_layers_can_be_restricted_to_a_region(tmp_path: Path) -> None:
    layers = [grey(tmp_path, 40, "person"), grey(tmp_path, 41)]
    assert [layer.region for layer in painting(layers, "all")] == ["person", "all"]
    assert [layer.region for layer in painting(layers, "person")] == ["person", "person"]
    assert [layer.engine for layer in painting(layers, "other")] == [layers[1].engine]


def test_from_python(tmp_path: Path) -> None:
    dark, light = (
        write_grey(tmp_path / f"{name}.onnx", level) for name, level in (("dark", 10), ("light", 200))
    )
    both = load(f"person={dark},other={light}", "cpu", 1)
    assert levels(both(scene())) == (10, 200)
    assert both.name == "person=dark,other=light"
    both.reset()
    frame = scene()
    painted = both(frame, only="other")
    np.testing.assert_array_equal(painted[PERSON], frame[PERSON])
    with pytest.raises(LivebrushError, match="nothing is left to paint"):
        load(f"person={dark}", "cpu", 1)(frame, only="other")


def test_a_net_that_is_missing_is_told_before_anything_is_painted(tmp_path: Path, person_net: Path) -> None:
    person_net.unlink()
    dark = write_grey(tmp_path / "dark.onnx", 10)
    with pytest.raises(LivebrushError, match="the region net"):
        load(f"person={dark}", "cpu", 1)(scene())
