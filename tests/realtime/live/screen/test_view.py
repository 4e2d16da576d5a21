"""What the window shows: mirrored, split, enlarged, on black."""

import numpy as np
import pytest

from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.screen.view import compose
from livebrush.realtime.live.settings import ViewSettings

PLAIN = ViewSettings()


def painted_frame(height: int = 500, width: int = 600) -> PaintedFrame:
    """The original dark blue with a red left edge, the painting bright with a green left edge."""
    original = np.full((height, width, 3), (10, 20, 90), np.uint8)
    painting = np.full((height, width, 3), (200, 210, 120), np.uint8)
    original[:, : width // 10], painting[:, : width // 10] = (180, 0, 0), (0, 180, 0)
    for pixels in (original, painting):
        pixels.flags.writeable = False
    return PaintedFrame(Frame(original, 0.0, 0), painting, "style", 0.0)


def test_without_settings_it_is_the_painting_to_be_drawn_on() -> None:
    frame = painted_frame()
    shown = compose(frame, PLAIN, None)
    assert np.array_equal(shown, frame.painted)
    shown[:] = 0
    assert frame.painted.any()


def test_a_mirror_swaps_left_and_right() -> None:
    frame = painted_frame()
    assert np.array_equal(compose(frame, ViewSettings(mirror=True), None), frame.painted[:, ::-1])


@pytest.mark.parametrize("mirror", [False, True])
def test_the_original_is_left_of_the_line(mirror: bool) -> None:
    frame = painted_frame()
    original, painting = (pixels[:, :: -1 if mirror else 1] for pixels in (frame.frame.pixels, frame.painted))
    shown = compose(frame, ViewSettings(mirror=mirror, split=True, split_at=0.3), None)
    assert np.array_equal(shown[:, :165], original[:, :165])
    assert np.array_equal(shown[:, 195:], painting[:, 195:])


@pytest.mark.parametrize("background", [0, 128, 255])
def test_the_line_is_seen_on_anything(background: int) -> None:
    pixels = np.full((480, 640, 3), background, np.uint8)
    shown = compose(PaintedFrame(Frame(pixels, 0, 0), pixels, "", 0), ViewSettings(split=True), None)
    for row in (10, 240, 470):
        assert np.abs(shown[row, 310:330].astype(int) - background).max() > 90


@pytest.mark.parametrize("place", [-1.0, 0.0, 1.0, 2.0])
def test_the_line_stays_inside(place: float) -> None:
    frame = painted_frame()
    shown = compose(frame, ViewSettings(split=True, split_at=place), None)
    whole = frame.frame.pixels if place >= 1 else frame.painted
    assert np.array_equal(shown[:, 30:-30], whole[:, 30:-30])
    edge = shown[:, -2:] if place >= 1 else shown[:, :2]
    assert (edge > 230).all(2).any()


@pytest.mark.parametrize(
    "size, expected",
    [
        ((240, 320), (480, 640)),
        ((1, 1), (480, 480)),
        ((480, 640), (480, 640)),
        ((90, 640), (270, 1920)),
        ((2, 4000), (2, 4000)),
    ],
)
def test_small_frames_are_enlarged_for_the_text_on_them(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert compose(painted_frame(*size), PLAIN, None).shape == (*expected, 3)


def test_full_screen_is_black_where_the_picture_does_not_reach() -> None:
    shown = compose(painted_frame(300, 400), PLAIN, (600, 1000))
    assert shown.shape == (600, 1000, 3)
    assert not shown[:, :100].any() and not shown[:, 900:].any()
    assert shown[:, 100:900].any(2).all()


def test_a_frame_of_the_screens_size_is_copied() -> None:
    frame = painted_frame(600, 1000)
    shown = compose(frame, PLAIN, (600, 1000))
    assert np.array_equal(shown, frame.painted) and not np.shares_memory(shown, frame.painted)


def test_in_full_screen_the_line_is_at_its_share_of_the_screen() -> None:
    frame = painted_frame(300, 400)
    shown = compose(frame, ViewSettings(split=True, split_at=0.6), (600, 1000))
    assert tuple(shown[300, 570]) == (10, 20, 90) and tuple(shown[300, 630]) == (200, 210, 120)
    assert not shown[:, :100].any() and not shown[:, 900:].any()


def test_the_line_ends_where_the_picture_ends() -> None:
    shown = compose(painted_frame(200, 400), ViewSettings(split=True), (600, 1000))
    assert not shown[:50].any() and not shown[550:].any() and shown[50:550].any(2).all()
