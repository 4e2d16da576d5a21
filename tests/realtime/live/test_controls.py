"""Every command, by name: what it changes, and what it refuses."""

import threading
from pathlib import Path
from typing import Any

import pytest

from livebrush.models.catalogue import Choice
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.live import controls as controls_module
from livebrush.realtime.live.commands import COMMANDS
from livebrush.realtime.live.controls import Controls
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.net_size import NetSizer
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.settings import Cue, PaintSettings, ViewSettings
from tests.realtime.live.styles import write_grey


class Recorded:
    """Actions that are only remembered."""

    def __init__(self, video: bool = True) -> None:
        self.video = video
        self.done: list[tuple[str, Any]] = []

    def pause(self, paused: bool) -> None:
        self.done.append(("pause", paused))

    def seek_by(self, seconds: float) -> bool:
        self.done.append(("seek_by", seconds))
        return self.video

    def learn(self, style: str) -> None:
        self.done.append(("learn", style))

    def snapshot(self) -> None:
        self.done.append(("snapshot", None))

    def record(self, on: bool | None) -> None:
        self.done.append(("record", on))

    def virtual_camera(self, on: bool | None) -> None:
        self.done.append(("virtual_camera", on))

    def send(self, to: str | bool | None) -> None:
        self.done.append(("send", to))

    def play(self, source: str) -> None:
        self.done.append(("play", source))

    def window(self, on: bool | None) -> None:
        self.done.append(("window", on))

    def quit(self) -> None:
        self.done.append(("quit", None))


@pytest.fixture
def actions() -> Recorded:
    return Recorded()


@pytest.fixture
def controls(tmp_path: Path, actions: Recorded) -> Controls:
    names = ("one", "two", "three")
    models = [read_style_model(write_grey(tmp_path / f"{name}.onnx", 1)) for name in names]
    sizer = NetSizer(30)
    sizer.scale(480, "auto")
    deck = Deck([Choice(model) for model in models], "cpu", 1)
    return Controls(deck, sizer, PaintSettings("one"), ViewSettings(), actions, Notices())


def test_every_command_is_either_a_setting_or_carried_out() -> None:
    assert {command.name for command in COMMANDS.values() if not command.field} == set(controls_module._DO)


def test_every_command_runs_with_what_its_key_gives(controls: Controls, actions: Recorded) -> None:
    for command in COMMANDS.values():
        for key in command.keys:
            if command.name == "next_page":
                with pytest.raises(LivebrushError, match="all 3 styles of the deck are on this page"):
                    controls.do(command.name)
            elif command.name == "page_style" and key.value > 3:
                with pytest.raises(LivebrushError, match=f"there is no style {key.value}: the deck holds 3"):
                    controls.do(command.name, key.value)
            else:
                controls.do(command.name, key.value)
    assert actions.done[-1] == ("quit", None)


@pytest.mark.parametrize(
    ("command", "value", "done"),
    [
        ("record", None, ("record", None)),
        ("virtual_camera", True, ("virtual_camera", True)),
        ("send", "udp://somewhere:5000", ("send", "udp://somewhere:5000")),
        ("send", False, ("send", False)),
        ("source", "video.mp4", ("play", "video.mp4")),
        ("window", False, ("window", False)),
    ],
)
def test_what_is_no_setting_is_handed_on(
    controls: Controls, actions: Recorded, command: str, value: Any, done: tuple[str, Any]
) -> None:
    controls.do(command, value)
    assert actions.done == [done]


def test_only_goes_round_persons_all_else_and_everything(controls: Controls) -> None:
    seen = []
    for _ in range(4):
        controls.do("only")
        seen.append(controls.paint.only)
    assert seen == ["person", "other", "all", "person"]
    controls.do("only", "other")
    assert controls.paint.only == "other"


