"""The one way from frame to painting: strength, colours, strokes, blends, steadiness, and two viewers of one engine."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.finish import STROKE_LINES, Finish, stroke_of
from livebrush.realtime.engine.layers import Layer, layer_of
from livebrush.realtime.engine.memory import Memory
from livebrush.realtime.engine.stream import Stream, in_parallel
from livebrush.realtime.loaded_style import LoadedStyle
from tests.realtime.live.styles import write_grey
from tests.tiny_models import write_blend_model, write_stateful_model

FRAME = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


class Drawn(Engine):
    """A net that draws what a function of the frame says."""

    def __init__(self, path: Path, draw: Callable[[np.ndarray], np.ndarray]) -> None:
        super().__init__(read_style_model(path), "cpu")
        self.draw = draw

    def paint(
        self, frame: np.ndarray, conditions: Conditions, memory: Memory, limit_s: float | None = None,
        in_time: bool = False,
    ) -> np.ndarray:  # fmt: skip
        return self.draw(frame)


@pytest.fixture
def invert(tiny_model: Path) -> list[Layer]:
    return [Layer(Engine(read_style_model(tiny_model), "cpu"))]


def grey(path: Path, level: int, share: float = 1.0) -> Layer:
    return Layer(Engine(read_style_model(write_grey(path, level)), "cpu"), share=share)


def test_strength_goes_from_the_frame_to_the_style(invert: list[Layer]) -> None:
    assert Stream().paint(FRAME, invert, Finish(0)) is FRAME
    np.testing.assert_array_equal(Stream().paint(FRAME, invert, Finish(1)), 255 - FRAME)
    half = Stream().paint(FRAME, invert, Finish(0.25)).astype(float)
    assert np.abs(half - (0.25 * (255.0 - FRAME) + 0.75 * FRAME)).max() <= 0.5


@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan")])
def test_strength_outside_its_range(strength: float) -> None:
    with pytest.raises(LivebrushError, match="between 0 and 1"):
        Finish(strength)


@pytest.mark.parametrize("stroke", [0.0, -1.0, float("nan")])
def test_strokes_without_a_size(stroke: float) -> None:
    with pytest.raises(LivebrushError, match="it must be above 0"):
        Finish(stroke=stroke)


def test_kept_colours_are_the_frames_and_the_light_is_the_paintings(invert: list[Layer]) -> None:
    frame = np.full((8, 8, 3), (150, 100, 100), np.uint8)
    painted = Stream().paint(frame, invert, Finish(keep_colours=True))
    got, of_frame = (cv2.cvtColor(x, cv2.COLOR_RGB2YCrCb)[0, 0].astype(int) for x in (painted, frame))
    of_painting = cv2.cvtColor(255 - frame, cv2.COLOR_RGB2YCrCb)[0, 0].astype(int)
    assert np.abs(got[1:] - of_frame[1:]).max() <= 2
    assert abs(got[0] - of_painting[0]) <= 2


def test_steady_takes_the_flicker_out_before_the_strength_and_the_colours(tiny_model: Path) -> None:
    """Every frame in one grey: 110, 100, 110, …"""

    def shown(steady: bool) -> list[int]:
        greys = iter([110, 100] * 2)
        layers = [Layer(Drawn(tiny_model, lambda frame: np.full_like(frame, next(greys))))]
        stream, finish = Stream(), Finish(0.5, steady=steady)
        frames = [np.full((64, 80, 3), 50, np.uint8) for _ in range(4)]
        return [int(stream.paint(frame, layers, finish)[0, 0, 0]) for frame in frames]

    assert shown(False) == [80, 75, 80, 75]
    steady = shown(True)
    assert steady[0] == 80 and max(steady) - min(steady) <= 2


@pytest.mark.parametrize(
    ("height", "width", "stroke", "painted_at"),
    [
        (360, 640, 1.0, (360, 640)),  # never enlarged by default
        (480, 640, 1.0, (480, 640)),
        (1440, 1920, 1.0, (480, 640)),
        (1920, 1440, 1.0, (640, 480)),  # the short side counts
        (1440, 1920, 2.0, (240, 320)),
        (1440, 1920, 0.5, (960, 1280)),
        (480, 640, 0.5, (960, 1280)),
        (1440, 2000, None, (1440, 2000)),
        (1, 1, 4.0, (1, 1)),
    ],
)
def test_the_stroke_decides_the_size_that_is_painted_at(
    height: int, width: int, stroke: float | None, painted_at: tuple[int, int], invert: list[Layer]
) -> None:
    stream, frame = Stream(), np.full((height, width, 3), 90, np.uint8)
    assert stream.paint(frame, invert, Finish(stroke=stroke)).shape == frame.shape
    assert stream.net_size == painted_at


def test_a_scale_of_the_callers_own_decides_instead(invert: list[Layer]) -> None:
    stream, frame = Stream(), np.full((2 * STROKE_LINES, 40, 3), 90, np.uint8)
    stream.paint(frame, invert, Finish(stroke=1), scale=0.25)
    assert stream.net_size == (STROKE_LINES // 2, 10)


def test_strokes_become_as_broad_as_asked(tiny_model: Path) -> None:
    frame = np.full((720, 960, 3), 90, np.uint8)

    def draw(copy: np.ndarray) -> np.ndarray:
        """Stripes of four pixels."""
        painted = np.zeros_like(copy)
        painted[:, np.arange(copy.shape[1]) % 8 < 4] = 200
        return painted

    layers = [Layer(Drawn(tiny_model, draw))]

    def stripes(stroke: float) -> int:
        """Edges in a row."""
        row = Stream().paint(frame, layers, Finish(stroke=stroke))[360, :, 0] > 100
        return int((row[1:] != row[:-1]).sum())

    assert stripes(1) == pytest.approx(640 / 4, abs=2)
    assert stripes(2) == pytest.approx(640 / 8, abs=2)
    assert stripes(0.5) == pytest.approx(640 / 2, abs=4)


def test_a_photo_style_has_no_strokes() -> None:
    assert stroke_of(find_style("golden_hour"), None) is None
    assert stroke_of(find_style("starry_night"), None) == 1
    with pytest.raises(LivebrushError, match="golden_hour is a look and has no strokes"):
        stroke_of(find_style("golden_hour"), 2)


def test_styles_of_several_files_are_blended_by_their_shares(tmp_path: Path) -> None:
    layers = [
        grey(tmp_path / f"{level}.onnx", level, share) for level, share in ((10, 0.5), (110, 0.3), (210, 0.2))
    ]
    assert set(np.unique(Stream().paint(FRAME, layers, Finish()))) == {80}


def test_styles_of_one_file_are_blended_by_the_net(tmp_path: Path) -> None:
    """One run with both weights, where two would be half black."""
    write_blend_model(tmp_path / "two.onnx", "dark", "light")
    model = read_style_model(tmp_path / "two.onnx")
    engine = Engine(model, "cpu")
    runs: list[Conditions] = []

    class Watched(Drawn):
        def paint(
            self, frame: np.ndarray, conditions: Conditions, memory: Memory, limit_s: float | None = None,
            in_time: bool = False,
        ) -> np.ndarray:  # fmt: skip
            runs.append(conditions)
            return engine.paint(frame, conditions, memory)

    watched = Watched(model.path, lambda frame: frame)
    dark, light = (layer_of(Choice(model, style), watched) for style in (0, 1))
    assert set(np.unique(Stream().paint(FRAME, [light], Finish()))) == {200}
    layers = [Layer(dark.engine, dark.conditions, 0.25), Layer(light.engine, light.conditions, 0.75)]
    assert set(np.unique(Stream().paint(FRAME, layers, Finish()))) == {150}
    assert [conditions.weights for conditions in runs] == [(0, 1), (0.25, 0.75)]


def test_two_streams_of_one_engine_paint_independently(tmp_path: Path) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    layers = [Layer(Engine(read_style_model(tmp_path / "count.onnx"), "cpu"))]
    one, other = Stream(), Stream()
    order = [one, one, other, one, other]
    assert [int(stream.paint(FRAME, layers, Finish()).max()) for stream in order] == [0, 1, 0, 2, 1]
    one.reset()
    assert [int(stream.paint(FRAME, layers, Finish()).max()) for stream in (one, other)] == [0, 2]


def test_a_look_finds_the_regions_of_each_stream() -> None:
    """Two viewers of one look, their frames in turn: each sees what it would see alone."""
    look = find_style("night_city")
    layers = [layer_of(look, Engine(look.model, "cpu", 1))]
    random = np.random.default_rng(1)
    videos = [random.integers(0, 256, (3, 48, 64, 3), dtype=np.uint8) // part for part in (1, 3)]
    alone = [
        [stream.paint(frame, layers, Finish()) for frame in video]
        for video in videos
        for stream in [Stream()]
    ]
    streams = [Stream(), Stream()]
    for n in range(3):
        for stream, video, expected in zip(streams, videos, alone, strict=True):
            np.testing.assert_array_equal(stream.paint(video[n], layers, Finish()), expected[n])


def test_what_may_be_painted_at_once(tmp_path: Path, invert: list[Layer]) -> None:
    write_stateful_model(tmp_path / "count.onnx")
    stateful = Layer(Engine(read_style_model(tmp_path / "count.onnx"), "cpu"))
    assert in_parallel(invert, Finish())
    assert not in_parallel(invert, Finish(steady=True))
    assert not in_parallel([*invert, stateful], Finish())


def test_frames_in_several_threads(invert: list[Layer]) -> None:
    stream = Stream()
    frames = [np.full((16 + n, 20, 3), n, np.uint8) for n in range(12)]
    with ThreadPoolExecutor(4) as pool:
        painted = list(pool.map(lambda frame: stream.paint(frame, invert, Finish()), frames))
    for frame, painting in zip(frames, painted, strict=True):
        np.testing.assert_array_equal(painting, 255 - frame)


class TestLoadedStyle:
    def test_a_frame_and_a_video(self, tmp_path: Path) -> None:
        write_stateful_model(tmp_path / "count.onnx")
        paint = LoadedStyle(find_style(str(tmp_path / "count.onnx")), "cpu")
        assert paint(FRAME).shape == FRAME.shape
        video = paint(np.stack([FRAME] * 3))
        assert [int(frame.max()) for frame in video] == [1, 2, 3]
        paint.reset()
        assert int(paint(FRAME).max()) == 0

    @pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3), (1, 1, 4, 4, 3)])
    def test_what_is_no_frame(self, tiny_model: Path, shape: tuple[int, ...]) -> None:
        with pytest.raises(LivebrushError, match="expected uint8"):
            LoadedStyle(find_style(str(tiny_model)), "cpu")(np.zeros(shape, np.uint8))

    def test_settings(self, tiny_model: Path) -> None:
        paint = LoadedStyle(find_style(str(tiny_model)), "cpu")
        np.testing.assert_array_equal(paint(FRAME, strength=0), FRAME)
        with pytest.raises(LivebrushError, match="between 0 and 1"):
            paint(FRAME, strength=2)
