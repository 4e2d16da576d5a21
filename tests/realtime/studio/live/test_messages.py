"""Frames as they come in: looked at before they are decoded."""

import cv2
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.studio.live.messages import Wish, as_jpeg, as_png, decoded, received, to_page
from tests.realtime.studio.pages import answer, frame, jpeg, wish


def test_a_frame_keeps_its_number() -> None:
    got = received(frame(4_000_000_000))
    assert not isinstance(got, Wish)
    assert got.number == 4_000_000_000
    assert decoded(got.jpeg).shape == (48, 64, 3)


def test_a_wish_for_the_servers_camera() -> None:
    assert received(wish(9, 720)) == Wish(9, 720)
    for message in (wish(9)[:-1], wish(9) + b"x"):
        with pytest.raises(LivebrushError, match="a frame's first byte is 0, got 1"):
            received(message)


def test_colours_come_through_both_ways() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[..., 0] = 200
    kind, number, took_ms, shown = answer(to_page(2, 7, 0.0125, as_jpeg(pixels)))
    assert (kind, number, took_ms) == (2, 7, 12.5)
    assert abs(int(shown[..., 2].mean()) - 200) < 4 and shown[..., 0].mean() < 4
    assert abs(int(decoded(as_jpeg(pixels))[..., 0].mean()) - 200) < 4
    whole = cv2.imdecode(np.frombuffer(as_png(pixels), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert whole is not None and np.array_equal(whole, pixels)


@pytest.mark.parametrize(
    "message", [b"", b"\0" * 8, frame(1, b"no picture"), frame(1, b"\xff\xd8"), frame(1, kind=1)]
)
def test_what_is_no_frame_is_refused(message: bytes) -> None:
    with pytest.raises(LivebrushError, match="a frame"):
        received(message)


def test_a_png_is_refused_though_opencv_would_read_it() -> None:
    png = cv2.imencode(".png", np.zeros((32, 32, 3), np.uint8))[1].tobytes()
    with pytest.raises(LivebrushError, match="must be a JPEG"):
        received(frame(1, png))


@pytest.mark.parametrize(("height", "width"), [(15, 640), (4000, 4000), (16, 4100), (1100, 1920)])
def test_sizes_are_looked_at_before_decoding(height: int, width: int) -> None:
    with pytest.raises(LivebrushError, match=f"a frame is {width}x{height}"):
        received(frame(1, jpeg(height, width)))


def test_a_header_that_claims_a_giant_is_refused_in_no_time() -> None:
    data = bytearray(jpeg())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = b"\xff\xf0\xff\xf0"
    with pytest.raises(LivebrushError, match="must be a JPEG"):
        received(frame(1, bytes(data)))


def test_many_scans_are_refused() -> None:
    slow = jpeg(480, 640, flags=[(cv2.IMWRITE_JPEG_PROGRESSIVE, 1)])
    with pytest.raises(LivebrushError, match="baseline"):
        received(frame(1, slow))


def test_a_damaged_picture_is_an_error_not_a_crash() -> None:
    whole = jpeg(480, 640)
    head = whole[: whole.index(b"\xff\xda")]
    with pytest.raises(LivebrushError, match="damaged"):
        decoded(head)
