"""Files appear whole under their names, and what may not be written is found out before."""

import errno
import os
from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import check_outputs, claim, fitting_name, whole_file


def refused(*outputs: Path, inputs: tuple[Path, ...] = (), overwrite: bool = False) -> LivebrushError:
    with pytest.raises(LivebrushError) as caught:
        check_outputs(outputs, inputs, overwrite=overwrite)
    return caught.value


def test_what_exists_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    old = tmp_path / "old.png"
    old.write_bytes(b"precious")
    error = refused(old)
    assert (str(error), error.code, error.remedy) == (f"{old} exists", "exists", "overwrite")
    check_outputs([old, tmp_path / "new.png"], [], overwrite=True)
    assert old.read_bytes() == b"precious" and list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_an_input_is_never_replaced_under_no_name(tmp_path: Path, link) -> None:
    photo, other = tmp_path / "a.jpg", tmp_path / "b.jpg"
    photo.write_bytes(b"precious")
    link(photo, other)
    assert refused(other, inputs=(photo,), overwrite=True).code == "conflict"


def test_two_outputs_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "one file" in str(refused(tmp_path / "a.png", tmp_path / "." / "a.png"))


@pytest.mark.parametrize(
    ("name", "code"), [("none/a.png", "not_found"), ("file/a.png", "unwritable"), ("folder", "unwritable")]
)
def test_places_that_take_no_file(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert refused(tmp_path / name).code == code


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), LivebrushError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (ValueError("a mistake"), ValueError),
    ],
)
def test_what_is_broken_off_leaves_what_was(tmp_path: Path, error: BaseException, raised: type) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(raised), whole_file(path) as partial:
        partial.write_text("half")
        raise error
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_by_its_code(tmp_path: Path) -> None:
    with pytest.raises(LivebrushError, match="free some space") as caught, whole_file(tmp_path / "a.txt"):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")
    assert caught.value.code == "disk_full"


def test_what_is_written_has_its_name_and_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    with whole_file(tmp_path / "link.txt") as partial:
        assert partial.name == "a.txt" and partial.parent.parent == tmp_path
        partial.write_text("new")
    assert (tmp_path / "link.txt").is_symlink() and (tmp_path / "a.txt").read_text() == "new"


def test_a_name_is_claimed_once(tmp_path: Path) -> None:
    claim(tmp_path / "a.mkv")
    with pytest.raises(FileExistsError):
        claim(tmp_path / "a.mkv")
    with pytest.raises(LivebrushError, match=r"b\.mkv: cannot be written .*choose another folder"):
        claim(tmp_path / "none" / "b.partial.mkv", wanted=tmp_path / "none" / "b.mkv")


def test_long_names_are_shortened_to_what_file_systems_take() -> None:
    name = fitting_name("ü" * 300, "_great_wave.png")
    assert len(os.fsencode(name)) <= 255 and name.endswith("_great_wave.png") and name.startswith("üü")
