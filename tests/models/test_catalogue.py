"""Which style a name means."""

from pathlib import Path

import pytest

from livebrush.models.catalogue import (
    catalogue,
    file_called,
    find_style,
    packaged_folder,
    style_names,
    user_folder,
)
from livebrush.models.errors import LivebrushError
from tests.models.test_contract import TWO_STYLES
from tests.tiny_models import INVERTED, write_tiny_model


def put(name: str, **options: object) -> Path:
    user_folder().mkdir(parents=True, exist_ok=True)
    path = user_folder() / f"{name}.onnx"
    write_tiny_model(path, **options)  # pyright: ignore[reportArgumentType]
    return path


def test_the_packaged_styles_are_found_by_name() -> None:
    assert find_style("starry_night").model.path == packaged_folder() / "starry_night.onnx"


def test_a_users_file_shadows_the_packaged_one_and_the_list_says_so() -> None:
    mine = put("starry_night")
    assert find_style("starry_night").model.path == mine
    (entry,) = [entry for entry in catalogue() if entry.name == "starry_night"]
    assert entry.path == mine and entry.shadows == (packaged_folder() / "starry_night.onnx",)


def test_a_path_goes_before_names(tiny_model: Path) -> None:
    assert find_style(str(tiny_model)).model.path == tiny_model


def test_one_style_of_several(tmp_path: Path) -> None:
    path = tmp_path / "two.onnx"
    write_tiny_model(path, TWO_STYLES, extra_inputs=("style",))
    choice = find_style(f"{path}:b")
    assert (choice.style, choice.name) == (1, "two_b")
    with pytest.raises(LivebrushError, match=r"has no style 'c': it holds a, b"):
        find_style(f"{path}:c")


def test_a_model_for_any_picture_is_named_with_one(tmp_path: Path) -> None:
    from tests.tiny_models import write_ports_model

    user_folder().mkdir(parents=True, exist_ok=True)
    write_ports_model(user_folder() / "any.onnx")
    picture = tmp_path / "a:b.png"  # a colon, as in paths of Windows
    picture.write_bytes(b"")
    choice = find_style(f"any:{picture}")
    assert (choice.picture, choice.name) == (picture, "any_a:b")
    assert not any(name.startswith("any") for name in style_names())
    assert find_style("any").picture is None
    with pytest.raises(LivebrushError, match=r"any paints after a picture, and none.png is none"):
        find_style("any:none.png")


def test_an_unknown_name_gets_the_closest() -> None:
    with pytest.raises(LivebrushError, match="did you mean starry_night"):
        find_style("stary_nigth")


@pytest.mark.parametrize("text", ["", "zzzzzz"])
def test_a_name_like_none_gets_all(text: str) -> None:
    with pytest.raises(LivebrushError, match=r"there are .*great_wave") as caught:
        find_style(text)
    assert caught.value.code == "not_found" and caught.value.remedy == "list_styles"


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(LivebrushError, match="does not exist"):
        find_style("elsewhere/mine.onnx")


def test_the_file_that_a_name_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = put("mine")
    monkeypatch.chdir(tmp_path)
    assert file_called("mine") == mine and file_called("mine.onnx") == Path("mine.onnx")
    assert file_called("starry_night") == packaged_folder() / "starry_night.onnx"
    with pytest.raises(
        LivebrushError, match=r"starry_nigth does not exist, and no style is called .* did you mean"
    ):
        file_called("starry_nigth")
    Path("starry_night.index").touch()
    assert file_called("starry_night") == Path("starry_night"), (
        "a TensorFlow checkpoint of that name is there"
    )
    Path("mine").mkdir()
    assert file_called("mine") == Path("mine"), "what is there goes first"


def test_a_broken_file_is_listed_with_its_reason_and_hides_nothing_else() -> None:
    put("bad", raw_metadata="{")
    put("good", metadata=INVERTED)
    entries = {entry.name: entry for entry in catalogue()}
    assert entries["bad"].model is None and "not JSON" in entries["bad"].problem
    assert entries["good"].model is not None


def test_a_name_cannot_leave_the_folders(tmp_path: Path) -> None:
    user_folder().mkdir(parents=True, exist_ok=True)
    write_tiny_model(user_folder().parent / "outside.onnx")
    with pytest.raises(LivebrushError):
        find_style("../outside")


def test_style_names_with_a_colon_of_a_missing_file() -> None:
    with pytest.raises(LivebrushError, match="no style is called"):
        find_style("nowhere:a")


def test_a_users_picture_goes_before_a_packaged_style_and_a_users_style_before_it() -> None:
    user_folder().mkdir(parents=True, exist_ok=True)
    picture = user_folder() / "great_wave.jpg"
    picture.write_bytes(b"")
    assert find_style("great_wave").picture == picture == file_called("great_wave")
    (entry,) = [entry for entry in catalogue() if entry.name == "great_wave"]
    assert entry.path == picture
    mine = put("great_wave")
    assert find_style("great_wave").model.path == mine


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("none.jpg", "the picture none.jpg does not exist here"),
        ("elsewhere/none.png", "the picture elsewhere/none.png does not exist"),
        ("paintings", "paintings is a folder, expected a style model or a picture"),
        ("./paintings", "./paintings is a folder, expected a style model or a picture"),
        ("folder.jpg", "folder.jpg is a folder, expected a style model or a picture"),
        ("great_wave:", "great_wave.onnx has no style '': great_wave alone names all of it"),
    ],
)
def test_what_there_is_not_is_told_by_its_kind(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("folder.jpg", "paintings"):
        Path(folder).mkdir()
    with pytest.raises(LivebrushError, match=said):
        find_style(text)
