"""Which files names, wildcards and folders stand for."""

from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.input_files import expand_inputs
from livebrush.realtime.pictures.jobs import PICTURES
from tests.realtime.pictures.stills import names, photo, photos


def test_wildcards_are_expanded_in_natural_order(tmp_path):
    photos(tmp_path, "img10.jpg", "img2.jpg", "img.jpg", "b1.jpg", "a3.jpg", "img2.png", ".hidden.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "folder.jpg").mkdir()
    found = expand_inputs([str(tmp_path / "*.jpg")], PICTURES)
    assert names(found) == ["a3.jpg", "b1.jpg", "img.jpg", "img2.jpg", "img10.jpg"]
    assert names(expand_inputs([tmp_path / "img?.*"], PICTURES)) == ["img2.jpg", "img2.png"]


def test_relative_wildcards_stay_relative(tmp_path, monkeypatch):
    photos(tmp_path, "one.png", "deep/down/two.png")
    monkeypatch.chdir(tmp_path)
    assert expand_inputs(["*.png", "**/two.png"], PICTURES) == [Path("deep/down/two.png"), Path("one.png")]


def test_a_folder_means_its_pictures(tmp_path):
    photos(tmp_path, "b.JPG", "a.png", "deep/c.png", "._a.png")
    (tmp_path / "notes.txt").write_text("no picture")
    assert names(expand_inputs([tmp_path], PICTURES)) == ["a.png", "b.JPG"]


def test_every_input_comes_once(tmp_path, monkeypatch):
    photos(tmp_path, "a.png", "b.png")
    monkeypatch.chdir(tmp_path)
    assert names(expand_inputs(["b.png", "*.png", str(tmp_path), "./a.png"], PICTURES)) == ["a.png", "b.png"]


def test_a_literal_name_wins_over_its_wildcard(tmp_path):
    photos(tmp_path, "photo[1].jpg", "photo1.jpg", "set [2]/x.jpg")
    assert names(expand_inputs([tmp_path / "photo[1].jpg"], PICTURES)) == ["photo[1].jpg"]
    assert names(expand_inputs([tmp_path / "set [2]" / "*.jpg"], PICTURES)) == ["x.jpg"]
    (tmp_path / "photo[1].jpg").unlink()
    assert names(expand_inputs([tmp_path / "photo[1].jpg"], PICTURES)) == ["photo1.jpg"]


def test_inputs_that_give_nothing_are_clear_errors(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    photo(tmp_path / "a.png")
    for pattern, words in {
        "none.jpg": "no such file",
        "*.jpg": "found nothing",
        "*.txt": "only 1 other",
        "x/*.png": "found nothing",
    }.items():
        with pytest.raises(LivebrushError, match=words):
            expand_inputs([tmp_path / "a.png", tmp_path / pattern], PICTURES)
    with pytest.raises(LivebrushError, match="empty"):
        expand_inputs([""], PICTURES)
