"""VideoFileSource: real clips, played by a clock that is moved by hand."""

import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.source import LiveSource, Playable, SourceEnded, SourceLost
from livebrush.realtime.live.sources.video_file import VideoFileSource
from tests.realtime.video.clips import Clip, make_clip, picture

FRAME_S = 0.04
_TRIES = 100  # each waits a tenth of a second at most


def lossless(path: Path, count: int = 100, **options) -> Path:
    """A clip at 25 Hz, stored without loss: every picture can be told from the others."""
    return make_clip(path, Clip(codec="ffv1", pixel_format="bgr0", pts=range(count), **options))


def number(pixels: np.ndarray) -> int:
    """Which of the clip's pictures it is."""
    return next(n for n in range(300) if np.array_equal(pixels, picture(n, *pixels.shape[:2])))


def next_picture(video: VideoFileSource) -> np.ndarray:
    """What is due now, as soon as it is decoded."""
    for _ in range(_TRIES):
        if (delivered := video.read()) is not None:
            return delivered.pixels
    raise AssertionError("no picture came")


def next_number(video: VideoFileSource) -> int:
    return number(next_picture(video))


@pytest.fixture
def opened(now):
    """Opens videos, and closes them after the test."""
    videos: list[VideoFileSource] = []

    def open_video(path: Path, **options) -> VideoFileSource:
        videos.append(VideoFileSource(path, sound=False, clock=now, **options))
        videos[-1].open()
        return videos[-1]

    yield open_video
    for video in videos:
        video.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("livebrush-video")]


def test_it_is_a_source_that_can_be_wound(tmp_path, opened):
    video = opened(lossless(tmp_path / "a.mkv"))
    source: LiveSource = video
    playable: Playable = video
    assert (source.name, source.faces_viewer, source.rate_hz, source.skipped) == ("a.mkv", False, 25, 0)
    assert (playable.position_s, playable.duration_s) == (0, pytest.approx(4.0))


