"""`--resume`: a video painted in two goes is the video painted in one, and what it must not go on from."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.stylize import Interrupted, VideoOptions, paint_video
from tests.listener import Listener
from tests.realtime.video.clips import Clip, frames, make_clip, packets, psnr, times
from tests.soak.video_stops import stop_and_resume

CLIP = Clip(pts=range(290), audio_starts=(Fraction(0),))
"""longer than the 250 frames that most encoders put between two key frames, at most"""
ENCODERS = [
    (".mp4", None), (".mov", None), (".mkv", None), (".mp4", "hevc"), (".webm", None), (".mkv", "ffv1"),
    (".mov", "prores"),
]  # fmt: skip


class Painter:
    """Inverts; stops the run by Ctrl-C at a frame."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.stop_at, self.painted = stop_at, 0

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        self.painted += 1
        if self.painted == self.stop_at:
            os.kill(os.getpid(), signal.SIGINT)
        return 255 - pixels


def stopped(source: Path, target: Path, options: VideoOptions, at: int = 280) -> Path:
    with pytest.raises(Interrupted, match="resume=True continues") as caught:
        paint_video(source, target, Painter(at), options)
    assert caught.value.path
    return caught.value.path


@pytest.mark.parametrize("suffix, codec", ENCODERS)
def test_a_video_in_two_goes_is_the_video_in_one(tmp_path: Path, suffix: str, codec: str | None) -> None:
    source = make_clip(tmp_path / "in.mkv", CLIP)
    whole, target = tmp_path / f"whole{suffix}", tmp_path / f"out{suffix}"
    paint_video(source, whole, Painter(), VideoOptions(codec=codec, sound="auto"))
    stopped(source, target, VideoOptions(codec=codec))
    painter = Painter()
    report = paint_video(source, target, painter, VideoOptions(codec=codec, resume=True))
    assert report.frames == 290 and painter.painted <= 12, "the beginning was painted once more"
    assert times(target) == times(whole)
    assert packets(target, "audio") == packets(whole, "audio")
    assert all(
        psnr(one.to_ndarray(format="rgb24"), other.to_ndarray(format="rgb24")) > 30
        for one, other in zip(frames(target), frames(whole), strict=True)
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted({"in.mkv", whole.name, target.name})


def test_after_a_kill_and_twice(tmp_path: Path) -> None:
    """Killed, gone on with and stopped by Ctrl-C, gone on with: every frame once."""
    source = make_clip(tmp_path / "in.mkv", Clip(pts=range(300), width=320, height=240))
    target = tmp_path / "out.mp4"
    code = f"""
        import itertools, os
        from livebrush.realtime.video import codecs
        from livebrush.realtime.video.stylize import VideoOptions, paint_video
        count = itertools.count()
        paint = lambda pixels: os._exit(9) if next(count) == 250 else 255 - pixels
        paint_video({str(source)!r}, {str(target)!r}, paint, VideoOptions(codec="prores"))
    """
    target = target.with_suffix(".mov")
    code = code.replace("out.mp4", "out.mov")
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False).returncode == 9
    options = VideoOptions(codec="prores", resume=True)
    part = stopped(source, target, options, at=10)
    kept = len(times(part))
    assert kept > 200 and [p.name for p in tmp_path.glob("*.partial*.mov")] == [part.name]
    painter = Painter()
    paint_video(source, target, painter, options)
    assert times(target) == times(source) and painter.painted == 300 - kept
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mkv", "out.mov"]


def test_another_run_is_not_gone_on_from(tmp_path: Path) -> None:
    source, target = make_clip(tmp_path / "in.mkv", CLIP), tmp_path / "out.mkv"
    part = stopped(source, target, VideoOptions(painting="a"))
    with pytest.raises(LivebrushError, match=r"out\.partial\.mkv is of a run with another painting"):
        paint_video(source, target, Painter(), VideoOptions(painting="b", resume=True))
    other = make_clip(tmp_path / "other.mkv", Clip(pts=range(50)))
    with pytest.raises(LivebrushError, match="another video"):
        paint_video(other, target, Painter(), VideoOptions(painting="a", resume=True))
    assert part.exists()


@pytest.mark.parametrize("suffix", [".avi", ".gif"])
def test_formats_without_exact_times_are_not_resumed(tmp_path: Path, suffix: str) -> None:
    source = make_clip(tmp_path / "in.mkv")
    with pytest.raises(LivebrushError, match=r"cannot be gone on with: write \.mp4"):
        paint_video(source, tmp_path / f"out{suffix}", Painter(), VideoOptions(resume=True))
    assert [p.name for p in tmp_path.iterdir()] == ["in.mkv"]


