"""Which files a name with a number in it stands for, and which folders stand for one."""

from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.address import Address
from livebrush.realtime.pictures.formats import PICTURE_SUFFIXES
from livebrush.realtime.video.numbered import NumberedPictures
from livebrush.realtime.video.video_path import pictures_of, video_path_of


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def named(name: str | Path) -> NumberedPictures:
    found = NumberedPictures.of(name, PICTURE_SUFFIXES)
    assert found
    return found


@pytest.mark.parametrize(
    "name, number, file",
    [
        ("frame_%05d.png", 7, "frame_00007.png"),
        ("%d.jpg", 1200, "1200.jpg"),
        ("a%3d.tif", 7, "a007.tif"),
        ("100%%_%02d.webp", 123, "100%_123.webp"),
        ("s01e02_%04d_left.png", 0, "s01e02_0000_left.png"),
    ],
)
def test_a_name_stands_for_files_as_printf_has_it(name, number, file):
    assert named(name).file(number) == Path(file)
    assert named(named(name).name) == named(name)  # what is told can be given


@pytest.mark.parametrize(
    "name", ["a.png", "%05d.mp4", "%05d_%d.png", "%s.png", "%%05d.png", "%05d", "%x/1.png"]
)
def test_other_names_are_files(name):
    assert NumberedPictures.of(name, PICTURE_SUFFIXES) is None and video_path_of(name) == Path(name)


def test_only_numbers_written_that_way_are_meant(tmp_path):
    touch(
        tmp_path, "f_002.png", "f_010.png", "f_1.png", "f_1000.png", "f_x.png", "g_003.png", "f_004.png.part"
    )
    assert named(tmp_path / "f_%03d.png").numbers() == [2, 10, 1000]
    assert named(tmp_path / "f_%d.png").numbers() == [1, 1000]
    assert named(tmp_path / "none" / "%d.png").numbers() == []


def test_a_folder_of_numbered_pictures_is_a_video(tmp_path):
    folder = touch(
        tmp_path / "holiday", "DSC_0009.jpg", "DSC_0010.jpg", "DSC_0011.jpg", "notes.txt", ".x_1.jpg"
    )
    found = video_path_of(folder)
    assert isinstance(found, NumberedPictures)
    assert found.name == "DSC_%04d.jpg" and found.numbers() == [9, 10, 11] and found.path.stem == "holiday"


def test_a_folder_with_videos_is_a_folder_of_videos(tmp_path):
    folder = touch(tmp_path / "both", "1.png", "2.png", "clip.mp4")
    assert video_path_of(folder) == folder
    assert video_path_of(touch(tmp_path / "one", "1.png", "cover.png")) == tmp_path / "one"
    assert video_path_of(touch(tmp_path / "none")) == tmp_path / "none"


def test_a_folder_of_several_names_is_refused(tmp_path):
    folder = touch(tmp_path / "several", "a_01.png", "a_02.png", "b_1.png")
    with pytest.raises(LivebrushError, match=r"several names: a_%02d\.png \(2\), b_%d\.png \(1\)"):
        video_path_of(folder)


def test_a_file_of_that_very_name_and_an_address_are_themselves(tmp_path):
    path = touch(tmp_path, "take_%d.png") / "take_%d.png"
    assert video_path_of(path) == path
    assert isinstance(video_path_of("https://example.org/%05d.png"), Address)


def test_what_can_be_written(tmp_path):
    assert pictures_of("x/%05d.png") and pictures_of("%d.JPG") and pictures_of("%d.webp")
    assert pictures_of("%05d.gif") is None and pictures_of("%05d.mp4") is None and pictures_of("-") is None


@pytest.mark.parametrize(
    "name, stem",
    [("x/frame_%05d.png", "frame"), ("x/%05d.png", "x"), ("x/_%d.png", "x"), ("x/a.%d.png", "a")],
)
def test_what_a_video_of_them_is_called_after(name, stem):
    assert named(name).path.stem == stem
