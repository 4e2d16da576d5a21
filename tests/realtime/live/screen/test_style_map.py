"""The map of styles: what is mixed where, and what is seen of it."""

import numpy as np
import pytest

from livebrush.realtime.live.screen.style_map import StyleMap

NINE = StyleMap([f"style{n}" for n in range(1, 10)])


def tile(number: int) -> tuple[float, float]:
    """The middle of a tile of nine, counted from 1 as the keys are."""
    row, column = divmod(number - 1, 3)
    return (column + 0.5) / 3, (row + 0.5) / 3


@pytest.mark.parametrize("number", range(1, 10))
def test_in_the_middle_of_a_tile_its_style_is_alone(number: int) -> None:
    assert NINE.at(*tile(number)) == ((f"style{number}", 1.0),)


def test_between_two_tiles_both_are_mixed_the_nearer_one_more() -> None:
    (x1, y), (x2, _) = tile(5), tile(6)
    assert NINE.at(0.7 * x1 + 0.3 * x2, y) == (("style5", pytest.approx(0.7)), ("style6", pytest.approx(0.3)))


def test_between_four_tiles_all_are_mixed() -> None:
    shares = NINE.at(1 / 3, 1 / 3)
    assert {name for name, _ in shares} == {"style1", "style2", "style4", "style5"}
    assert all(share == 0.25 for _, share in shares)


@pytest.mark.parametrize("place", [(-3.0, -3.0), (0.0, 0.0), (0.1, 0.1)])
def test_beside_the_map_its_edge_counts(place: tuple[float, float]) -> None:
    assert NINE.at(*place) == (("style1", 1.0),)


@pytest.mark.parametrize("count", range(1, 10))
def test_every_place_of_every_map_mixes_styles_to_a_whole(count: int) -> None:
    styles = StyleMap([f"style{n}" for n in range(count)])
    for across, down in np.random.default_rng(count).uniform(-0.2, 1.2, (200, 2)):
        shares = styles.at(across, down)
        assert 1 <= len(shares) <= 4
        assert sum(share for _, share in shares) == pytest.approx(1)
        assert [share for _, share in shares] == sorted((share for _, share in shares), reverse=True)


def test_the_handle_is_where_the_mixture_is() -> None:
    for across, down in np.random.default_rng(0).uniform(1 / 6, 5 / 6, (200, 2)):
        assert NINE.place(NINE.at(across, down)) == pytest.approx((across, down), abs=0.05)
    assert NINE.place((("style1", 0.5), ("of another page", 0.5))) is None
    assert NINE.place(()) is None


@pytest.mark.parametrize(
    ("height", "width"), [(480, 640), (720, 1280), (1080, 608), (2160, 3840), (120, 1920)]
)
def test_it_lies_in_the_lower_right_corner(height: int, width: int) -> None:
    for styles in (NINE, StyleMap(["alone"]), StyleMap(["one", "two"])):
        top, left, tall, wide = styles.area(height, width)
        assert top > height / 3 and left > width / 4
        assert top + tall < height and left + wide < width


def test_tiles_show_their_styles_and_the_rest_of_the_picture_stays() -> None:
    picture = np.full((480, 640, 3), 128, np.uint8)
    paintings = {f"style{n}": np.full((160, 213, 3), 20 * n, np.uint8) for n in range(1, 9)}
    NINE.draw(picture, paintings.get, None)
    top, left, height, width = NINE.area(480, 640)
    for number in range(1, 10):
        across, down = tile(number)
        level = picture[top + round(down * height), left + round(across * width)]
        assert (level == (20 * number if number < 9 else 24)).all()  # dark while there is no picture
    picture[top : top + height, left : left + width] = 128
    assert (picture == 128).all()


@pytest.mark.parametrize("level", [0, 128, 255])
def test_the_handle_is_seen_on_anything(level: int) -> None:
    picture, without = np.zeros((2, 480, 640, 3), np.uint8)
    place = (0.4, 0.6)
    NINE.draw(picture, lambda _: np.full((160, 213, 3), level, np.uint8), place)
    NINE.draw(without, lambda _: np.full((160, 213, 3), level, np.uint8), None)
    top, left, height, width = NINE.area(480, 640)
    changed = np.argwhere((picture != without).any(2))
    assert changed.mean(0) == pytest.approx((top + 0.6 * height, left + 0.4 * width), abs=1)
    assert np.abs(picture.astype(int) - without).max() > 90
