"""Styles for persons and for all else: how they are written, named and refused."""

from pathlib import Path

import pytest

from livebrush.models.assignment import file_name_of, is_assignment, restricted
from livebrush.models.catalogue import Choice
from livebrush.models.errors import LivebrushError
from livebrush.realtime.made.asked import find_styles
from tests.tiny_models import write_tiny_model


def parts(text: str, region: str = "all") -> dict[str, str]:
    return {painted: choice.name for painted, choice in find_styles(text, region).parts}


def test_one_style_paints_everything() -> None:
    assert isinstance(find_styles("udnie"), Choice)
    assert parts("udnie") == {"all": "udnie"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("person=udnie,other=great_wave", {"person": "udnie", "other": "great_wave"}),
        ("other=great_wave, person= udnie", {"person": "udnie", "other": "great_wave"}),
        ("person=udnie", {"person": "udnie"}),
        ("other=udnie", {"other": "udnie"}),
    ],
)
def test_regions_have_styles_of_their_own(text: str, found: dict[str, str]) -> None:
    assert parts(text) == found


def test_a_file_may_be_named_with_commas_and_equals_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a,b.onnx", "person=a.onnx"):
        write_tiny_model(tmp_path / name)
    assert parts("person=a,b.onnx,other=udnie") == {"person": "a,b", "other": "udnie"}
    assert not is_assignment("person=a.onnx") and parts("person=a.onnx") == {"all": "person=a"}


def test_what_is_left_out_stays_as_it_is() -> None:
    assert parts("udnie", "person") == {"person": "udnie"}
    assert parts("person=udnie,other=great_wave", "other") == {"other": "great_wave"}
    with pytest.raises(
        LivebrushError, match="nothing is left to paint: person=udnie has no style for the region"
    ):
        find_styles("person=udnie", "other")


def test_names_tell_them_apart() -> None:
    both = find_styles("person=udnie,other=great_wave")
    assert both.name == "person=udnie,other=great_wave"
    assert file_name_of(both) == "person_udnie_other_great_wave"
    assert file_name_of(restricted(both, "other")) == "other_great_wave"
    assert file_name_of(find_styles("udnie")) == "udnie"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sky=udnie", "no region is called 'sky': there are person, other"),
        ("person=udnie,all=great_wave", "no region is called 'all'"),
        ("person=udnie,person=great_wave", "names the region 'person' twice"),
        ("person=udnie,other=udnie", "names the style udnie twice: to paint everything in it, name it alone"),
        ("person=,other=udnie", "names no style for the region 'person': leave out what is to stay as it is"),
        ("person=udnei", "no style is called 'udnei': did you mean udnie"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(LivebrushError, match=message):
        find_styles(text)


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(LivebrushError, match="no region is called 'face': there are person, other, all"):
        find_styles("udnie", "face")
