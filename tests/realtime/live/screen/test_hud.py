"""The HUD over a picture: what it says where, how often it changes, and that it fits."""

from dataclasses import replace

import numpy as np
import pytest

from livebrush.realtime.live.commands import help_lines
from livebrush.realtime.live.screen.hud import Hud
from livebrush.realtime.live.screen.text_panel import RED, Span, rows_panel, span_width, text_size, wrap
from livebrush.realtime.live.settings import PaintSettings
from livebrush.realtime.live.state import LiveState

STYLES = ("great_wave", "starry_night", "minotaur")
NUMBERS = LiveState(
    PaintSettings("starry_night"), styles=STYLES, shown_hz=29.8, captured_hz=30.0, latency_ms=45.2,
    provider="CPUExecutionProvider", painted_size=(300, 400), frame_size=(480, 640),
)  # fmt: skip


def grey(level: int = 128, height: int = 480, width: int = 640) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def drawn(
    numbers: LiveState, hud: Hud | None = None, now_s: float = 0.0, height: int = 480, width: int = 640
) -> np.ndarray:
    picture = grey(128, height, width)
    (hud or Hud()).draw(picture, numbers, now_s)
    return picture


def changed(one: np.ndarray, other: np.ndarray) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of where two pictures differ."""
    rows, columns = np.nonzero((one != other).any(2))
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


def test_the_numbers_are_top_left_and_nothing_else_is_touched() -> None:
    top, left, bottom, right = changed(drawn(NUMBERS), grey())
    assert 0 < top < 20 and 0 < left < 20 and bottom < 120 and right < 400


@pytest.mark.parametrize("level", [0, 128, 255])
def test_text_is_light_on_dark_on_any_picture(level: int) -> None:
    picture = grey(level)
    Hud().draw(picture, NUMBERS, 0.0)
    top, left, bottom, right = changed(picture, grey(level))
    panel = picture[top:bottom, left:right]
    # The panel's own darkness is its median: most of it is not text
    assert np.median(panel) < 100 and panel.max() > 240
    assert (panel > 200).mean() > 0.03


def test_measured_numbers_change_four_times_a_second() -> None:
    hud = Hud()
    first = drawn(NUMBERS, hud, 10.0)
    later = replace(NUMBERS, shown_hz=11.1, latency_ms=99.0)
    assert np.array_equal(drawn(later, hud, 10.2), first)
    assert not np.array_equal(drawn(later, hud, 10.26), first)


def test_what_keys_change_is_seen_at_once() -> None:
    hud = Hud()
    first = drawn(NUMBERS, hud)
    for change in (
        {"style": "great_wave"}, {"strength": 0.9}, {"keep_colours": True}, {"steady": True},
        {"original": True}, {"blend": True, "previous": "minotaur"}, {"only": "person"},
    ):  # fmt: skip
        paint = replace(NUMBERS.paint, **change)  # type: ignore
        assert not np.array_equal(drawn(replace(NUMBERS, paint=paint), hud, 0.01), first)
    assert not np.array_equal(drawn(replace(NUMBERS, styles=(*STYLES, "fresh")), hud, 0.01), first)


def test_how_much_of_a_picture_is_learnt_is_seen() -> None:
    learning = replace(NUMBERS, learning="mine", learnt_share=0.1)
    pictures = [drawn(numbers) for numbers in (NUMBERS, learning, replace(learning, learnt_share=0.9))]
    assert len({picture.tobytes() for picture in pictures}) == 3


def test_digits_are_equally_wide_so_that_the_panel_does_not_tremble() -> None:
    assert len({span_width(Span(10 * digit), 20) for digit in "0123456789"}) == 1


def test_a_recording_shows_a_red_dot_top_right() -> None:
    picture = drawn(replace(NUMBERS, recording_s=75.0))
    rows, columns = np.nonzero((np.abs(picture.astype(int) - RED) < 12).all(2))
    assert len(rows) > 40 and rows.max() < 40 and columns.min() > 500
    assert not (np.abs(drawn(NUMBERS).astype(int) - RED) < 12).all(2).any()


def test_on_a_narrow_picture_the_recording_is_below_the_numbers() -> None:
    numbers_end = changed(drawn(NUMBERS, width=300), grey(width=300))[2]
    picture = drawn(replace(NUMBERS, recording_s=1.0), width=300)
    assert changed(picture, drawn(NUMBERS, width=300))[0] >= numbers_end


def test_notices_are_bottom_left_and_wrapped_to_the_width() -> None:
    path = "/home/somebody/Pictures/" + "a_long_folder_name/" * 8 + "snapshot.png"
    top, left, bottom, right = changed(drawn(replace(NUMBERS, notices=(f"saved {path}",))), drawn(NUMBERS))
    assert top > 360 and left < 20 and 460 < bottom < 480 and right <= 632


def test_many_notices_leave_the_picture_free() -> None:
    numbers = replace(NUMBERS, notices=tuple(f"notice {n}" for n in range(50)))
    top, _, bottom, _ = changed(drawn(numbers), drawn(NUMBERS))
    assert bottom - top < 220
    without_the_oldest = replace(numbers, notices=numbers.notices[20:])
    assert np.array_equal(drawn(numbers), drawn(without_the_oldest))


@pytest.mark.parametrize(
    "change", [{"paused": True}, {"state": "reconnecting", "trouble": "the camera was unplugged"}]
)
def test_what_stops_the_show_stands_in_the_middle(change: dict[str, object]) -> None:
    top, left, bottom, right = changed(drawn(replace(NUMBERS, **change)), drawn(NUMBERS))  # type: ignore
    assert abs((top + bottom) / 2 - 240) <= 1 and abs((left + right) / 2 - 320) <= 1


def test_a_video_has_a_line_as_long_as_what_was_played() -> None:
    picture = drawn(replace(NUMBERS, position_s=30.0, duration_s=120.0))
    assert (picture[-1, :160] == 255).all() and (picture[-1, 160:] < 128).all()
    assert (drawn(replace(NUMBERS, position_s=30.0))[-1] == 128).all()


@pytest.mark.parametrize("height, width", [(1, 1), (5, 300), (300, 5), (16, 16), (100, 40), (2160, 3840)])
def test_any_size_of_picture_is_drawn_on(height: int, width: int) -> None:
    numbers = replace(
        NUMBERS, recording_s=1.0, notices=("one", "two"), state="reconnecting", trouble="unplugged",
        position_s=3.0, duration_s=9.0,
    )  # fmt: skip
    picture = grey(height=height, width=width)
    Hud().draw(picture, numbers, 0.0)
    Hud().draw_help(picture)
    assert picture.shape == (height, width, 3) and (picture != 128).any()


def test_text_grows_with_the_picture() -> None:
    assert [text_size(height) for height in (240, 720, 1080)] == [12, 20, 30]
    small, large = (
        changed(drawn(NUMBERS, height=height, width=2 * height), grey(height=height, width=2 * height))
        for height in (720, 1440)
    )
    assert 1.8 < large[2] / small[2] < 2.2 and 1.8 < large[3] / small[3] < 2.2


def rows_of_text(panel: np.ndarray) -> int:
    inked = np.concatenate([[False], (panel > 60).any((1, 2)), [False]])
    return int((np.diff(inked.astype(int)) == 1).sum())


@pytest.mark.parametrize("height, width", [(240, 320), (480, 640), (720, 1280), (1080, 1920), (1280, 720)])
def test_help_has_a_line_for_every_key_and_fits(height: int, width: int) -> None:
    picture = grey(0, height, width)
    Hud().draw_help(picture)
    top, left, bottom, right = changed(picture, grey(0, height, width))
    assert min(top, left) > 0 and bottom < height and right < width
    assert abs(top + bottom - height) <= 2 and abs(left + right - width) <= 2
    lines, middle = len(help_lines()), (left + right) // 2
    halves = [rows_of_text(picture[top:bottom, part]) for part in (slice(left, middle), slice(middle, right))]
    in_one_block = rows_of_text(picture[top:bottom, left:right]) == lines
    assert in_one_block or halves == [-(-lines // 2), lines // 2]


def test_a_panel_beyond_the_edge_is_clipped() -> None:
    panel, whole = rows_panel(((Span("clipped"),),), 20), grey(height=300, width=300)
    panel.blend(whole, 100, 100)
    for top, left in ((-10, -12), (-10, 90), (95, -12), (95, 90)):
        part = grey(height=100, width=100)
        panel.blend(part, top, left)
        there = whole[100 - top : 200 - top, 100 - left : 200 - left]
        assert np.array_equal(part, there)
    outside = grey(height=100, width=100)
    for top, left in ((-500, 0), (0, 100), (100, 0)):
        panel.blend(outside, top, left)
    assert (outside == 128).all()


def test_lines_are_no_wider_than_asked() -> None:
    text = "words of some length, and /one/that/is/much/longer/than/a/line.png"
    lines = wrap(text, 20, 150)
    assert all(span_width(Span(line), 20) <= 150 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def ink(text: str) -> np.ndarray:
    picture = grey(0, 60, 200)
    rows_panel(((Span(text),),), 20).blend(picture, 0, 0)
    return picture


def test_other_scripts_and_accents_are_drawn() -> None:
    pictures = [ink(text) for text in ("e", "é", "я", "波", "浪")]
    assert all(not np.array_equal(a, b) for n, a in enumerate(pictures) for b in pictures[:n])
