"""Which styles a deck holds, and how it is renewed."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from livebrush.models.catalogue import Choice, user_folder
from livebrush.models.contract import Style, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.engine.stream import Stream
from livebrush.realtime.live.deck import Deck, named_styles, other_styles, style_files
from tests.realtime.live.styles import write_grey, write_picky
from tests.tiny_models import write_ports_model, write_tiny_model

FRAME = np.zeros((6, 8, 3), np.uint8)


def deck_of(*paths: Path) -> Deck:
    return Deck([Choice(read_style_model(path)) for path in paths], "cpu", 1)


@pytest.fixture
def two_greys(tmp_path: Path) -> Deck:
    return deck_of(write_grey(tmp_path / "dark.onnx", 10), write_grey(tmp_path / "light.onnx", 200))


def test_named_styles_come_first_and_the_rest_of_the_catalogue_follows(tmp_path: Path) -> None:
    path = write_grey(tmp_path / "grey.onnx", 1)
    named = named_styles([str(path), "great_wave", "great_wave"])
    rest, problems = other_styles(named)
    names = [choice.name for choice in (*named, *rest)]
    assert names[:2] == ["grey", "great_wave"]
    assert {"starry_night", "composition_vii"} < set(names)
    assert len(names) == len(set(names))
    assert problems == []


def test_a_bad_file_of_the_user_is_left_out_with_a_reason() -> None:
    user_folder().mkdir(parents=True)
    (user_folder() / "broken.onnx").write_bytes(b"no onnx")
    choices, problems = other_styles()
    assert "broken" not in [choice.name for choice in choices]
    assert len(problems) == 1
    assert problems[0].startswith("broken is left out: broken.onnx is not an ONNX file")


def test_an_unknown_style_is_an_error() -> None:
    with pytest.raises(LivebrushError, match="no style is called 'stary_night': did you mean starry_night"):
        named_styles(["stary_night"])


def test_a_file_of_several_styles_fills_several_places(tmp_path: Path) -> None:
    from dataclasses import replace

    from tests.tiny_models import INVERTED

    path = tmp_path / "pair.onnx"
    two = replace(INVERTED, styles=(Style("day"), Style("night")))
    write_tiny_model(path, two, extra_inputs=("style",))
    user_folder().mkdir(parents=True)
    path.replace(user_folder() / "pair.onnx")
    choices, _ = other_styles()
    assert {"pair_day", "pair_night"} < {choice.name for choice in choices}


def test_an_empty_deck_is_refused() -> None:
    with pytest.raises(LivebrushError, match="there is no style to paint with"):
        Deck([])


def test_neighbours_go_round(two_greys: Deck) -> None:
    assert two_greys.neighbour("dark", 1) == "light"
    assert two_greys.neighbour("light", 1) == "dark"
    assert two_greys.neighbour("dark", -1) == "light"


def test_a_replaced_file_paints_anew_under_its_old_place(two_greys: Deck, tmp_path: Path) -> None:
    two_greys.warm_up(6, 8)
    write_grey(tmp_path / "dark.onnx", 99)
    assert two_greys.renew(read_style_model(tmp_path / "dark.onnx")) == ["dark"]
    assert two_greys.names == ("dark", "light")
    assert Stream().paint(FRAME, two_greys.layers("dark"), Finish()).max() == 99


def test_a_new_file_goes_to_the_end(two_greys: Deck, tmp_path: Path) -> None:
    two_greys.renew(read_style_model(write_grey(tmp_path / "a_new_one.onnx", 5)))
    assert two_greys.names == ("dark", "light", "a_new_one")
    assert style_files(two_greys) == [tmp_path / f"{name}.onnx" for name in two_greys.names]


def test_a_file_that_cannot_paint_leaves_the_deck_as_it_was(two_greys: Deck, tmp_path: Path) -> None:
    two_greys.warm_up(6, 8)
    before = two_greys.layers("dark")
    write_picky(tmp_path / "dark.onnx", height=7)
    with pytest.raises(LivebrushError, match="failed on a 16x16 frame"):
        two_greys.renew(read_style_model(tmp_path / "dark.onnx"))
    assert two_greys.layers("dark") is before


def test_a_style_that_cannot_be_loaded_or_run_is_left_out_with_a_note(tmp_path: Path) -> None:
    good, picky = write_grey(tmp_path / "good.onnx", 1), write_picky(tmp_path / "picky.onnx", 7)
    choices = [
        Choice(read_style_model(path)) for path in (good, picky, write_grey(tmp_path / "gone.onnx", 1))
    ]
    (tmp_path / "gone.onnx").unlink()
    deck = Deck(choices, "cpu", 1)
    assert deck.names == ("good", "picky")
    deck.warm_up(6, 8)
    assert deck.names == ("good",)
    assert [note.split(":")[0] for note in deck.notes] == ["gone is left out", "picky is left out"]


def test_nothing_is_left_out_when_nothing_else_is_left(tmp_path: Path) -> None:
    with pytest.raises(LivebrushError, match="failed on a 16x16 frame"):
        deck_of(write_picky(tmp_path / "picky.onnx", 7)).warm_up(6, 8)


def test_pictures_are_styles_of_a_model_that_paints_after_any(tmp_path: Path) -> None:
    user_folder().mkdir(parents=True)
    write_ports_model(user_folder() / "any.onnx")  # paints the mean of the picture
    for name, grey in (("dark", 20), ("light", 90)):
        stripes = np.repeat(np.array([[grey - 9], [grey + 9]] * 20, np.uint8), 40, axis=1)
        cv2.imwrite(str(tmp_path / f"{name}.png"), stripes)
    wanted = [f"any:{tmp_path / name}.png" for name in ("light", "dark")]
    choices = named_styles(wanted)
    rest, problems = other_styles(choices)
    assert [choice.name for choice in (*choices, rest[0])] == ["any_light_a", "any_dark_a", "composition_vii"]
    assert "any" not in [choice.name for choice in rest] and problems == []
    deck = Deck(choices, "cpu", 1)
    light, dark = (
        Stream().paint(FRAME, deck.layers(f"any_{name}_a"), Finish()) for name in ("light", "dark")
    )
    assert (light - dark == 70).all()
    deck = Deck([choices[0], *named_styles(["any"])], "cpu", 1)
    assert deck.names == ("any_light_a",) and "paints after a picture" in deck.notes[0]


@pytest.mark.usefixtures("person_net")
def test_styles_of_regions_are_one_place_in_the_deck(tmp_path: Path) -> None:
    dark, light = (
        write_grey(tmp_path / f"{name}.onnx", level) for name, level in (("dark", 10), ("light", 210))
    )
    choices = named_styles([f"person={dark},other={light}", str(dark), f"other={dark}"])
    deck = Deck(choices, "cpu", 1)
    assert deck.names == ("person=dark,other=light", "dark", "other=dark")
    assert [layer.region for layer in deck.layers("person=dark,other=light")] == ["person", "other"]
    assert deck.layers("dark")[0].engine is deck.layers("other=dark")[0].engine
    assert style_files(deck) == [dark, light]
    deck.warm_up(6, 8)
    write_grey(dark, 99)
    assert set(deck.renew(read_style_model(dark))) == set(deck.names)
    for name in deck.names:
        assert Stream().paint(FRAME, [replace(deck.layers(name)[0], region="all")], Finish()).max() == 99


def test_styles_of_regions_are_left_out_where_persons_cannot_be_found(
    tmp_path: Path, person_net: Path
) -> None:
    person_net.unlink()
    dark = write_grey(tmp_path / "dark.onnx", 10)
    choices = named_styles([str(dark), f"person={dark}"])
    deck = Deck(choices, "cpu", 1)
    assert deck.names == ("dark",)
    assert deck.notes[0].startswith("person=dark is left out: the region net")
    with pytest.raises(LivebrushError, match="does not exist"):
        Deck(choices[1:], "cpu", 1)


def test_a_branch_begins_with_the_same_loaded_styles_and_goes_its_own_way(
    two_greys: Deck, tmp_path: Path
) -> None:
    branch = two_greys.branch()
    assert branch.names == two_greys.names
    assert branch.layers("dark")[0].engine is two_greys.layers("dark")[0].engine
    own = read_style_model(write_grey(tmp_path / "own.onnx", 90))
    assert branch.renew(own) == ["own"]
    assert branch.names == ("dark", "light", "own")
    assert two_greys.names == ("dark", "light")
    assert Stream().paint(FRAME, branch.mixed((("own", 0.5), ("dark", 0.5))), Finish())[0, 0, 0] == 50


def test_a_deck_takes_in_what_has_come_to_another(two_greys: Deck, tmp_path: Path) -> None:
    branch = two_greys.branch()
    assert not branch.take_in(two_greys)
    two_greys.renew(read_style_model(write_grey(tmp_path / "new.onnx", 90)))
    assert branch.names == ("dark", "light")
    assert branch.take_in(two_greys)
    assert branch.names == ("dark", "light", "new")
    assert branch.layers("new")[0].engine is two_greys.layers("new")[0].engine


def test_a_style_joins_ready_to_paint_and_one_that_fails_changes_nothing(
    two_greys: Deck, tmp_path: Path
) -> None:
    two_greys.warm_up(48, 64)
    two_greys.join(Choice(read_style_model(write_grey(tmp_path / "late.onnx", 90))))
    assert two_greys.names == ("dark", "light", "late")
    with pytest.raises(LivebrushError, match="picky"):
        two_greys.join(Choice(read_style_model(write_picky(tmp_path / "picky.onnx", 7))))
    assert two_greys.names == ("dark", "light", "late")
