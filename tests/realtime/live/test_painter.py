"""One frame to its painting: styles, strength, blend, crossfade, failures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livebrush.models.catalogue import Choice, find_style
from livebrush.models.contract import read_style_model
from livebrush.realtime.engine.finish import Finish, resized
from livebrush.realtime.engine.stream import Stream
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.frame import Frame
from livebrush.realtime.live.net_size import NetSizer
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.painter import Painter
from livebrush.realtime.live.settings import PaintSettings
from tests.realtime.live.hand_set_clock import HandSetClock
from tests.realtime.live.styles import write_grey, write_picky
from tests.realtime.person_nets import RED
from tests.tiny_models import write_stateful_model, write_tiny_model

FULL = PaintSettings("dark", net_size="full")
LIGHT = PaintSettings("light", previous="dark", net_size="full")


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock()


@pytest.fixture
def notices() -> Notices:
    return Notices()


def painter_of(folder: Path, notices: Notices, clock: HandSetClock, crossfade_s: float = 0.0) -> Painter:
    """Styles dark (10), light (210), picky (fails unless 7 lines high), count (carries state), invert."""
    paths = [write_grey(folder / "dark.onnx", 10), write_grey(folder / "light.onnx", 210)]
    paths.append(write_picky(folder / "picky.onnx", 7))
    write_stateful_model(folder / "count.onnx")
    write_tiny_model(folder / "invert.onnx")
    paths += [folder / "count.onnx", folder / "invert.onnx"]
    deck = Deck([Choice(read_style_model(path)) for path in paths], "cpu", 1)
    return Painter(deck, NetSizer(30, clock=clock), notices, crossfade_s, clock)


@pytest.fixture
def painter(tmp_path: Path, notices: Notices, clock: HandSetClock) -> Painter:
    return painter_of(tmp_path, notices, clock)


def frame(level: int = 100, size: tuple[int, int] = (12, 16)) -> Frame:
    return Frame(np.full((*size, 3), level, np.uint8), 0.0, 0)


def levels(painter: Painter, settings: PaintSettings, of: Frame | None = None) -> int:
    """The one grey of a painting."""
    painted = painter.paint(of or frame(), settings).painted
    assert painted.min() == painted.max()
    return int(painted[0, 0, 0])


def test_the_style_of_the_settings_is_painted(painter: Painter) -> None:
    assert levels(painter, FULL) == 10
    assert levels(painter, LIGHT) == 210


def test_a_painted_frame_tells_where_it_comes_from(painter: Painter) -> None:
    of = frame()
    painted = painter.paint(of, LIGHT)
    assert painted.frame is of
    assert painted.style == "light"
    assert painter.paint(of, PaintSettings("light", original=True)).style == "original"


def test_the_original_and_no_strength_at_all_are_the_frame_itself(painter: Painter) -> None:
    of = frame(77)
    assert painter.paint(of, PaintSettings("light", original=True)).painted is of.pixels
    assert painter.paint(of, PaintSettings("light", strength=0)).painted is of.pixels


def test_half_the_strength_is_half_way(painter: Painter) -> None:
    assert levels(painter, PaintSettings("light", strength=0.5, net_size="full")) == 155


def test_a_blend_mixes_with_the_previous_style_by_the_current_ones_share(painter: Painter) -> None:
    settings = PaintSettings("light", "dark", blend=True, blend_amount=0.75, net_size="full")
    assert levels(painter, settings) == 160  # 0.75 * 210 + 0.25 * 10


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (47, 35), (120, 161)])
@pytest.mark.parametrize("net_size", ["auto", "full", 16, 48, 4000])
def test_every_size_of_frame_and_net(painter: Painter, size: tuple[int, int], net_size) -> None:
    of = frame(size=size)
    painted = painter.paint(of, PaintSettings("light", net_size=net_size)).painted
    assert painted.shape == of.pixels.shape
    assert painted.dtype == np.uint8
    assert abs(painted.astype(int) - 210).max() <= 2
    assert max(painter.net_size) <= max(size)


def test_the_net_paints_a_copy_of_the_height_asked_for(painter: Painter) -> None:
    painter.paint(frame(size=(120, 160)), PaintSettings("light", net_size=60))
    assert painter.net_size == (60, 80)


def test_a_look_is_as_sharp_as_the_frame_unless_a_size_is_asked_for(notices: Notices) -> None:
    deck = Deck([find_style("golden_hour"), find_style("starry_night")], "cpu")
    painter = Painter(deck, NetSizer(30), notices)
    shown = frame(size=(96, 128))
    look, painting = PaintSettings("golden_hour"), PaintSettings("starry_night")
    painter.paint(shown, look)
    assert painter.net_size == (96, 128)
    assert (painter.is_sized(look), painter.is_sized(painting)) == (False, True)
    for settings in (
        replace(look, net_size=48),
        replace(look, previous="starry_night", blend=True),
        painting,
    ):
        painter.paint(shown, settings)
        assert painter.net_size[0] < 96


def test_a_small_net_keeps_what_is_where(painter: Painter) -> None:
    pixels = np.zeros((96, 128, 3), np.uint8)
    pixels[:, 64:] = 255
    painted = painter.paint(Frame(pixels, 0, 0), PaintSettings("invert", net_size=48)).painted
    assert painted[:, :56].mean() > 240
    assert painted[:, 72:].mean() < 15


class TestCrossfade:
    @pytest.fixture
    def painter(
        self, tmp_path: Path, notices: Notices, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
    ) -> Painter:
        monkeypatch.setattr(NetSizer, "has_time_for_two", lambda sizer: False)
        return painter_of(tmp_path, notices, clock, crossfade_s=1.0)

    def test_one_style_becomes_the_next(self, painter: Painter, clock: HandSetClock) -> None:
        shown = [levels(painter, FULL)]
        for clock.now in (0.0, 0.25, 0.5, 0.75, 1.0, 1.5):
            shown.append(levels(painter, LIGHT))
        assert shown == [10, 10, 60, 110, 160, 210, 210]

    def test_the_first_frame_after_a_switch_is_on_its_way_already(
        self, painter: Painter, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        engine = painter._deck.layers("dark")[0].engine
        paint = engine.paint

        def slowly(*given: Any, **how: Any) -> np.ndarray:
            clock.now += 0.1
            return paint(*given, **how)

        monkeypatch.setattr(engine, "paint", slowly)
        assert levels(painter, FULL) == 10
        assert levels(painter, LIGHT) == 30

    def test_a_switch_in_the_middle_goes_on_from_what_is_shown(
        self, painter: Painter, clock: HandSetClock
    ) -> None:
        levels(painter, FULL)
        clock.now = 0.0
        levels(painter, LIGHT)
        clock.now = 0.5
        assert levels(painter, LIGHT) == 110
        assert levels(painter, FULL) == 110
        clock.now = 1.0
        assert levels(painter, FULL) == 60
        clock.now = 1.5
        assert levels(painter, FULL) == 10

    def test_the_original_fades_too(self, painter: Painter, clock: HandSetClock) -> None:
        levels(painter, FULL)
        levels(painter, PaintSettings("dark", original=True))
        clock.now = 0.5
        assert levels(painter, PaintSettings("dark", original=True)) == 55

    def test_another_size_of_frame_is_cut_to(self, painter: Painter) -> None:
        levels(painter, FULL)
        assert levels(painter, LIGHT, frame(size=(20, 20))) == 210

    def test_after_a_restart_nothing_fades(self, painter: Painter) -> None:
        levels(painter, FULL)
        painter.restart()
        assert levels(painter, LIGHT) == 210

    def test_where_there_is_time_for_two_nets_the_outgoing_style_goes_on_painting(
        self, painter: Painter, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(painter._sizer, "has_time_for_two", lambda: True)
        inverted = PaintSettings("invert", net_size="full")
        assert levels(painter, inverted, frame(5)) == 250
        levels(painter, LIGHT, frame(5))
        clock.now = 0.5
        assert levels(painter, LIGHT, frame(205)) == 130  # half 210, half 255 - 205

    def test_an_outgoing_style_that_must_stop_stops_where_it_is(
        self, painter: Painter, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inverted = PaintSettings("invert", net_size="full")
        assert levels(painter, inverted, frame(5)) == 250
        monkeypatch.setattr(painter._sizer, "has_time_for_two", lambda: True)
        levels(painter, LIGHT, frame(5))
        clock.now = 0.5
        assert levels(painter, LIGHT, frame(205)) == 130  # half 210, half 255 - 205
        monkeypatch.setattr(painter._sizer, "has_time_for_two", lambda: False)
        assert levels(painter, LIGHT, frame(5)) == 130


class TestCrossfadeOfLooks:
    """Looks are painted at the frame's own size, which the sizer does not watch."""

    @pytest.mark.parametrize("slow", [False, True])
    def test_the_outgoing_look_goes_on_painting_where_both_fit_into_a_frame(
        self, slow: bool, notices: Notices, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deck = Deck([find_style("golden_hour"), find_style("night_city")], "cpu", 1)
        painter = Painter(deck, NetSizer(30, clock=clock), notices, 1.0, clock)
        pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        here, there = (Frame(picture, 0.0, 0) for picture in (pixels, np.ascontiguousarray(pixels[:, ::-1])))
        golden, night = PaintSettings("golden_hour"), PaintSettings("night_city", previous="golden_hour")
        for name in deck.names:
            engine = deck.layers(name)[0].engine

            def timed(*given: Any, paint: Any = engine.paint, **how: Any) -> np.ndarray:
                clock.now += 0.02 if slow else 0.01
                return paint(*given, **how)

            monkeypatch.setattr(engine, "paint", timed)
        last = painter.paint(here, golden).painted
        painter.paint(there, night)
        begun = clock.now
        clock.now = begun + 0.5
        shown = painter.paint(there, night).painted.astype(int)
        outgoing, incoming = (
            Stream().paint(there.pixels, deck.layers(name), Finish()).astype(int)
            for name in ("golden_hour", "night_city")
        )
        expected = (incoming + (last if slow else outgoing)) / 2
        other = (incoming + (outgoing if slow else last)) / 2
        assert np.abs(shown - expected).mean() < 0.5 * np.abs(shown - other).mean()


class TestSteady:
    """The style `invert` makes a flickering painting of frames that differ by what a still picture's may."""

    SETTINGS = PaintSettings("invert", net_size="full", steady=True)
    SIZE = (64, 80)

    def shown(self, painter: Painter, level: int, settings: PaintSettings = SETTINGS) -> int:
        return levels(painter, settings, frame(level, self.SIZE))

    def test_a_frame_keeps_most_of_the_last_ones_painting(self, painter: Painter) -> None:
        assert [self.shown(painter, level) for level in (100, 102, 100)] == [155, 155, 155]
        off = PaintSettings("invert", net_size="full")
        assert [self.shown(painter, level, off) for level in (100, 102)] == [155, 153]

    @pytest.mark.parametrize("between", [FULL, PaintSettings("dark", original=True), PaintSettings("invert")])
    def test_after_another_style_the_original_or_a_pause_in_steadying_it_starts_anew(
        self, painter: Painter, between: PaintSettings
    ) -> None:
        self.shown(painter, 100)
        self.shown(painter, 101, between)
        assert self.shown(painter, 102) == 153

    def test_after_a_restart_it_starts_anew(self, painter: Painter) -> None:
        self.shown(painter, 100)
        painter.restart()
        assert self.shown(painter, 102) == 153

    def test_another_net_size_starts_anew(self, painter: Painter) -> None:
        size = (128, 160)
        levels(painter, self.SETTINGS, frame(100, size))
        smaller = PaintSettings("invert", net_size=64, steady=True)
        assert levels(painter, smaller, frame(102, size)) == 153

    @pytest.mark.parametrize("time_for_two", [False, True])
    def test_styles_still_fade(
        self,
        tmp_path: Path,
        notices: Notices,
        clock: HandSetClock,
        monkeypatch: pytest.MonkeyPatch,
        time_for_two: bool,
    ) -> None:
        painter = painter_of(tmp_path, notices, clock, crossfade_s=1.0)
        monkeypatch.setattr(painter._sizer, "has_time_for_two", lambda: time_for_two)
        shown = [self.shown(painter, 245)]
        for clock.now in (0.0, 0.25, 0.5, 0.75, 1.0):
            shown.append(self.shown(painter, 245, PaintSettings("light", net_size="full", steady=True)))
        assert shown == [10, 10, 60, 110, 160, 210]


class TestFailure:
    def test_the_original_is_shown_and_it_is_said_once(self, painter: Painter, notices: Notices) -> None:
        picky = PaintSettings("picky", net_size="full")
        of = frame()
        for _ in range(3):
            painted = painter.paint(of, picky)
            assert painted.painted is of.pixels
        assert len(notices.current()) == 1
        assert notices.current()[0].startswith(
            "picky failed, the original is shown: picky.onnx failed on a 16x16"
        )

    def test_other_styles_go_on(self, painter: Painter) -> None:
        painter.paint(frame(), PaintSettings("picky", net_size="full"))
        assert levels(painter, LIGHT) == 210

    def test_a_replaced_file_is_tried_again(self, painter: Painter, tmp_path: Path) -> None:
        picky = PaintSettings("picky", net_size="full")
        painter.paint(frame(), picky)
        painter._deck.renew(read_style_model(write_grey(tmp_path / "picky.onnx", 33)))
        assert levels(painter, picky) == 33


class TestState:
    def test_it_goes_from_frame_to_frame_until_a_restart(self, painter: Painter) -> None:
        settings = PaintSettings("count", net_size="full")
        assert [levels(painter, settings) for _ in range(3)] == [0, 1, 2]
        painter.restart()
        assert levels(painter, settings) == 0

    def test_such_a_style_cannot_repeat_a_frame(self, painter: Painter) -> None:
        assert painter.can_repeat(LIGHT)
        assert not painter.can_repeat(PaintSettings("count"))
        assert not painter.can_repeat(PaintSettings("light", "count", blend=True))
        assert painter.can_repeat(PaintSettings("count", original=True))


def test_a_snapshot_is_painted_at_full_size_with_all_settings(painter: Painter) -> None:
    pixels = frame(size=(48, 64)).pixels
    settings = PaintSettings("light", "dark", strength=0.5, blend=True, blend_amount=0.5, net_size=16)
    painted = painter.paint_in_full(pixels, settings)
    assert painted.shape == pixels.shape
    assert {int(level) for level in np.unique(painted)} == {105}
    assert painter.paint_in_full(pixels, PaintSettings("light", original=True)) is pixels


def test_shrinking_never_ends_below_one_pixel() -> None:
    assert resized(np.zeros((1, 5, 3), np.uint8), 0.3).shape == (1, 2, 3)
    assert resized(np.zeros((100, 200, 3), np.uint8), 0.5).shape == (50, 100, 3)


@pytest.mark.usefixtures("person_net")
class TestPersons:
    """A red person before a grey wall."""

    person, wall = (slice(120, 180), slice(90, 150)), (slice(120, 180), slice(0, 30))

    def frame(self) -> Frame:
        pixels = np.full((200, 240, 3), 100, np.uint8)
        pixels[40:, 70:170] = RED
        return Frame(pixels, 0.0, 0)

    def greys(self, painter: Painter, settings: PaintSettings) -> tuple[int, int]:
        """Of the person (its green: as it is, it has 10) and of the wall."""
        painted = painter.paint(self.frame(), settings).painted
        return round(painted[self.person][..., 1].mean()), round(painted[self.wall].mean())

    def test_only_what_is_asked_for_is_painted(self, painter: Painter) -> None:
        settings = replace(FULL, style="light")
        assert self.greys(painter, replace(settings, only="person")) == (210, 100)
        assert self.greys(painter, replace(settings, only="other")) == (10, 210)
        assert self.greys(painter, settings) == (210, 210)

    def test_a_snapshot_shows_the_same(self, painter: Painter) -> None:
        settings = replace(FULL, style="light", only="person")
        frame = self.frame()
        painted = painter.paint(frame, settings).painted
        np.testing.assert_array_equal(painter.paint_in_full(frame.pixels, settings), painted)

    def test_a_blend_is_of_the_region_alone(self, painter: Painter) -> None:
        settings = replace(LIGHT, blend=True, blend_amount=0.25, only="other")
        assert self.greys(painter, settings) == (10, 60)

    def test_a_change_of_the_region_is_crossfaded(
        self, tmp_path: Path, notices: Notices, clock: HandSetClock
    ) -> None:
        painter = painter_of(tmp_path, notices, clock, crossfade_s=1.0)
        settings = replace(FULL, style="light")
        self.greys(painter, settings)
        clock.now += 0.5
        self.greys(painter, replace(settings, only="person"))
        clock.now += 0.5
        person, wall = self.greys(painter, replace(settings, only="person"))
        assert person == 210 and 100 < wall < 210
        clock.now += 1
        assert self.greys(painter, replace(settings, only="person")) == (210, 100)
