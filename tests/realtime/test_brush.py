"""Strength and colours."""

import cv2
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.brush import Brush

FRAME = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


class Invert:
    def stylize(self, frame: np.ndarray) -> np.ndarray:
        return 255 - frame


class Stripes:
    """Stripes of four pixels over whatever comes, whose size is remembered."""

    def stylize(self, frame: np.ndarray) -> np.ndarray:
        self.size = frame.shape[:2]
        painted = np.zeros_like(frame)
        painted[:, np.arange(frame.shape[1]) % 8 < 4] = 200
        return painted


class Flicker:
    """Every frame in one grey: 110, 100, 110, …."""

    def __init__(self) -> None:
        self.frames = 0

    def stylize(self, frame: np.ndarray) -> np.ndarray:
        self.frames += 1
        return np.full_like(frame, 100 + 10 * (self.frames % 2))


def test_strength_goes_from_the_frame_to_the_style() -> None:
    np.testing.assert_array_equal(Brush(Invert(), 0).paint(FRAME), FRAME)
    np.testing.assert_array_equal(Brush(Invert(), 1).paint(FRAME), 255 - FRAME)
    half = Brush(Invert(), 0.25).paint(FRAME).astype(float)
    assert np.abs(half - (0.25 * (255.0 - FRAME) + 0.75 * FRAME)).max() <= 0.5


@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan")])
def test_strength_outside_its_range(strength: float) -> None:
    with pytest.raises(LivebrushError, match="between 0 and 1"):
        Brush(Invert(), strength)


def test_kept_colours_are_the_frames_and_the_light_is_the_paintings() -> None:
    frame = np.full((8, 8, 3), (150, 100, 100), np.uint8)
    painted = Brush(Invert(), keep_colours=True).paint(frame)
    got, of_frame = (cv2.cvtColor(x, cv2.COLOR_RGB2YCrCb)[0, 0].astype(int) for x in (painted, frame))
    of_painting = cv2.cvtColor(255 - frame, cv2.COLOR_RGB2YCrCb)[0, 0].astype(int)
    assert np.abs(got[1:] - of_frame[1:]).max() <= 2
    assert abs(got[0] - of_painting[0]) <= 2


def test_steady_takes_the_flicker_out_before_the_strength_and_the_colours() -> None:
    frame = np.full((64, 80, 3), 50, np.uint8)
    plain, steady = Brush(Flicker(), 0.5), Brush(Flicker(), 0.5, steady=True)
    assert [int(plain.paint(frame)[0, 0, 0]) for _ in range(4)] == [80, 75, 80, 75]
    shown = [int(steady.paint(frame)[0, 0, 0]) for _ in range(4)]
    assert shown[0] == 80
    assert max(shown) - min(shown) <= 2


@pytest.mark.parametrize(
    ("height", "width", "stroke", "painted_at"),
    [
        (480, 640, 1.0, (480, 640)),  # never enlarged by default
        (720, 1280, 1.0, (720, 1280)),
        (1440, 2000, 1.0, (720, 1000)),
        (2000, 1440, 1.0, (1000, 720)),  # the short side counts
        (1440, 2000, 2.0, (360, 500)),
        (1440, 2000, 0.5, (1440, 2000)),
        (480, 640, 0.5, (960, 1280)),
        (1440, 2000, None, (1440, 2000)),
        (1, 1, 4.0, (1, 1)),
    ],
)
def test_the_stroke_decides_the_size_that_is_painted_at(
    height: int, width: int, stroke: float | None, painted_at: tuple[int, int]
) -> None:
    style, frame = Stripes(), np.full((height, width, 3), 90, np.uint8)
    painted = Brush(style, stroke=stroke).paint(frame)
    assert style.size == painted_at
    assert painted.shape == frame.shape


def test_strokes_become_as_broad_as_asked() -> None:
    frame = np.full((720, 960, 3), 90, np.uint8)

    def stripes(stroke: float) -> int:
        """Edges in a row."""
        row = Brush(Stripes(), stroke=stroke).paint(frame)[360, :, 0] > 100
        return int((row[1:] != row[:-1]).sum())

    assert stripes(1) == pytest.approx(960 / 4, abs=2)
    assert stripes(2) == pytest.approx(960 / 8, abs=2)
    assert stripes(0.5) == pytest.approx(960 / 2, abs=4)


@pytest.mark.parametrize("stroke", [0.0, -1.0, float("nan")])
def test_strokes_without_a_size(stroke: float) -> None:
    with pytest.raises(LivebrushError, match="it must be above 0"):
        Brush(Invert(), stroke=stroke)
