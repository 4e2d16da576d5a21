"""Workers in processes of their own: they share the cores, end with the first process, and may die."""

import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import psutil
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Progress
from livebrush.models.regions import ALL
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.stylize import stylize_video
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.pieces.crew import Crew
from livebrush.realtime.video.pieces.film import FilmInterrupted, paint_film
from livebrush.realtime.video.pieces.paint import Painting
from livebrush.realtime.video.stylize import VideoReport
from livebrush.realtime.video_style import options_for
from livebrush.realtime.workers.local import LocalWorkers
from tests.listener import Listener
from tests.realtime.video.clips import Clip, make_clip, packets, times

LONG = Clip(
    pts=range(2000),
    time_base=Fraction(1),
    audio_starts=(Fraction(0),),
    options={"g": "100", "preset": "ultrafast"},
)
"""A frame a second: long enough to be cut, and soon painted."""
LOSSLESS: dict[str, Any] = {"codec": "ffv1", "device": "cpu"}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("film") / "in.mkv", LONG)


class AtFirst(Listener):
    """Does something when the first frames are painted."""

    def __init__(self, what) -> None:
        super().__init__()
        self._what = what

    def __call__(self, event: Event) -> None:
        if isinstance(event, Progress) and not self.progress:
            self._what()
        super().__call__(event)


def kill_a_worker() -> None:
    children = psutil.Process().children(recursive=True)
    [*_, last] = [child for child in children if "livebrush.realtime.workers.process" in child.cmdline()]
    last.kill()


def test_killed_stopped_and_gone_on_with(tmp_path: Path, tiny_model: Path, film: Path) -> None:
    """A run is stopped by Ctrl-C, the second loses a worker and has all frames, once."""
    target, style = tmp_path / "out.mkv", str(tiny_model)
    stop = AtFirst(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(FilmInterrupted, match="frames are painted, in pieces in"):
        stylize_video(film, target, style, workers=2, on_event=stop, **LOSSLESS)
    assert not target.exists() and not [p for p in tmp_path.glob("out*") if "pieces" not in p.name]
    heard = AtFirst(kill_a_worker)
    report = stylize_video(film, target, style, on_event=heard, resume=True, **LOSSLESS)
    assert report.frames == 2000 and "pieces taken over" in heard.notes[0], "resumed without naming workers"
    assert any("it is tried again" in note for note in heard.notes)
    assert times(target) == times(film) and packets(target, "audio") == packets(film, "audio")
    assert [p.name for p in tmp_path.glob("out*")] == ["out.mkv"]


def test_a_film_that_fails_stops_its_other_pieces_and_no_later_film(
    tmp_path: Path, tiny_model: Path, film: Path
) -> None:
    """Also with a style whose file was changed meanwhile: pieces of two paintings are not joined."""
    target, how = tmp_path / "out.mkv", Painting(str(tiny_model), ALL, Finish(), "cpu")

    def paint(target: Path, options: VideoOptions, crew: Crew, heard: Listener) -> VideoReport:
        return paint_film(film, target, how, crew, lambda: pytest.fail("not cut"), options, heard)

    heard = Listener()
    with LocalWorkers(2) as workers:
        with pytest.raises(LivebrushError, match="its file was changed while the film was painted"):
            paint(target, VideoOptions(codec="ffv1", painting="of another file"), Crew(workers, heard), heard)
        assert not list(tmp_path.glob("out*"))
        paint(target, options_for(how.styles, how.finish, codec="ffv1"), Crew(workers, heard), heard)
    assert times(target) == times(film) and heard.progress[-1][0] == 2000


def test_short_films_are_painted_as_a_whole(tmp_path: Path, tiny_model: Path) -> None:
    source, heard = make_clip(tmp_path / "in.mp4"), Listener()
    stylize_video(source, tmp_path / "out.mp4", str(tiny_model), workers=2, device="cpu", on_event=heard)
    assert any("painted as a whole" in note for note in heard.notes)
    assert times(tmp_path / "out.mp4") == times(source)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_workers_end_with_the_first_process(tmp_path: Path, tiny_model: Path, film: Path) -> None:
    command = [sys.executable, "-m", "livebrush", "video", str(film), "-s", str(tiny_model), "--workers", "2"]
    command += ["-o", str(tmp_path / "out.mkv"), "--codec", "ffv1", "--device", "cpu", "--progress", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        assert run.stdout
        while '"progress"' not in run.stdout.readline():
            pass
        workers = psutil.Process(run.pid).children(recursive=True)
        assert len(workers) >= 2
        run.kill()
    gone, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive and gone
    subprocess.run([*command, "--resume"], check=True, capture_output=True)
    assert times(tmp_path / "out.mkv") == times(film)
    assert [p.name for p in tmp_path.glob("out*")] == ["out.mkv"]