def test_where_persons_cannot_be_found_everything_is_painted_on(controls: Controls, person_net: Path) -> None:
    person_net.write_bytes(b"damaged")
    controls.obey("only")
    assert controls.paint.only == "all"
    assert "persons.onnx cannot be read as a region net" in controls.notices.current()[0]


def test_digits_reach_nine_styles_at_a_time(tmp_path: Path, controls: Controls) -> None:
    models = [read_style_model(write_grey(tmp_path / f"s{number}.onnx", 1)) for number in range(1, 13)]
    controls.deck = Deck([Choice(model) for model in models], "cpu", 1)
    controls.do("page_style", 9)
    assert controls.paint.style == "s9"
    controls.do("next_page")
    assert controls.notices.current() == ["page 2 of 2: 1 s10, 2 s11, 3 s12"]
    assert controls.paint.style == "s9"  # turning pages paints nothing else
    controls.do("page_style", 2)
    assert controls.paint.style == "s11"
    with pytest.raises(LivebrushError, match="there is no style 13: the deck holds 12"):
        controls.do("page_style", 4)
    controls.do("next_page")
    controls.do("page_style", 1)
    assert controls.paint.style == "s1"


def test_a_style_brings_its_cue_along(controls: Controls) -> None:
    controls.cues = {"two": Cue(strength=0.4, keep_colours=True, seconds=7), "three": Cue(strength=1.0)}
    controls.do("style", "two")
    assert (controls.paint.strength, controls.paint.keep_colours, controls.style_s) == (0.4, True, 7)
    controls.do("strength", 0.9)
    controls.do("style", "three")
    assert (controls.paint.strength, controls.paint.keep_colours, controls.style_s) == (1.0, True, 10)
    controls.do("style", "one")
    assert controls.paint.strength == 1.0


