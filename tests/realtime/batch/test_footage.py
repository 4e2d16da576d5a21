"""Which films there are, what they become, and which shard has them."""

import os
from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.batch.footage import Announced, Film, Shard, announced, find_films, target_name
from tests.realtime.video.clips import Clip, frames, make_clip


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    folder = tmp_path / "footage"
    for name in (
        "a.mp4",
        "day2/b.mkv",
        "day2/night/c.MOV",
        ".hidden/d.mp4",
        "e.partial.mp4",
        ".f.mp4",
        "notes.txt",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"0")
    return folder


def test_a_folder_gives_all_videos_below_it_but_hidden_and_unfinished_ones(footage: Path) -> None:
    films = find_films([footage], str(footage.parent / "painted"))
    assert [film.name for film in films] == ["a.mp4", "day2/b.mkv", "day2/night/c.MOV"]
    assert films[1].source == str(footage / "day2" / "b.mkv") and films[1].size == 1


def test_what_lies_in_the_output_is_no_film(footage: Path) -> None:
    assert [film.name for film in find_films([footage], str(footage / "day2"))] == ["a.mp4"]


def test_links_to_folders_are_followed_once_and_links_to_nothing_are_films(footage: Path) -> None:
    (footage / "day3").symlink_to(footage.parent / "elsewhere")
    (footage.parent / "elsewhere").mkdir()
    (footage.parent / "elsewhere" / "g.mp4").write_bytes(b"0")
    (footage / "day2" / "round").symlink_to(footage)
    (footage / "h.mp4").symlink_to(footage / "nothing.mp4")
    films = find_films([footage], str(footage.parent / "painted"))
    assert [film.name for film in films] == ["a.mp4", "day2/b.mkv", "day2/night/c.MOV", "day3/g.mp4", "h.mp4"]
    assert films[-1].size == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read_is_told(footage: Path) -> None:
    (footage / "day2").chmod(0)
    heard: list[OSError] = []
    assert [film.name for film in find_films([footage], "painted", unread=heard.append)] == ["a.mp4"]
    assert [error.filename for error in heard] == [str(footage / "day2")]


def test_files_and_wildcards_are_called_by_their_names(footage: Path) -> None:
    films = find_films([footage / "a.mp4", f"{footage}/**/*.MOV"], "painted")
    assert [film.name for film in films] == ["a.mp4", "c.MOV"]


def test_a_name_that_gives_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(LivebrushError, match="found none"):
        find_films([tmp_path], "painted")
    assert find_films([tmp_path], "painted", may_be_empty=True) == []
    with pytest.raises(LivebrushError, match="not streams"):
        find_films(["rtsp://camera/1"], "painted")


@pytest.mark.parametrize(
    "name, target",
    [
        ("clip.mp4", "clip_great_wave.mp4"), ("day 2/clip.MP4", "day 2/clip_great_wave.mp4"),
        ("clip.mov", "clip_mov_great_wave.mp4"), ("a.b.mp4", "a.b_great_wave.mp4"),
    ],
)  # fmt: skip
def test_a_painting_s_name_depends_on_its_film_alone(name: str, target: str) -> None:
    assert target_name(Film(f"/f/{name}", name, 1, 1), "great_wave", ".mp4") == target


def test_shards_share_out_all_films_and_a_film_keeps_its_shard() -> None:
    names = [f"clip{number}.mp4" for number in range(400)]
    shards = [Shard.parse(f"{number}/8") for number in range(1, 9)]
    parts = [[name for name in names if shard.has(name)] for shard in shards]
    assert sorted(name for part in parts for name in part) == sorted(names)
    assert all(25 <= len(part) <= 75 for part in parts)
    assert [name for name in names[:200] if shards[2].has(name)] == [n for n in parts[2] if n in names[:200]]


@pytest.mark.parametrize("text", ["0/4", "5/4", "3", "a/b", "1/0", "-1/4"])
def test_what_is_no_shard_is_told(text: str) -> None:
    with pytest.raises(LivebrushError, match="is not a shard: write 1/16"):
        Shard.parse(text)


def test_frames_are_counted_without_decoding_where_they_are_told(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mkv"):
        make_clip(tmp_path / name, Clip(pts=range(20)))
    (tmp_path / "c.mp4").write_bytes(b"no video")
    films = find_films([tmp_path], "painted")
    frame = frames(tmp_path / "a.mp4")[0]
    assert [announced(film) for film in films] == [*2 * [Announced(20, frame.height * frame.width)], None]
