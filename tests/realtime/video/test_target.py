"""Standard output as the place that a video goes to; files are tried with whole videos in test_stylize."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.target import StandardOutput
from tests.realtime.video.clips import Clip, make_clip, packets, times

CODE = "import sys; from livebrush.realtime.cli import run; sys.exit(run(sys.argv[1:]))"


def piped(*arguments: object, read: int = -1) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CODE, "video", *map(str, arguments), "-o", "-"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_video_through_a_pipe(tiny_model: Path, tmp_path: Path) -> None:
    source = make_clip(tmp_path / "in.mp4", Clip(pts=range(60), audio_starts=(Fraction(0),)))
    written, said = piped(source, "-s", tiny_model).communicate(timeout=120)
    (tmp_path / "out.mkv").write_bytes(written)
    found = times(tmp_path / "out.mkv")
    assert [t - found[0] for t in found] == times(source) and b"60 frames" in said
    assert len(next(iter(packets(tmp_path / "out.mkv", "audio").values()))) > 20
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix in (".mkv", ".mp4")) == ["in.mp4", "out.mkv"]


def test_a_reader_that_goes_away_is_one_clear_error(tiny_model: Path, tmp_path: Path) -> None:
    clip = Clip(pts=range(60), height=240, width=320)
    run = piped(make_clip(tmp_path / "in.mkv", clip), "-s", tiny_model, "--codec", "ffv1")
    assert run.stdout and run.stderr
    run.stdout.read(100)
    run.stdout.close()
    said = run.stderr.read().decode()
    run.stderr.close()
    assert run.wait(60) == 1 and "Broken pipe" in said and "Traceback" not in said


def test_a_terminal_is_no_place_for_a_video(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(LivebrushError, match="is a terminal") as caught:
        StandardOutput()
    assert caught.value.remedy == "pipe"
