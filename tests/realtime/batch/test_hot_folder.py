"""Films that come into a folder are painted when they have stopped growing."""

from dataclasses import replace

from livebrush.realtime.batch.footage import Film
from livebrush.realtime.batch.hot_folder import HotFolder

FILM = Film("/hot/a.mp4", "a.mp4", 100, 1)


def test_a_film_rests_when_it_has_stayed_as_it_is() -> None:
    folder = HotFolder(rests_s=5)
    assert folder.resting([FILM], 0) == []
    assert folder.resting([FILM], 4) == []
    assert folder.resting([FILM], 5) == [FILM]


def test_a_film_that_grows_or_is_written_again_is_waited_for_anew() -> None:
    folder = HotFolder(rests_s=5)
    grown, written = replace(FILM, size=200), replace(FILM, size=200, mtime_ns=2)
    assert folder.resting([FILM], 0) == folder.resting([grown], 4) == folder.resting([written], 8) == []
    assert folder.resting([written], 12) == []
    assert folder.resting([written], 13) == [written]


def test_an_empty_file_and_one_that_went_away_are_not_waited_for() -> None:
    folder = HotFolder(rests_s=5)
    empty = replace(FILM, size=0)
    folder.resting([empty], 0)
    assert folder.resting([empty], 10) == []
    folder.resting([FILM], 20)
    folder.resting([], 22)
    assert folder.resting([FILM], 26) == []