def test_commands_of_several_threads_do_not_undo_each_other(controls: Controls) -> None:
    """Settings are replaced as a whole: without a lock, one of two changes would be lost now and then."""
    names = ("original", "keep_colours", "steady")
    threads = [
        threading.Thread(target=lambda name=name: [controls.do(name) for _ in range(2001)]) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(getattr(controls.paint, name) is True for name in names)


def test_styles_by_place_and_by_name(controls: Controls) -> None:
    controls.do("style", 3)
    assert (controls.paint.style, controls.paint.previous) == ("three", "one")
    controls.do("style", "two")
    assert (controls.paint.style, controls.paint.previous) == ("two", "three")
    controls.do("style", "two")
    assert controls.paint.previous == "three"


def test_choosing_a_style_ends_the_original(controls: Controls) -> None:
    controls.do("original")
    assert controls.paint.original
    controls.do("style", 1)
    assert not controls.paint.original


def test_the_next_and_the_previous_style_go_round(controls: Controls) -> None:
    controls.do("previous_style")
    assert controls.paint.style == "three"
    controls.do("next_style")
    assert controls.paint.style == "one"


def test_left_and_right_wind_a_video(controls: Controls, actions: Recorded) -> None:
    controls.do("forward")
    controls.do("back")
    assert actions.done == [("seek_by", 5.0), ("seek_by", -5.0)]
    assert controls.paint.style == "one"


def test_left_and_right_switch_styles_of_a_camera(controls: Controls, actions: Recorded) -> None:
    actions.video = False
    controls.do("forward")
    assert controls.paint.style == "two"
    with pytest.raises(LivebrushError, match="no seeking in cameras"):
        controls.do("seek", 10)


def test_shares_stay_between_nothing_and_all(controls: Controls) -> None:
    for _ in range(13):
        controls.do("strength_by", -0.1)
    assert controls.paint.strength == 0
    for _ in range(4):
        controls.do("strength_by", 0.1)
    assert controls.paint.strength == 0.4
    controls.do("blend_amount", 1)
    controls.do("blend_by", 0.1)
    assert controls.paint.blend_amount == 1


@pytest.mark.parametrize("name", ["original", "keep_colours", "steady"])
def test_paint_switches_change_over_or_are_set(controls: Controls, name: str) -> None:
    controls.do(name)
    assert getattr(controls.paint, name) is True
    controls.do(name, True)
    assert getattr(controls.paint, name) is True
    controls.do(name)
    assert getattr(controls.paint, name) is False


@pytest.mark.parametrize("name", ["split", "mirror", "full_screen", "hud", "help", "map"])
def test_view_switches_change_over_or_are_set(controls: Controls, name: str) -> None:
    before = getattr(controls.view, name)
    controls.do(name)
    assert getattr(controls.view, name) is not before
    controls.do(name, before)
    assert getattr(controls.view, name) is before


def test_a_blend_needs_something_to_blend_with(controls: Controls, tmp_path: Path) -> None:
    controls.do("blend")
    assert controls.paint.blend
    assert controls.paint.previous == "three"
    alone = Deck([Choice(read_style_model(tmp_path / "one.onnx"))], "cpu", 1)
    controls.deck = alone
    controls.paint = PaintSettings("one")
    with pytest.raises(LivebrushError, match="nothing to blend with"):
        controls.do("blend")


def test_pausing_is_acted_upon(controls: Controls, actions: Recorded) -> None:
    controls.do("pause")
    controls.do("pause")
    controls.do("pause", True)
    assert actions.done == [("pause", True), ("pause", False), ("pause", True)]


def test_autoplay_takes_seconds_too(controls: Controls) -> None:
    controls.do("autoplay", 3)
    assert controls.autoplay
    assert controls.autoplay_s == 3
    controls.do("autoplay")
    assert not controls.autoplay
    assert controls.autoplay_s == 3


def test_the_nets_size_by_steps_and_by_height(controls: Controls) -> None:
    controls.do("net_size", 240)
    assert controls.paint.net_size == 240
    controls.do("net_smaller")
    smaller = controls.paint.net_size
    assert isinstance(smaller, int)
    assert smaller < 240
    controls.do("net_size", "full")
    controls.do("net_larger")
    assert controls.paint.net_size == "auto"


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("command", "value", "message"),
    [
        ("stile", None, "no command is called 'stile': did you mean style"),
        ("style", "four", "no style in the deck is called 'four': it holds one, two, three"),
        ("style", 0, "there is no style 0: the deck holds 3"),
        ("style", True, "no style in the deck is called True"),
        ("style", [], "no style in the deck is called"),
        ("strength", 2, "strength is 2: it must be a number from 0 to 1"),
        ("strength", "0.5", "strength is '0.5': it must be a number"),
        ("strength", float("nan"), "strength is nan: it must be a number"),
        ("mirror", "on", "mirror is 'on': it must be true, false, or left out"),
        ("net_size", 3, "net_size is 3: it must be"),
        ("net_size", "huge", "net_size is 'huge': it must be"),
        ("net_size", 10**400, 'it must be "auto", "full" or a height from 16 to 16384 pixels'),
        ("style", nested(950), "no style in the deck is called"),
        ("style", 10**400, r"there is no style 1000"),
        ("strength", nested(950), "strength is"),
        ("seek", 10**400, "seek is"),
        ("autoplay", 10**400, "autoplay is"),
        ("split_at", -1, "split_at is -1: it must be a number from 0 to 1"),
    ],
)
def test_what_is_refused_says_why(controls: Controls, command: str, value: Any, message: str) -> None:
    with pytest.raises(LivebrushError, match=message):
        controls.do(command, value)


def test_what_a_person_is_refused_is_said_in_the_window(controls: Controls) -> None:
    controls.obey("style", 9)
    controls.obey("style", 2)
    assert controls.notices.current() == ["there is no style 9: the deck holds 3"]
    assert controls.paint.style == "two"


