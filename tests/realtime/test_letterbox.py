"""Pictures in frames of another size."""

import numpy as np
import pytest

from livebrush.realtime.letterbox import letterbox, letterbox_rect, pad_to_even


@pytest.mark.parametrize(
    "size, into, rect",
    [
        ((480, 640), (480, 640), (0, 0, 480, 640)),
        ((480, 640), (1080, 1920), (0, 240, 1080, 1440)),
        ((720, 1280), (480, 640), (60, 0, 360, 640)),
        ((1080, 1920), (720, 1280), (0, 0, 720, 1280)),
        ((1366, 768), (683, 384), (0, 0, 683, 384)),
        ((10, 10), (3, 4), (0, 0, 3, 3)),
        ((1, 5000), (100, 100), (49, 0, 1, 100)),
        ((5000, 1), (1, 1), (0, 0, 1, 1)),
    ],
)
def test_the_picture_lies_in_the_middle_and_keeps_its_shape(size, into, rect):
    assert letterbox_rect(*size, *into) == rect


@pytest.mark.parametrize("size, into", [((30, 40), (60, 100)), ((30, 40), (15, 40)), ((30, 40), (40, 40))])
def test_outside_the_picture_it_is_black(size, into):
    white = np.full((*size, 3), 255, np.uint8)
    framed = letterbox(white, *into)
    top, left, height, width = letterbox_rect(*size, *into)
    assert framed.shape == (*into, 3)
    expected = np.zeros((*into, 3), np.uint8)
    expected[top : top + height, left : left + width] = 255
    np.testing.assert_array_equal(framed, expected)


def test_the_same_size_is_the_same_array():
    picture = np.zeros((30, 40, 3), np.uint8)
    assert letterbox(picture, 30, 40) is picture


def test_a_picture_that_fits_is_not_scaled():
    picture = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    np.testing.assert_array_equal(letterbox(picture, 36, 40)[3:33], picture)


def test_shrinking_averages():
    checked = np.indices((64, 64)).sum(0)[..., None].repeat(3, 2).astype(np.uint8) % 2 * 200
    np.testing.assert_allclose(letterbox(checked, 16, 16), 100, atol=1)


@pytest.mark.parametrize(
    "size, padded", [((4, 6), (4, 6)), ((5, 6), (6, 6)), ((4, 7), (4, 8)), ((1, 1), (2, 2))]
)
def test_odd_sizes_get_their_last_row_and_column_again(size, padded):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    even = pad_to_even(picture)
    assert even.shape == (*padded, 3)
    np.testing.assert_array_equal(even[: size[0], : size[1]], picture)
    np.testing.assert_array_equal(even[-1, : size[1]], picture[-1])
    np.testing.assert_array_equal(even[: size[0], -1], picture[:, -1])
