"""Where a film is cut."""

import itertools
from fractions import Fraction

import pytest

from livebrush.realtime.video.clip_range import ClipRange
from livebrush.realtime.video.pieces.cut import Timetable, cut, timetable
from tests.realtime.video.clips import Clip, make_clip, times


def table(frames: int, keys: list[int], fps: int = 25) -> Timetable:
    return Timetable([Fraction(n, fps) for n in range(frames)], [Fraction(key, fps) for key in keys])


def test_pieces_follow_each_other_and_become_shorter():
    film = table(15_000, list(range(0, 15_000, 48)))
    pieces = cut(film, workers=2, remembered=0)
    lengths = [piece.frames for piece in pieces]
    assert sum(lengths) == 15_000
    assert max(lengths) <= 15_000 // 8 + 48 and 125 - 48 <= lengths[-1] <= 250 + 48
    assert all(one >= other - 48 for one, other in itertools.pairwise(lengths))
    assert pieces[0].begin is None and pieces[-1].end is None
    for one, other in itertools.pairwise(pieces):
        assert one.end == other.begin and other.begin in film.key_times


@pytest.mark.parametrize("speeds", [(1.0, 1.0), (1.0, 0.93), (1.0, 0.4)])
def test_workers_end_together_whichever_is_faster(speeds: tuple[float, float]):
    film = table(15_000, list(range(0, 15_000, 250)))
    ends = [0.0, 0.0]
    for piece in cut(film, workers=2, remembered=0):
        first = ends.index(min(ends))
        ends[first] += piece.frames / speeds[first]
    assert max(ends) <= 1.03 * 15_000 / sum(speeds)


@pytest.mark.parametrize("keys", [[0], [0, 100], [0, 14_950], []])
def test_no_piece_is_shorter_than_it_pays(keys: list[int]):
    assert len(cut(table(15_000, keys), workers=4, remembered=0)) == 1


def test_few_key_frames_make_few_pieces():
    pieces = cut(table(15_000, [0, 5000, 5100, 9000]), workers=4, remembered=0)
    assert [piece.frames for piece in pieces] in ([5000, 4000, 6000], [5100, 3900, 6000])


def test_frames_that_a_style_remembers_lead_to_a_piece():
    first, second, *_ = cut(table(1000, list(range(0, 1000, 10))), workers=1, remembered=25)
    assert first.lead is None
    assert second.begin is not None and second.lead == second.begin - 1


def test_the_timetable_is_that_of_the_decoded_frames(tmp_path):
    clip = Clip(pts=[*range(0, 40), *range(50, 90, 2)], options={"g": "10", "bf": "3"})
    path = make_clip(tmp_path / "in.mp4", clip)
    found = timetable(path, ClipRange(None, None))
    assert found and found.times == times(path) and len(found.key_times) == 6
    part = timetable(path, ClipRange(1.0, 0.6))
    assert part and part.times == [time for time in times(path) if 1 <= time < Fraction(8, 5)]


def test_a_film_without_times_has_none(tmp_path):
    path = make_clip(tmp_path / "in.h264", Clip())
    assert timetable(path, ClipRange(None, None)) is None


def test_a_style_that_remembers_gets_longer_pieces_as_many_for_each_worker():
    film = table(2600, list(range(0, 2600, 10)))
    assert [p.frames for p in cut(film, workers=2, remembered=0)][:6] == [320, 330] * 3
    assert [p.frames for p in cut(film, workers=2, remembered=75)] == [600, 600, 700, 700]
    assert [p.frames for p in cut(film, workers=3, remembered=75)] == [870, 860, 870]
