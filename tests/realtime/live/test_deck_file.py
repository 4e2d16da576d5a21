"""Deck files: styles, their order, strengths, and autoplay; and what is wrong with one, in a sentence."""

from pathlib import Path

import pytest

from livebrush.models.catalogue import Choice
from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.deck_file import DeckFile, read_deck_file
from livebrush.realtime.live.settings import Cue
from tests.realtime.live.styles import write_grey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (1, 2):
        write_grey(tmp_path / f"grey{number}.onnx", number)
    return tmp_path


def read(folder: Path, text: str, **defaults: float) -> DeckFile:
    (folder / "show.toml").write_text(text, encoding="utf-8")
    return read_deck_file(folder / "show.toml", **defaults)  # type: ignore[arg-type]


def test_names_alone_are_enough(folder: Path) -> None:
    deck = read(folder, 'styles = ["great_wave", "grey2.onnx", "starry_night"]')
    assert [choice.name for choice in deck.choices] == ["great_wave", "grey2", "starry_night"]
    assert (deck.autoplay, deck.autoplay_s) == (None, None)
    assert set(deck.cues.values()) == {Cue()}


def test_files_are_looked_for_beside_the_deck_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    deck = read(folder, 'styles = ["grey1.onnx", "grey2.onnx:grey2"]')
    paths = [choice.model.path for choice in deck.choices if isinstance(choice, Choice)]
    assert paths == [folder / "grey1.onnx", folder / "grey2.onnx"]


def test_strengths_colours_and_times(folder: Path) -> None:
    deck = read(
        folder,
        """
        autoplay = 20
        [[styles]]
        name = "grey1.onnx"
        strength = 0.6
        seconds = 40
        [[styles]]
        name = "grey2.onnx"
        keep_colours = true
        """,
        strength=0.9,
    )
    assert (deck.autoplay, deck.autoplay_s) == (True, 20)
    # What one style changes, the next one changes back
    assert deck.cues == {"grey1": Cue(0.6, False, 40), "grey2": Cue(0.9, True, None)}


@pytest.mark.parametrize(("text", "on"), [("autoplay = true\n", True), ("autoplay = false\n", False)])
def test_autoplay_may_be_a_switch(folder: Path, text: str, on: bool) -> None:
    deck = read(folder, f'{text}styles = ["grey1.onnx"]')
    assert (deck.autoplay, deck.autoplay_s) == (on, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("styles = [", "is no TOML"),
        ("", "names no style"),
        ("styles = []", "names no style"),
        ('styles = "grey1.onnx"', "names no style"),
        ("styles = [3]", "style 1: expected a name or a table, got '3'"),
        ('styles = [""]', "style 1: has no name"),
        ("[[styles]]\nstrength = 1", "style 1: has no name"),
        ('styles = ["grey1.onnx", "stary_night"]', "style 2: no style is called 'stary_night': did you mean"),
        ('styles = ["grey1.onnx", "grey1.onnx"]', "style 2: grey1 is in the deck already"),
        (
            '[[styles]]\nname = "grey1.onnx"\nstrength = 2',
            "style 1: strength is 2: it must be a number from 0 to 1",
        ),
        ('[[styles]]\nname = "grey1.onnx"\nstrength = nan', "strength is nan"),
        ('[[styles]]\nname = "grey1.onnx"\nkeep_colours = 1', "keep_colours is 1: it must be true or false"),
        (
            '[[styles]]\nname = "grey1.onnx"\nstrenght = 1',
            "strenght is not understood; there are keep_colors",
        ),
        ('styles = ["grey1.onnx"]\nautoplay = -3', "autoplay is -3: it must be a number from 0.1"),
        ('style = ["grey1.onnx"]', "style is not understood; there are autoplay, styles"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder: Path, text: str, message: str) -> None:
    with pytest.raises(LivebrushError) as caught:
        read(folder, text)
    assert message in str(caught.value) and str(caught.value).startswith(str(folder / "show.toml"))
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    with pytest.raises(LivebrushError, match=r"nowhere\.toml: cannot be read \(No such file"):
        read_deck_file(folder / "nowhere.toml")
    (folder / "show.toml").write_bytes(b"styles = ['\xff']")
    with pytest.raises(LivebrushError, match="is no TOML"):
        read_deck_file(folder / "show.toml")
