"""Recordings: true times, whatever happens to frames, sizes, the disk and the program."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from datetime import datetime

import av
import numpy as np
import pytest
from av.error import InvalidDataError

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import Frame, PaintedFrame, SoundBlock
from livebrush.realtime.live.sinks.recording import Recording, recording_name
from livebrush.realtime.video.colour import SMPTE170M, Colour, RgbReader
from tests.realtime.video.clips import frames, picture, psnr, times

STARTED_S = 1000.0  # no clock begins at 0
# Run in a process of its own: frames 40 ms apart, none dropped, until the recording stops
FEED = """
    import sys, time
    import numpy as np
    from pathlib import Path
    from livebrush.realtime.live.frame import Frame, PaintedFrame
    from livebrush.realtime.live.sinks.recording import Recording

    def feed(recording, count):
        noise = np.random.default_rng(0)
        for number in range(count):
            pixels = noise.integers(0, 256, (48, 64, 3), np.uint8)
            recording.show(PaintedFrame(Frame(pixels, number * 0.04, number), pixels, "style", 0.0))
            while recording.frames < number - 3 and not recording.problem:
                time.sleep(0.001)
"""


def painted(pixels: np.ndarray, at_s: float) -> PaintedFrame:
    return PaintedFrame(Frame(pixels, STARTED_S + at_s, 0), pixels, "style", 0.0)


def record(path, shown, closed_s=0.0, **options):
    """shown: (pixels, seconds) pairs, at most as many as may wait."""
    recording = Recording(path, 25, clock=lambda: STARTED_S + closed_s, **options)
    for pixels, at_s in shown:
        recording.show(painted(pixels, at_s))
    recording.close()
    assert recording.problem == ""
    return recording


def rgb(frame):
    return RgbReader(Colour.of(frame), (frame.height, frame.width), alpha=False).read(frame)[0]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".webm"])
def test_pictures_keep_the_times_at_which_they_were_captured(tmp_path, suffix):
    captured = [0, 0.033, 0.1, 0.5, 0.533, 2]
    path = tmp_path / f"a{suffix}"
    recording = record(path, [(picture(n, 48, 64), t) for n, t in enumerate(captured)], closed_s=3.5)
    assert [round(float(t), 3) for t in times(path)] == [*captured, 3.5]
    assert (recording.frames, recording.seconds, recording.path) == (6, 3.5, path)


def test_the_last_picture_lasts_until_the_end(tmp_path):
    record(tmp_path / "a.mkv", [(picture(0, 48, 64), 0), (picture(9, 48, 64), 1)], closed_s=5)
    last, again = frames(tmp_path / "a.mkv")[-2:]
    assert psnr(rgb(last), rgb(again)) > 40


def test_times_always_grow(tmp_path):
    captured = [0, 0.0002, 0.0004, 0.0003, 0.5]  # the fourth comes after one that is newer
    recording = record(tmp_path / "a.mkv", [(picture(n, 48, 64), t) for n, t in enumerate(captured)], 0.5)
    assert [round(1000 * float(t)) for t in times(tmp_path / "a.mkv")] == [0, 1, 2, 500, 501]
    assert recording.frames == 4


def test_colours_survive_and_are_tagged(tmp_path):
    shown = picture(3, 48, 64)
    record(tmp_path / "a.mkv", [(shown, 0)])
    frame = frames(tmp_path / "a.mkv")[0]
    assert frame.colorspace == SMPTE170M and frame.format.name == "yuv420p"
    assert psnr(rgb(frame), shown) > 35


def test_an_odd_size_gets_one_more_row_and_column(tmp_path):
    shown = picture(3, 33, 47)
    record(tmp_path / "a.mkv", [(shown, 0)])
    read = rgb(frames(tmp_path / "a.mkv")[0])
    assert read.shape == (34, 48, 3)
    assert psnr(read[:33, :47], shown) > 33


def test_frames_of_another_size_are_framed_in_black_and_announced_once(tmp_path):
    notices = []
    wide = np.full((36, 96, 3), 255, np.uint8)
    record(
        tmp_path / "a.mkv",
        [(picture(0, 48, 64), 0), (wide, 0.1), (wide, 0.2), (picture(0, 48, 64), 0.3)],
        notice=notices.append,
    )
    read = [rgb(frame) for frame in frames(tmp_path / "a.mkv")]
    assert {frame.shape for frame in read} == {(48, 64, 3)}
    assert read[2][:10].max() < 20 and read[2][14:34].min() > 235 and read[2][38:].max() < 20
    assert len(notices) == 2 and "96x36" in notices[0] and "64x48" in notices[1]


def test_without_a_frame_there_is_no_file(tmp_path):
    record(tmp_path / "a.mkv", [])
    assert list(tmp_path.iterdir()) == []


def test_closing_twice_leaves_no_thread_and_the_file_alone(tmp_path):
    recording = record(tmp_path / "a.mkv", [(picture(0, 48, 64), 0)])
    before = (tmp_path / "a.mkv").read_bytes()
    recording.show(painted(picture(1, 48, 64), 1))
    recording.close()
    assert (tmp_path / "a.mkv").read_bytes() == before
    assert not [thread for thread in threading.enumerate() if "recording" in thread.name]


@pytest.mark.parametrize(
    "name, message",
    [
        ("nowhere/a.mkv", r"the folder .*nowhere does not exist; create it first"),
        ("old.mkv", r"old\.mkv: exists already, .*choose another name"),
        ("folder.mkv", r"folder\.mkv: is a folder"),
        ("a.avi", r"cannot have the suffix '\.avi'; use \.mp4 \.m4v \.mov \.mkv \.webm"),
        ("a", r"cannot have the suffix ''"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_first_frame(tmp_path, name, message):
    (tmp_path / "old.mkv").write_bytes(b"precious")
    (tmp_path / "folder.mkv").mkdir()
    with pytest.raises(LivebrushError, match=message):
        Recording(tmp_path / name)
    assert (tmp_path / "old.mkv").read_bytes() == b"precious"
    assert not [thread for thread in threading.enumerate() if "recording" in thread.name]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(LivebrushError, match="Permission denied"):
        Recording(tmp_path / "a.mkv")


def test_names_tell_the_time_and_never_collide(tmp_path):
    now = datetime(2026, 11, 21, 6, 15, 30)
    names = []
    for _ in range(3):
        path = recording_name(tmp_path, now)
        path.touch()
        names.append(path.name)
    assert names == [
        "livebrush_20261121_061530.mkv", "livebrush_20261121_061530-2.mkv", "livebrush_20261121_061530-3.mkv"
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_what_was_recorded_plays_when_the_program_is_killed(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    code = (
        FEED
        + f"""
    feed(Recording(Path({str(path)!r}), 25), 250)
    print("recorded", flush=True)
    time.sleep(60)
    """
    )
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout and run.stdout.readline() == "recorded\n"
        run.kill()
    found = times(path)
    assert found[0] == 0 and float(found[-1]) > 10 - 2


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are Unix")
@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_full_disk_ends_the_recording_and_what_there_is_plays(tmp_path, suffix):
    """A limit on file size stands in for the full disk: both surface as a failed write."""
    path = tmp_path / f"a{suffix}"
    said = _record_with_limit(path, 150_000)
    assert "File too large" in said and f"is {path}, and plays; free some space" in said
    assert path.stat().st_size <= 150_000
    assert len(readable(path)) > 10


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are Unix")
def test_a_disk_that_was_full_from_the_start_leaves_no_file(tmp_path):
    said = _record_with_limit(tmp_path / "a.mkv", 100)
    assert "File too large: nothing could be written" in said
    assert list(tmp_path.iterdir()) == []


def _record_with_limit(path, most_bytes):
    """What the recording says when the file may not grow further."""
    code = (
        FEED
        + f"""
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, {most_bytes}))
    recording = Recording(Path({str(path)!r}), 25)
    feed(recording, 250)
    recording.close()
    recording.close()
    sys.stdout.write(recording.problem)
    """
    )
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def readable(path):
    """The pictures before the place where the file breaks off."""
    found = []
    with av.open(str(path)) as container, suppress(InvalidDataError):
        for frame in container.decode(video=0):
            found.append(frame)
    return found


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".webm"])
def test_sound_has_the_length_of_the_picture(tmp_path, suffix):
    """Of what comes a piece is missing, a piece is too late, and one is no sound at all."""
    path = tmp_path / f"a{suffix}"
    recording = Recording(path, 25, clock=lambda: STARTED_S + 3)
    recording.with_sound = True
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(4800) / 48_000)
    loud = np.repeat(tone[:, None], 2, 1).astype(np.float32)
    for number in range(-5, 25):
        if number not in (10, 11):
            samples = np.full_like(loud, np.nan if number == 15 else 1e30) if number in (15, 16) else loud
            recording.hear(SoundBlock(samples, STARTED_S + number / 10))
    recording.show(painted(picture(0, 48, 64), 0))
    recording.show(painted(picture(1, 48, 64), 2.9))
    recording.close()
    assert recording.problem == "" and recording.seconds == 3
    with av.open(str(path)) as container:
        blocks = [(block.time or 0.0, np.abs(block.to_ndarray())) for block in container.decode(audio=0)]
    assert blocks[-1][0] == pytest.approx(3, abs=0.05)
    for at_s, samples in blocks:
        is_silent = 1.05 < at_s < 1.15 or 1.52 < at_s < 1.55 or at_s > 2.55
        if is_silent or 0.1 < at_s < 0.95:
            assert (samples.max() < 0.1) == is_silent, at_s


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are Unix")
def test_a_full_disk_while_sound_is_written(tmp_path):
    """Pictures come seldom: it is sound that finds the disk full."""
    path = tmp_path / "a.mkv"
    code = (
        FEED
        + f"""
    import resource
    from livebrush.realtime.live.frame import SoundBlock
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    recording = Recording(Path({str(path)!r}), 25, clock=lambda: 20.0)
    recording.with_sound = True
    feed(recording, 20)
    noise, black = np.random.default_rng(0), np.zeros((48, 64, 3), np.uint8)
    for number in range(2000):
        recording.hear(SoundBlock(noise.uniform(-1, 1, (480, 2)).astype(np.float32), number / 100))
        if number % 100 == 0:
            recording.show(PaintedFrame(Frame(black, number / 100, 0), black, "style", 0.0))
        time.sleep(0.001)
    for _ in range(2000):
        if recording.problem:
            break
        time.sleep(0.01)
    recording.close()
    sys.stdout.write(recording.problem)
    """
    )
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "File too large" in done.stdout and f"is {path}, and plays; free some space" in done.stdout
    assert len(readable(path)) > 10


def test_a_slow_encoder_never_holds_up_the_painter(tmp_path, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(
        "livebrush.realtime.live.sinks.live_encoder.pad_to_even", lambda pixels: release.wait(10) and pixels
    )
    recording = Recording(tmp_path / "a.mkv", 25, clock=lambda: STARTED_S)
    for number in range(40):
        recording.show(painted(picture(0, 48, 64), number / 25))
    deadline = time.monotonic() + 10
    release.set()
    recording.close()
    assert time.monotonic() < deadline
    assert recording.dropped >= 40 - 8 - 2 and recording.frames == 40 - recording.dropped


def test_a_recording_that_was_deleted_meanwhile_is_not_called_saved(tmp_path):
    recording = Recording(tmp_path / "a.mkv", 25, clock=lambda: STARTED_S + 1)
    recording.show(painted(picture(0, 48, 64), 0))
    while not recording.frames:
        time.sleep(0.01)
    (tmp_path / "a.mkv").unlink()
    recording.close()
    assert "was deleted or moved" in recording.problem and recording.frames == 0
