"""Steadying: less flicker, and nothing else that a viewer would see."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from livebrush.realtime.engine.steadying import Steadier

HEIGHT, WIDTH = 120, 160


def scene(seed: int, height: int = 2 * HEIGHT, width: int = 2 * WIDTH) -> np.ndarray:
    """(H, W, 3) uint8 with large shapes and fine grain everywhere."""
    noise = np.random.default_rng(seed).normal(size=(height, width, 3)).astype(np.float32)
    shapes, grain = cv2.GaussianBlur(noise, (0, 0), 10), cv2.GaussianBlur(noise, (0, 0), 1.2)
    return np.clip(128 + 50 * shapes / shapes.std() + 15 * grain / grain.std(), 0, 255).astype(np.uint8)


def view(of: np.ndarray, right: int = 0, down: int = 0) -> np.ndarray:
    """What a camera sees of a scene."""
    return of[down : down + HEIGHT, right : right + WIDTH].copy()


def noisy(picture: np.ndarray, seed: int, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def steadied(pairs: list[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    steadier = Steadier()
    return [steadier.steady(frame, painted) for frame, painted in pairs]


def off(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference, in levels."""
    return float(cv2.absdiff(one, other).mean())


def sharpness(picture: np.ndarray) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


@pytest.mark.parametrize("camera_noise", [0.0, 3.0])
def test_a_flickering_painting_of_a_still_picture_stops_flickering(camera_noise: float) -> None:
    picture = view(scene(0))
    pairs = [(noisy(picture, n, camera_noise), noisy(255 - picture, 50 + n, 12)) for n in range(12)]
    shown = steadied(pairs)
    flicker = sum(off(one, other) for one, other in pairwise(shown[4:]))
    before = sum(off(one[1], other[1]) for one, other in pairwise(pairs[4:]))
    assert flicker < 0.35 * before
    assert off(shown[-1], 255 - picture) < 0.6 * off(pairs[-1][1], 255 - picture)


@pytest.mark.parametrize(("right", "down"), [(1, 0), (3, 1), (0, 6)])
def test_what_moves_keeps_its_place_and_its_sharpness(right: int, down: int) -> None:
    whole = scene(1)
    frames = [view(whole, n * right, n * down) for n in range(10)]
    painted = [255 - frame for frame in frames]
    for got, expected in list(zip(steadied(list(zip(frames, painted, strict=True))), painted, strict=True))[
        1:
    ]:
        assert off(got, expected) < 2
        assert sharpness(got) > 0.93 * sharpness(expected)


def test_a_painting_that_flickers_while_it_moves_gets_steadier_too() -> None:
    whole = scene(2)
    frames = [view(whole, 4 * n) for n in range(10)]
    painted = [noisy(255 - frame, n, 12) for n, frame in enumerate(frames)]
    shown = steadied(list(zip(frames, painted, strict=True)))

    def flicker(of: list[np.ndarray]) -> float:
        return sum(off(one[:, 4:], other[:, :-4]) for one, other in pairwise(of[4:]))

    assert flicker(shown) < 0.85 * flicker(painted)


def test_a_cut_leaves_no_trace() -> None:
    """Not even where the two shots agree by chance: on the diagonal of these slopes, and round it."""
    slope = np.linspace(0, 255, WIDTH)
    across = np.broadcast_to(slope[None, :, None], (WIDTH, WIDTH, 3)).astype(np.uint8)
    down = np.ascontiguousarray(across.transpose(1, 0, 2))
    black, white = np.zeros_like(across), np.full_like(across, 255)
    shown = steadied([(across, black)] * 5 + [(down, white)] * 2)
    np.testing.assert_array_equal(shown[4], black)
    np.testing.assert_array_equal(shown[5], white)
    np.testing.assert_array_equal(shown[6], white)


@pytest.mark.parametrize("hand_level", [60, 250])
def test_what_comes_and_goes_leaves_no_ghost(hand_level: int) -> None:
    room = np.full((HEIGHT, WIDTH, 3), 150, np.uint8)
    with_hand = room.copy()
    with_hand[40:80, 60:100] = hand_level
    frames = [room, room, with_hand, with_hand, room]
    shown = steadied([(frame, 255 - frame) for frame in frames])
    for frame, got in zip(frames, shown, strict=True):
        assert cv2.absdiff(got, 255 - frame).max() <= 1


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 3), (63, 200), (64, 64), (65, 79), (70, 131), (131, 70), (64, 640), (99, 641)]
)
def test_every_size(size: tuple[int, int]) -> None:
    whole = scene(5, size[0] + 4, size[1] + 4)
    frames = [np.ascontiguousarray(whole[n : n + size[0], n : n + size[1]]) for n in range(4)]
    for frame, shown in zip(frames, steadied([(frame, 255 - frame) for frame in frames]), strict=True):
        assert shown.shape == frame.shape
        assert shown.dtype == np.uint8
        assert off(shown, 255 - frame) < 4


def test_another_size_starts_anew() -> None:
    large, tiny = view(scene(6)), np.zeros((10, 10, 3), np.uint8)
    small = cv2.resize(large, (80, 64))
    dark = np.zeros_like(large)
    steadier = Steadier()
    for frame, painted in ((large, dark), (small, small), (large, large), (tiny, tiny), (large, dark)):
        assert steadier.steady(frame, painted) is painted
    np.testing.assert_array_equal(steadier.steady(large, dark), dark)


def test_a_reset_starts_anew() -> None:
    frame = view(scene(7))
    steadier = Steadier()
    steadier.steady(frame, np.zeros_like(frame))
    steadier.reset()
    painted = np.full_like(frame, 200)
    np.testing.assert_array_equal(steadier.steady(frame, painted), painted)


def test_buffers_may_be_used_again_and_the_result_is_always_the_same() -> None:
    whole = scene(8)
    pairs = [(view(whole, 2 * n), noisy(view(whole, 2 * n), n, 9)) for n in range(6)]
    expected = [shown.copy() for shown in steadied(pairs)]
    steadier = Steadier()
    for (frame, painted), right in zip(pairs, expected, strict=True):
        frame, painted = frame.copy(), painted.copy()
        shown = steadier.steady(frame, painted)
        np.testing.assert_array_equal(shown, right)
        for buffer in (shown, frame, painted):
            buffer[:] = 0