def test_any_style_is_blended_with_the_current_one(controls: Controls) -> None:
    first, second, *_ = controls.deck.names
    controls.do("style", first)
    controls.do("blend_with", second)
    assert (controls.paint.style, controls.paint.previous, controls.paint.blend) == (first, second, True)
    controls.do("blend_with", 2)
    assert controls.paint.previous == second
    for value, why in (
        (first, "is painted already"),
        ("none", "no style in the deck"),
        (99, "there is no style 99"),
    ):
        with pytest.raises(LivebrushError, match=why):
            controls.do("blend_with", value)
    assert controls.paint.previous == second


class TestAMixture:
    def test_any_styles_are_mixed_by_shares_that_become_a_whole(self, controls: Controls) -> None:
        controls.do("original", True)
        controls.do("mix", {"one": 1, "two": 2, "three": 1, "left out": 0})
        assert controls.paint.mix == (("two", 0.5), ("one", 0.25), ("three", 0.25))
        assert (controls.paint.style, controls.paint.previous) == ("two", "one")  # what is seen most of
        assert not controls.paint.original
        assert controls.paint.mixed_in_words() == "50 % two, 25 % one, 25 % three"

    def test_it_takes_the_place_of_a_blend_and_a_blend_its(self, controls: Controls) -> None:
        controls.do("blend_with", "two")
        controls.do("mix", {"one": 0.6, "three": 0.4})
        assert controls.paint.shares == (("one", 0.6), ("three", 0.4))
        controls.do("blend_with", "three")
        assert controls.paint.shares == (("one", 0.5), ("three", 0.5)) and not controls.paint.mix

    @pytest.mark.parametrize("command", [("style", "three"), ("mix", None), ("mix", {"three": 2})])
    def test_a_style_alone_ends_it(self, controls: Controls, command: tuple[str, Any]) -> None:
        controls.do("mix", {"three": 0.6, "one": 0.4})
        controls.do(*command)
        assert controls.paint.shares == (("three", 1.0),) and not controls.paint.mixed_in_words()

    def test_strength_stays_as_a_person_set_it_until_one_style_is_left(self, controls: Controls) -> None:
        controls.cues["one"] = Cue(strength=0.5)
        controls.do("strength", 0.8)
        controls.do("mix", {"two": 0.6, "one": 0.4})
        controls.do("mix", {"one": 0.6, "two": 0.4})
        assert controls.paint.strength == 0.8
        controls.do("mix", {"one": 1})
        assert controls.paint.strength == 0.5

    def test_no_style_is_seen_alone_on_the_way_from_one_mixture_to_another(
        self, controls: Controls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[PaintSettings] = []
        set_paint = controls.set_paint

        def watched(**changes: Any) -> None:
            set_paint(**changes)
            seen.append(controls.paint)

        controls.do("mix", {"two": 0.6, "one": 0.4})
        monkeypatch.setattr(controls, "set_paint", watched)
        controls.do("mix", {"one": 0.6, "two": 0.4})
        assert [len(paint.shares) for paint in seen] == [2]

    def test_without_a_value_the_style_is_alone(self, controls: Controls) -> None:
        controls.do("blend")
        controls.do("original", True)
        controls.do("mix")
        assert len(controls.paint.shares) == 1 and not controls.paint.original

    @pytest.mark.parametrize(
        ("value", "why"),
        [
            ({"four": 1}, "no style in the deck is called"),
            ({}, "one share must be above 0"),
            ({"one": 0}, "one share must be above 0"),
            ({"one": -1, "two": 2}, "shares by name"),
            ({"one": "half"}, "shares by name"),
            ({"one": float("inf")}, "shares by name"),
            ("one", "shares by name"),
            ([["one", 1]], "shares by name"),
        ],
    )
    def test_what_is_no_mixture_is_refused(self, controls: Controls, value: Any, why: str) -> None:
        with pytest.raises(LivebrushError, match=why):
            controls.do("mix", value)
        assert not controls.paint.mix
