"""The painting of a small copy at the frame's size."""

import cv2
import numpy as np
import pytest

from livebrush.realtime.engine.guided_upsample import guided_upsample
from tests.benchmarks.upsampling import bilinear, gradient, luma, ssim

HEIGHT, WIDTH = 240, 320
COLOURS = np.array([[0.5, 0.3, 0.1], [0.1, 0.6, 0.2], [0.1, 0.2, 0.6]], np.float32)


def scene() -> np.ndarray:
    """A bright sky over a dark ground with lettering and a fence: (240, 320, 3) uint8."""
    frame = np.full((HEIGHT, WIDTH, 3), (150, 180, 220), np.uint8)
    frame[140:] = (60, 70, 40)
    frame[100:180, 20:120:5] = (30, 20, 20)
    cv2.putText(frame, "livebrush", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (40, 30, 60), 2, cv2.LINE_AA)
    cv2.circle(frame, (240, 120), 50, (230, 200, 60), -1, cv2.LINE_AA)
    return frame


def shrunk(frame: np.ndarray, scale: float) -> np.ndarray:
    return cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def repainted(frame: np.ndarray) -> np.ndarray:
    """Other colours, light stays light."""
    return cv2.transform(frame, COLOURS)


def with_strokes(painted: np.ndarray) -> np.ndarray:
    rows, columns = np.mgrid[: painted.shape[0], : painted.shape[1]]
    strokes = 35 * np.sin((rows + 2 * columns) / 3)
    return np.clip(painted + strokes[..., None] * (1, 0.7, -0.5), 0, 255).astype(np.uint8)


def enlarged(picture: np.ndarray, scale: float) -> np.ndarray:
    return cv2.resize(picture, (WIDTH, HEIGHT), fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("scale", [0.35, 0.5, 0.7])
def test_edges_come_nearer_to_the_painting_at_full_size_than_bilinear(scale: float) -> None:
    frame = scene()
    small = shrunk(frame, scale)
    painted = with_strokes(repainted(small))
    no_strokes = repainted(small).astype(float)
    full = repainted(frame) + enlarged(painted - no_strokes, scale)  # the same strokes, over all the detail
    expected = gradient(luma(np.clip(full, 0, 255).astype(np.uint8)))
    guided = ssim(gradient(luma(guided_upsample(painted, small, frame))), expected)
    assert guided > ssim(gradient(luma(bilinear(painted, small, frame))), expected) + 0.03


def test_the_frames_detail_is_given_back() -> None:
    frame = scene()
    small = shrunk(frame, 0.5)
    lost = np.abs(bilinear(small, small, frame).astype(float) - frame).mean()
    assert np.abs(guided_upsample(small, small, frame).astype(float) - frame).mean() < 0.5 * lost


@pytest.mark.parametrize("scale", [0.35, 0.5, 0.7])
def test_strokes_keep_their_place_and_contrast_over_a_flat_frame(scale: float) -> None:
    frame = np.full((HEIGHT, WIDTH, 3), (120, 130, 140), np.uint8)
    small = shrunk(frame, scale)
    painted = with_strokes(small)
    guided, plain = guided_upsample(painted, small, frame), bilinear(painted, small, frame)
    assert guided.std() > 0.9 * plain.std()
    assert np.corrcoef(guided.ravel(), plain.ravel())[0, 1] > 0.99
    assert np.abs(guided.mean((0, 1)) - painted.mean((0, 1))).max() < 1


def test_flat_colours_stay_exactly_as_they_are() -> None:
    frame = np.full((HEIGHT, WIDTH, 3), (250, 3, 120), np.uint8)
    small = shrunk(frame, 0.35)
    painted = np.full_like(small, (7, 255, 90))
    assert np.abs(guided_upsample(painted, small, frame).astype(int) - (7, 255, 90)).max() <= 1


@pytest.mark.parametrize(("dark", "light"), [(60, 200), (200, 60)], ids=["light stays", "light turns dark"])
def test_hard_edges_get_no_halo(dark: int, light: int) -> None:
    frame = np.full((HEIGHT, WIDTH, 3), 20, np.uint8)
    frame[:, 161:] = 230
    small = shrunk(frame, 0.5)
    slope = (light - dark) / (230 - 20)
    painted = np.clip(dark + slope * (small.astype(float) - 20), 0, 255).astype(np.uint8)
    guided = guided_upsample(painted, small, frame)
    assert min(dark, light) - 20 <= guided.min()
    assert guided.max() <= max(dark, light) + 20


def test_light_that_turns_dark_is_not_spoilt_by_detail_of_the_wrong_sign() -> None:
    frame = scene()
    small = shrunk(frame, 0.5)
    lost = np.abs(bilinear(255 - small, small, frame).astype(float) - (255 - frame)).mean()
    assert (
        np.abs(guided_upsample(255 - small, small, frame).astype(float) - (255 - frame)).mean() < 1.1 * lost
    )


def test_detail_is_limited_where_strokes_lie_beside_the_contours() -> None:
    frame = np.full((HEIGHT, WIDTH, 3), 0, np.uint8)
    frame[::6] = 255
    small = shrunk(frame, 0.35)
    guided = guided_upsample(np.full_like(small, 128), small, frame)
    assert np.ptp(guided) > 40
    assert np.abs(guided.astype(int) - 128).max() <= 41


def test_detail_adds_no_colour() -> None:
    frame = scene()
    small = shrunk(frame, 0.5)
    grey = cv2.cvtColor(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    guided = guided_upsample(grey, small, frame).astype(int)
    assert np.ptp(guided, axis=2).max() == 0


@pytest.mark.parametrize(
    ("small", "frame"),
    [((1, 1), (2, 2)), ((1, 1), (1, 9)), ((1, 3), (2, 7)), ((3, 1), (101, 5)), ((168, 224), (481, 639))],
)
def test_every_size_works(small: tuple[int, int], frame: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    copy, painted = (random.integers(0, 256, (*small, 3), dtype=np.uint8) for _ in range(2))
    guided = guided_upsample(painted, copy, random.integers(0, 256, (*frame, 3), dtype=np.uint8))
    assert guided.shape == (*frame, 3)
    assert guided.dtype == np.uint8


def test_what_needs_no_enlarging_is_given_back() -> None:
    frame = scene()
    painted = repainted(frame)
    assert guided_upsample(painted, frame, frame) is painted


def test_pictures_given_are_not_written_to_and_may_be_views() -> None:
    frame = scene()
    small = shrunk(frame, 0.5)
    margin = cv2.copyMakeBorder(repainted(small), 16, 16, 16, 16, cv2.BORDER_REFLECT_101)
    painted = margin[16:-16, 16:-16]
    before = [picture.copy() for picture in (painted, small, frame)]
    guided = guided_upsample(painted, small, frame)
    np.testing.assert_array_equal(guided, guided_upsample(painted.copy(), small, frame))
    for picture, copy in zip((painted, small, frame), before, strict=True):
        np.testing.assert_array_equal(picture, copy)
