"""A batch that is killed with its workers goes on where it was; a few kills, of which the soak has many."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.realtime.batch.kept import faults
from tests.realtime.video.clips import Clip, make_clip
from tests.soak.batch_kills import kill_until_done, make_footage

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no groups of processes to kill")


def test_each_film_is_painted_once_and_whole(tmp_path: Path, tiny_model: Path) -> None:
    expected = make_footage(tmp_path / "footage", films=12, frames=14)
    arguments = [tmp_path / "footage", "-s", tiny_model, "-o", tmp_path / "painted", "--workers", "2"]
    began_s = time.monotonic()
    kill_until_done([*arguments[:-3], tmp_path / "whole"], 600, random.Random(0), tmp_path / "tmp")
    whole_s = time.monotonic() - began_s
    kills = 0
    for seed in range(5):  # a run may be quicker than its kill
        kills += kill_until_done(arguments, 0.7 * whole_s, random.Random(seed), tmp_path / "tmp")
        if kills:
            break
    assert kills
    assert faults(tmp_path / "painted", expected, tmp_path / "tmp") == []


def test_a_long_film_goes_on_within_and_no_process_is_left(tmp_path: Path, tiny_model: Path) -> None:
    """Killed alone, the batch takes its worker along, which gives the film back."""
    make_clip(tmp_path / "long.mp4", Clip(pts=range(3000), options={"g": "50"}))
    arguments = [
        "batch", tmp_path / "long.mp4", "-s", tiny_model, "-o", tmp_path / "painted", "--preset", "veryslow",
        "--size", "480",
    ]  # fmt: skip
    command = [sys.executable, "-m", "livebrush", *map(str, arguments)]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    partial = tmp_path / "painted" / "long_invert.partial.mp4"
    until_s = time.monotonic() + 120
    while time.monotonic() < until_s and not (partial.exists() and partial.stat().st_size > 100_000):
        time.sleep(0.05)
    workers = psutil.Process(run.pid).children()
    run.send_signal(signal.SIGKILL)
    run.wait()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert len(workers) == 1 and alive == []
    assert partial.exists()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "frames taken over from an unfinished file" in done.stderr
    assert "0 frames taken over" not in done.stderr
    assert faults(tmp_path / "painted", {"long_invert.mp4": 3000}) == []


def test_ctrl_c_in_a_terminal_is_heard_once_and_says_how_to_go_on(tmp_path: Path, tiny_model: Path) -> None:
    """The terminal sends it to the workers, too."""
    make_clip(tmp_path / "long.mp4", Clip(pts=range(3000)))
    command = [
        sys.executable, "-m", "livebrush", "batch", tmp_path / "long.mp4", "-s", tiny_model, "-o", tmp_path / "painted",
        "--preset", "veryslow", "--size", "480",
    ]  # fmt: skip
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    partial = tmp_path / "painted" / "long_invert.partial.mp4"
    until_s = time.monotonic() + 120
    while time.monotonic() < until_s and not (partial.exists() and partial.stat().st_size > 30_000):
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 130
    assert said.splitlines()[-1] == (
        "livebrush: stopped: 0 painted, 1 left to paint: the same command goes on from there"
    )
    assert "Traceback" not in said and partial.exists()
    with sqlite3.connect(tmp_path / "painted" / ".livebrush" / "batch.sqlite") as table:
        assert table.execute("SELECT state FROM films").fetchall() == [("painting",)]
    table.close()