def test_every_picture_comes_when_it_is_due(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv"))
    now.now += 60  # the video starts with its first picture, not when it is opened
    assert next_number(video) == 0
    for expected in range(1, 6):
        now.now += FRAME_S - 0.002
        assert video.read() is None
        now.now += 0.002
        assert next_number(video) == expected
    assert video.skipped == 0 and video.position_s == pytest.approx(5 * FRAME_S)


def test_a_picture_was_captured_when_it_was_due_however_late_it_is_read(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv"))
    assert next_number(video) == 0
    began_s = now.now
    for count in range(1, 5):
        now.now = began_s + count * FRAME_S + 0.003 * count
        assert (delivered := video.read()) is not None
        assert delivered.captured_s == pytest.approx(began_s + count * FRAME_S)


def test_uneven_times_are_kept(tmp_path, opened, now):
    times_ms = (0, 100, 350, 900)
    clip = Clip(codec="ffv1", pixel_format="bgr0", pts=times_ms, time_base=Fraction(1, 1000))
    video = opened(make_clip(tmp_path / "vfr.mkv", clip))
    assert next_number(video) == 0
    for index in range(1, 4):
        now.now += (times_ms[index] - times_ms[index - 1]) / 1000 - 0.002
        assert video.read() is None
        now.now += 0.002
        assert next_number(video) == index


def test_late_pictures_are_left_out_and_counted(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv"))
    assert next_number(video) == 0
    now.now += 0.9  # picture 22 is due since 0.02 s
    seen = [next_number(video)]
    while seen[-1] < 22:
        seen.append(next_number(video))
    assert seen[-1] == 22 and video.skipped == 22 - len(seen) and video.skipped > 15
    now.now += FRAME_S
    assert next_number(video) == 23


def test_far_behind_the_video_waits_for_its_pictures(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv", 200))
    assert next_number(video) == 0
    now.now += 4.01
    video.read()
    now.now += 60  # nothing is in time yet: this does not count
    assert video.position_s == pytest.approx(4.01)
    while next_number(video) < 100:
        pass
    now.now += FRAME_S
    assert next_number(video) == 101 and video.position_s == pytest.approx(4.05)


def test_a_paused_video_stands_and_goes_on_where_it_was(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv"))
    assert next_number(video) == 0
    now.now += FRAME_S
    assert next_number(video) == 1
    video.pause(True)
    now.now += 30
    assert video.read() is None and video.position_s == pytest.approx(FRAME_S)
    video.pause(False)
    assert video.read() is None
    now.now += FRAME_S
    assert next_number(video) == 2 and video.skipped == 0


def test_winding_shows_the_exact_picture_at_once(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv"))
    assert next_number(video) == 0
    video.seek_by(2)
    assert video.position_s == 2 and next_number(video) == 50
    now.now += FRAME_S
    assert next_number(video) == 51
    video.seek_by(-1)
    assert next_number(video) == 26 and video.position_s == pytest.approx(1.04)
    assert video.skipped == 0


def test_winding_while_paused_shows_the_new_picture_once(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv"))
    assert next_number(video) == 0
    video.pause(True)
    video.seek_by(1)
    assert next_number(video) == 25
    now.now += 5
    assert video.read() is None and video.position_s == 1
    video.pause(False)
    now.now += FRAME_S
    assert next_number(video) == 26


@pytest.mark.parametrize("loop", [False, True])
def test_winding_stops_at_the_ends(tmp_path, opened, loop):
    video = opened(lossless(tmp_path / "a.mkv"), loop=loop)
    assert next_number(video) == 0
    video.seek_by(500)
    assert next_number(video) == 75 and video.position_s == pytest.approx(3.0)
    video.seek_by(-500)
    assert next_number(video) == 0 and video.position_s == 0


def test_windings_in_a_row_add_up(tmp_path, opened):
    video = opened(lossless(tmp_path / "a.mkv"))
    for _ in range(3):
        video.seek_by(0.8)
    assert video.position_s == pytest.approx(2.4) and next_number(video) == 60


def test_a_loop_shows_every_picture_without_a_gap(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv", 10), loop=True)
    seen = [next_number(video)]
    positions = [video.position_s]
    now.now += 1e-6  # pictures come a trifle early or late: let it be late, behind the seam
    for _ in range(34):
        now.now += FRAME_S
        seen.append(next_number(video))
        positions.append(video.position_s)
    assert seen == [*range(10), *range(10), *range(10), *range(5)] and video.skipped == 0
    assert positions == pytest.approx([n * FRAME_S for n in seen], abs=1e-5)


def test_a_late_start_is_where_a_loop_begins_again(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv", 50), loop=True, start_s=1.8)
    seen = [next_number(video)]
    for _ in range(7):
        now.now += FRAME_S
        seen.append(next_number(video))
    assert seen == [45, 46, 47, 48, 49, 45, 46, 47] and video.position_s == pytest.approx(1.88)


def test_winding_works_after_a_loop(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv", 50), loop=True)
    for n in range(52):
        assert next_number(video) == n % 50
        now.now += FRAME_S
    video.seek_by(0.44)
    assert next_number(video) == 13 and video.position_s == pytest.approx(0.52)


def test_the_video_is_over_when_its_last_picture_has_lasted(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv", 3))
    assert next_number(video) == 0
    for n in (1, 2):
        now.now += FRAME_S
        assert next_number(video) == n
    assert video.read() is None
    now.now += FRAME_S
    with pytest.raises(SourceEnded):
        next_picture(video)
    video.seek_by(-10)
    assert next_number(video) == 0


def test_alpha_is_laid_over_black(tmp_path, opened):
    clip = Clip(codec="png", pixel_format="rgba", alpha=True, pts=range(3))
    pixels = next_picture(opened(make_clip(tmp_path / "alpha.mov", clip)))
    assert np.array_equal(pixels[:, :32], picture(0, 48, 64)[:, :32]) and not pixels[:, 32:].any()


def test_turned_videos_are_upright(tmp_path, opened):
    video = opened(make_clip(tmp_path / "turned.mp4", Clip(rotation=90)))
    assert next_picture(video).shape == (64, 48, 3)


def test_pictures_belong_to_whoever_read_them(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv"))
    first = next_picture(video)
    for _ in range(20):
        now.now += FRAME_S
        next_picture(video)
    assert number(first) == 0 and first.flags["C_CONTIGUOUS"]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b""), "is empty"),
    ],
)
def test_what_is_no_video_is_told_at_opening(tmp_path, make, message):
    make(tmp_path / "video.mp4")
    video = VideoFileSource(tmp_path / "video.mp4", sound=False)
    with pytest.raises(LivebrushError, match=message):
        video.open()
    video.close()


def test_a_start_behind_the_end_is_told_at_opening(tmp_path):
    video = VideoFileSource(lossless(tmp_path / "a.mkv"), start_s=60, sound=False)
    with pytest.raises(LivebrushError, match="no frame at or after 60 s"):
        video.open()


def test_a_video_cut_short_is_played_as_far_as_it_goes(tmp_path, opened, now):
    clip = Clip(pts=range(100), container_options={"movflags": "+faststart"})
    path = make_clip(tmp_path / "a.mp4", clip)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    video = opened(path)
    count = 0
    with pytest.raises(SourceEnded):
        while True:
            next_picture(video)
            count += 1
            now.now += FRAME_S
    assert 10 < count < 90
    assert [note for note in video.notes if "a.mp4" in note and f"{count} of 100" in note]


def test_winding_into_a_missing_part_lands_on_a_picture_before_it(tmp_path, opened):
    path = lossless(tmp_path / "a.mkv", 200)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    video = opened(path)
    assert next_number(video) == 0
    video.seek_by(7)
    landed = next_number(video)
    assert 10 < landed < 110 and video.position_s == pytest.approx(landed * FRAME_S)


def test_a_damaged_middle_is_played_over(tmp_path, opened, now):
    path = make_clip(tmp_path / "a.mkv", Clip(pts=range(150), options={"g": "10"}))
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.is_keyframe and 2000 <= (p.pts or 0) < 2400]
    for packet in packets:
        begin, end = (packet.pos or 0) + 8, (packet.pos or 0) + packet.size
        data[begin:end] = b"\xff" * (end - begin)
    path.write_bytes(data)
    video = opened(path)
    shown = 0
    with pytest.raises(SourceEnded):
        while True:
            shown += video.read() is not None
            now.now += FRAME_S
    assert video.position_s == pytest.approx(6.0, abs=0.1)
    assert 100 < shown + video.skipped < 150
    assert "damaged packet" in video.notes[0]


def test_a_video_that_goes_missing_before_it_starts_over_is_lost(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv"), loop=True)  # longer than what is decoded ahead
    assert next_number(video) == 0
    (tmp_path / "a.mkv").unlink()
    with pytest.raises(SourceLost, match="no such file"):
        for _ in range(200):
            now.now += FRAME_S
            next_picture(video)


def test_it_can_be_closed_twice_and_opened_again(tmp_path, opened, now):
    video = opened(lossless(tmp_path / "a.mkv"))
    assert next_number(video) == 0
    now.now += FRAME_S
    assert next_number(video) == 1
    video.close()
    video.close()
    video.pause(True)
    video.pause(False)
    video.seek_by(1)
    with pytest.raises(SourceLost, match="closed"):
        video.read()
    video.open()
    assert next_number(video) == 0


def test_a_reader_that_waits_is_let_go_when_it_is_closed(tmp_path, opened):
    video = opened(lossless(tmp_path / "a.mkv"))
    assert next_number(video) == 0
    video.pause(True)
    ends: list[object] = []

    def read():
        try:
            while True:
                video.read()
        except SourceLost as lost:
            ends.append(lost)

    reader = threading.Thread(target=read)
    reader.start()
    video.close()
    reader.join(10)
    assert ends


def test_a_video_that_is_still_being_written_plays_what_is_there(tmp_path, opened, now):
    whole = lossless(tmp_path / "whole.mkv", 100)
    growing = tmp_path / "growing.mkv"
    growing.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    video = opened(growing)
    assert next_number(video) == 0
    with growing.open("ab") as file:
        file.write(whole.read_bytes()[whole.stat().st_size // 2 :])
    for n in range(1, 100):
        now.now += FRAME_S
        assert next_number(video) == n
