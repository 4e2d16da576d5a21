"""Styles of a file of several: which are made ordinary styles, and how they are blended."""

from pathlib import Path

import numpy as np
import pytest

from livebrush.models.catalogue import Choice, find_style, style_names_beginning, user_folder
from livebrush.models.errors import LivebrushError
from livebrush.realtime.cli import run
from livebrush.realtime.live.deck import named_styles, other_styles
from livebrush.realtime.loaded_style import load
from livebrush.realtime.made.asked import find_choice, find_styles, is_made, made
from livebrush.realtime.made.one_of_several import is_faster_alone
from livebrush.realtime.pictures.picture import read_picture
from tests.realtime.live.styles import write_grey
from tests.tiny_models import write_blend_model, write_palette_model

FRAME = np.full((6, 8, 3), 20, np.uint8)


@pytest.fixture
def palette(tmp_path: Path) -> str:
    """The name of a file of three styles in the user's folder."""
    user_folder().mkdir(parents=True)
    write_palette_model(user_folder() / "mine.onnx", once=1, twice=2, ninefold=9)
    return "mine"


def test_a_style_whose_weights_depend_on_it_becomes_an_ordinary_one(palette: str) -> None:
    choice = find_choice(f"{palette}:twice")
    assert choice.name == "mine_twice" and not choice.model.ports
    (style,) = choice.model.metadata.styles
    assert (style.name, style.title) == ("twice", "Twice")
    assert (load(f"{palette}:twice")(FRAME) == 40).all()
    assert (load(f"{palette}")(FRAME) == 20).all()  # the first
    made_at = choice.model.path.stat().st_mtime_ns
    assert find_choice(f"{palette}:twice").model.path.stat().st_mtime_ns == made_at


def test_other_files_of_several_are_run_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "two.onnx"
    write_blend_model(path, "dark", "light")
    choice = find_style(f"{path}:light")
    assert not is_faster_alone(choice.model) and made(choice) == choice
    assert not is_made(f"{path}:light")
    assert (load(f"{path}:light")(FRAME) == 200).all()


@pytest.mark.parametrize(
    ("blend", "times"),
    [("mine:once:0.5,ninefold:0.5", 5), ("mine:once:3,mine:ninefold:1", 3), ("mine:twice:1,ninefold:0", 2)],
)
def test_a_blend_within_a_file_is_its_own(palette: str, blend: str, times: int) -> None:
    assert (load(blend)(FRAME) == 20 * times).all()
    choice = find_choice(blend)
    assert not choice.model.ports and len(choice.model.metadata.styles) == 1 and is_made(blend)


def test_a_blend_within_the_palette_is_no_greyer_than_what_it_lies_between() -> None:
    """Mixed kernels alone leave nine tenths of the contrast of the fainter style."""
    photo = read_picture(Path(__file__).parents[3] / "examples" / "photos" / "face.jpg").pixels[::6, ::6]
    first, second, between = (
        float(load(style, "cpu")(photo).std((0, 1)).mean())
        for style in ("palette:great_wave", "palette:udnie", "palette:great_wave:0.5,udnie:0.5")
    )
    assert min(first, second) <= between <= 1.1 * max(first, second)


def test_a_name_in_a_blend_is_looked_for_in_the_same_file_first(palette: str) -> None:
    write_grey(user_folder() / "twice.onnx", 200)
    assert (load("mine:once:0.5,twice:0.5")(FRAME) == 30).all()
    assert (load("twice:0.5,mine:once:0.5")(FRAME) == 110).all()


def test_styles_of_two_files_are_blended(palette: str, tmp_path: Path) -> None:
    grey = write_grey(tmp_path / "grey.onnx", 100)
    assert (load(f"{palette}:ninefold:0.5,{grey}:0.5")(FRAME) == 140).all()


def test_regions_take_styles_of_a_file_of_several(palette: str) -> None:
    found = find_styles(f"person={palette}:twice,other={palette}:once:0.5,ninefold:0.5")
    assert [choice.name for _, choice in found.parts] == ["mine_twice", "mine_once50_mine_ninefold50"]


def test_a_style_that_is_not_in_the_file_is_refused(palette: str) -> None:
    with pytest.raises(LivebrushError, match=r"mine.onnx has no style 'tenfold': it holds once, twice"):
        find_choice(f"{palette}:tenfold")
    with pytest.raises(LivebrushError, match="no style is called 'tenfold'"):
        find_choice(f"{palette}:once:1,tenfold:1")
    assert not is_made(f"{palette}:tenfold")


def test_styles_inside_are_listed_completed_and_on_a_sheet(
    palette: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert style_names_beginning("mine:t") == ["mine:twice"]
    assert run(["styles"]) == 0
    listed = capsys.readouterr().out
    assert all(f"mine:{name} " in listed for name in ("once", "twice", "ninefold"))
    write_photo(tmp_path / "photo.png")
    assert run(["styles", palette, "--on", str(tmp_path / "photo.png"), "--device", "cpu"]) == 0
    assert (tmp_path / "photo_styles.png").is_file()


def test_a_packaged_file_of_several_is_not_in_the_deck_unless_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livebrush.models.catalogue.packaged_folder", lambda: tmp_path)
    write_grey(tmp_path / "once.onnx", 10)
    write_palette_model(tmp_path / "palette.onnx", once=1, twice=2)
    assert [choice.name for choice in other_styles()[0]] == ["once"]
    named = named_styles(["palette:twice"])
    assert [choice.name for choice in (*named, *other_styles(named)[0])] == ["palette_twice", "once"]


def test_a_users_file_of_several_is_in_the_deck(palette: str) -> None:
    choices, problems = other_styles()
    own = [made(choice) for choice in choices if choice.name.startswith("mine_")]
    assert not problems and len(own) == 3
    assert all(isinstance(choice, Choice) and not choice.model.ports for choice in own)


def write_photo(path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.random.default_rng(0).integers(0, 28, (60, 80, 3), dtype=np.uint8)).save(path)