@pytest.mark.parametrize("record", [None, "", "[1]", "{" * 50_000])
def test_a_damaged_record_or_none_begins_anew(tmp_path: Path, record: str | None) -> None:
    source, target = make_clip(tmp_path / "in.mkv", CLIP), tmp_path / "out.mkv"
    (tmp_path / "out.partial.mkv").write_bytes(b"no video")
    if record is not None:
        (tmp_path / "out.partial.mkv.resume").write_text(record)
    heard = Listener()
    report = paint_video(source, target, Painter(), VideoOptions(resume=True), heard)
    assert report.frames == 290 and any("0 frames taken over" in note for note in heard.notes)


def test_frames_are_painted_again_for_a_painter_that_remembers(tmp_path: Path) -> None:
    source, target = make_clip(tmp_path / "in.mkv", CLIP), tmp_path / "out.mkv"
    part = stopped(source, target, VideoOptions())
    record = json.loads((tmp_path / "out.partial.mkv.resume").read_text())
    assert record["painting"] == "" and record["format"] == ".mkv"
    painter = Painter()
    paint_video(source, target, painter, VideoOptions(resume=True), warm_up=7)
    assert 7 + 8 <= painter.painted <= 7 + 12 and not part.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_stops_at_random_moments(tmp_path: Path) -> None:
    outcome = stop_and_resume(tmp_path, ".mp4", stops=4, seed=1, length=200)
    assert not outcome.faults


def test_a_video_that_is_being_painted_is_not_taken_away(tmp_path: Path) -> None:
    source, target = make_clip(tmp_path / "in.mkv", CLIP), tmp_path / "out.mov"
    options = VideoOptions(codec="prores", resume=True)
    told: list[str] = []

    def paint(pixels: np.ndarray) -> np.ndarray:
        if not told:
            with pytest.raises(LivebrushError, match="is being painted by another run") as caught:
                paint_video(source, target, Painter(), options)
            told.append(str(caught.value))
        return pixels

    paint_video(source, target, paint, options)
    assert told and times(target) == times(source)


def test_other_targets_files_are_left_alone(tmp_path: Path) -> None:
    """Of out.mp4 out.partial.mp4 is, and out_night.partial.mp4 is not; brackets are no pattern."""
    source = make_clip(tmp_path / "in.mkv", CLIP)
    for name in ("out[1].mkv", "out_night.mkv"):
        stopped(source, tmp_path / name, VideoOptions())
    paint_video(source, tmp_path / "out.mkv", Painter(), VideoOptions(resume=True))
    painter = Painter()
    paint_video(source, tmp_path / "out[1].mkv", painter, VideoOptions(resume=True))
    assert painter.painted < 15 and (tmp_path / "out_night.partial.mkv").exists()


def test_names_as_long_as_file_systems_take(tmp_path: Path) -> None:
    source, target = make_clip(tmp_path / "in.mkv", CLIP), tmp_path / f"{'x' * 251}.mkv"
    stopped(source, target, VideoOptions())
    painter = Painter()
    paint_video(source, target, painter, VideoOptions(resume=True))
    assert painter.painted < 15 and sorted(p.name for p in tmp_path.iterdir()) == ["in.mkv", target.name]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_frames_at_uneven_times(tmp_path: Path, suffix: str) -> None:
    pts = [*range(0, 1200, 40), *range(1200, 9000, 200)]
    clip = Clip(pts=pts, time_base=Fraction(1, 1000), options={"bf": "2"})
    source, target = make_clip(tmp_path / "in.mp4", clip), tmp_path / f"out{suffix}"
    stopped(source, target, VideoOptions(), at=31)
    painter = Painter()
    paint_video(source, target, painter, VideoOptions(resume=True))
    found = times(target)
    assert [t - found[0] for t in found] == times(source) and painter.painted < len(pts) - 25


def test_matroska_that_begins_late_for_its_sound(tmp_path: Path) -> None:
    """AAC of an MP4 begins before 0, and Matroska moves everything: not twice when it is resumed."""
    source = make_clip(tmp_path / "in.mp4", CLIP)
    paint_video(source, tmp_path / "whole.mkv", Painter())
    stopped(source, tmp_path / "out.mkv", VideoOptions(), at=200)
    stopped(source, tmp_path / "out.mkv", VideoOptions(resume=True), at=50)
    paint_video(source, tmp_path / "out.mkv", Painter(), VideoOptions(resume=True))
    assert times(tmp_path / "out.mkv") == times(tmp_path / "whole.mkv")
    assert packets(tmp_path / "out.mkv", "audio") == packets(tmp_path / "whole.mkv", "audio")


def test_all_that_runs_of_its_kind_have_left_is_cleared_away(tmp_path: Path) -> None:
    source, target = make_clip(tmp_path / "in.mkv", CLIP), tmp_path / "out.mkv"
    part = stopped(source, target, VideoOptions())
    for number in (2, 3):  # of runs that were killed soon
        other = tmp_path / f"out.partial{number}.mkv"
        other.write_bytes(b"")
        other.with_name(other.name + ".resume").write_text(part.with_name(part.name + ".resume").read_text())
    paint_video(source, target, Painter(), VideoOptions(resume=True))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mkv", "out.mkv"]
