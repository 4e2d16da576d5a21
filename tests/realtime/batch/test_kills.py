"""A batch that is killed with its workers goes on where it was; a few kills, of which the soak has many."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.realtime.batch.kept import faults
from tests.realtime.video.clips import Clip, frames, make_clip
from tests.soak.batch_kills import kill_until_done, make_footage

LONG = 1500
"""frames; what they are painted of is small"""
COMMAND = [sys.executable, "-m", "livebrush", "batch"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no groups of processes to kill")


def test_each_film_is_painted_once_and_whole(tmp_path: Path, tiny_model: Path) -> None:
    """Killed with all of its workers after one more painting each time."""
    expected = make_footage(tmp_path / "footage", films=8, frames=14)
    arguments = [tmp_path / "footage", "-s", tiny_model, "-o", tmp_path / "painted", "--workers", "2"]
    for _ in range(3):
        run = subprocess.Popen(
            [*COMMAND, *arguments, "--progress", "json"], stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        with run:
            assert run.stdout
            next(line for line in run.stdout if json.loads(line)["event"] == "finished")
            os.killpg(run.pid, signal.SIGKILL)
    kill_until_done(arguments, 600, random.Random(0), tmp_path / "tmp")
    assert faults(tmp_path / "painted", expected, tmp_path / "tmp") == []


def begun(tmp_path: Path, style: Path, frames_painted: int, own_group: bool = False) -> subprocess.Popen[str]:
    """A batch of one long film that has painted so many frames of it."""
    if not (tmp_path / "long.mp4").exists():
        make_clip(tmp_path / "long.mp4", Clip(pts=range(LONG), options={"preset": "ultrafast"}))
    command = [*COMMAND, tmp_path / "long.mp4", "-s", style, "-o", tmp_path / "painted", "--progress", "json"]
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=own_group
    )
    assert run.stdout
    for line in run.stdout:
        if json.loads(line).get("done", 0) >= frames_painted:
            break
    return run


def test_a_long_film_goes_on_within_and_no_process_is_left(tmp_path: Path, tiny_model: Path) -> None:
    """Killed alone, the batch takes its worker along, which leaves the film to the next."""
    run = begun(tmp_path, tiny_model, 500)
    workers = psutil.Process(run.pid).children()
    run.kill()
    run.communicate()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert len(workers) == 1 and alive == []
    assert (tmp_path / "painted" / "long_invert.partial.mp4").exists()
    command = [
        *COMMAND,
        tmp_path / "long.mp4",
        "-s",
        tiny_model,
        "-o",
        tmp_path / "painted",
        "--progress",
        "none",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    taken = re.search(r"note: long.mp4: (\d+) frames taken over from an unfinished file", done.stderr)
    assert done.returncode == 0 and taken and 0 < int(taken[1]) < LONG
    assert faults(tmp_path / "painted", {"long_invert.mp4": LONG}) == []


def test_ctrl_c_in_a_terminal_keeps_the_film_and_says_how_to_go_on(tmp_path: Path, tiny_model: Path) -> None:
    """The terminal sends it to the workers, too."""
    run = begun(tmp_path, tiny_model, 100, own_group=True)
    os.killpg(run.pid, signal.SIGINT)
    told, said = run.communicate(timeout=120)
    assert run.returncode == 130 and "Traceback" not in said
    assert said.splitlines()[-1] == (
        "livebrush: stopped: 0 painted, 1 left to paint: the same command goes on from there"
    )
    assert json.loads(told.splitlines()[-1])["code"] == "stopped"
    kept = frames(tmp_path / "painted" / "long_invert.partial.mp4")
    assert 100 <= len(kept) < LONG
    with closing(sqlite3.connect(tmp_path / "painted" / ".livebrush" / "batch.sqlite")) as table:
        assert table.execute("SELECT state FROM films").fetchall() == [("painting",)]
