"""Pictures to learn from: paintings, parts of them, photos, and paintings made by rule."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.trainer.any_picture.renderings import (
    dots,
    in_few_colours,
    ink,
    planes,
    rendering,
    strokes,
    tiles,
)
from livebrush.trainer.any_picture.style_lessons import style_lessons, turned


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A disc on a ramp."""
    rows, columns = np.mgrid[:96, :128].astype(np.float32)
    pixels = np.stack([2 * rows, 255 - rows - columns, columns + 60], 2)
    pixels[(rows - 50) ** 2 + (columns - 60) ** 2 < 900] = (230, 200, 40)
    return pixels.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("kind", [strokes, dots, tiles, planes, ink])
def test_a_rendering_is_a_painting_of_the_photo(kind, photo: np.ndarray) -> None:
    painted = kind(photo, np.random.default_rng(1))
    assert painted.shape == photo.shape and painted.dtype == np.uint8 and painted.std() > 20
    assert np.array_equal(painted, kind(photo, np.random.default_rng(1)))
    assert not np.array_equal(painted, kind(photo, np.random.default_rng(2)))
    # The disc can still be told from the ground around it
    inside, outside = painted[40:60, 50:70].reshape(-1, 3).mean(0), painted[:16, :16].reshape(-1, 3).mean(0)
    assert np.abs(inside - outside).max() > 8


def test_renderings_are_of_few_colours(photo: np.ndarray) -> None:
    flat = in_few_colours(photo, np.random.default_rng(0))
    assert 3 <= len(np.unique(flat.reshape(-1, 3), axis=0)) <= 14
    assert rendering(photo, np.random.default_rng(5)).shape == photo.shape


def test_hues_turn_and_greys_stay(photo: np.ndarray) -> None:
    assert np.abs(turned(photo, 1.0).astype(int) - photo).max() <= 2
    grey = np.full((4, 4, 3), 90, np.uint8)
    assert np.abs(turned(grey, 0.3).astype(int) - 90).max() <= 1
    red = np.full((4, 4, 3), (120, 60, 60), np.uint8)
    turn = turned(red, 1 / 3)[0, 0]
    assert turn.argmax() != 0


def test_lessons_are_the_paintings_then_what_is_made_of_them(photo: np.ndarray, tmp_path: Path) -> None:
    for name, pixels in (("a", photo), ("b", photo[::-1]), ("pale", photo // 20 + 200)):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    lessons = style_lessons(
        paths, 64, 0, variants=2, photos=paths[:1], rendered=[*paths, tmp_path / "pale.png"]
    )
    assert [lesson.painting for lesson in lessons[:6]] == [0, 1, 0, 0, 1, 1]
    assert {lesson.painting for lesson in lessons[6:]} == {None}
    assert all(min(lesson.pixels.shape[:2]) == 64 for lesson in lessons)
    assert lessons[0].tensor().shape == (1, 3, 64, 85)
    again = style_lessons(
        paths, 64, 0, variants=2, photos=paths[:1], rendered=[*paths, tmp_path / "pale.png"]
    )
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(lessons, again, strict=True))


def test_pale_pictures_teach_nothing(photo: np.ndarray, tmp_path: Path) -> None:
    Image.fromarray(photo // 20 + 200).save(tmp_path / "pale.png")
    assert not style_lessons([tmp_path / "pale.png"], 64, 0)
