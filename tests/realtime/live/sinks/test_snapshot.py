"""Snapshots: painted and written in the background, whole or not at all."""

import threading
from datetime import datetime

import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sinks.snapshot import Snapshots

NOW = datetime(2026, 11, 21, 6, 15, 30)


@pytest.fixture
def snapshots(tmp_path):
    made = Snapshots(tmp_path, lambda: NOW)
    yield made
    made.close()
    assert not [thread for thread in threading.enumerate() if "snapshots" in thread.name]


def noise(height: int = 20, width: int = 30) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_every_pixel_is_kept(tmp_path, snapshots):
    lines = []
    snapshots.save(noise, "starry_night", lines.append)
    snapshots.close()
    path = tmp_path / "livebrush_20261121_061530_starry_night.png"
    assert lines == [f"saved {path}"] and list(tmp_path.iterdir()) == [path]
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), noise())


def test_names_never_collide(tmp_path, snapshots):
    for _ in range(3):
        snapshots.save(noise, "wave", lambda line: None)
    snapshots.close()
    start = "livebrush_20261121_061530_wave"
    assert {path.name for path in tmp_path.iterdir()} == {f"{start}.png", f"{start}-2.png", f"{start}-3.png"}


@pytest.mark.parametrize("style", ["file:style", "../../etc/passwd", 'a\\b"c', "x" * 400])
def test_any_style_makes_a_name(tmp_path, snapshots, style):
    lines = []
    snapshots.save(noise, style, lines.append)
    snapshots.close()
    assert lines[0].startswith("saved") and len(list(tmp_path.glob("livebrush_*.png"))) == 1


def test_painting_happens_in_the_background(snapshots):
    painted_in, go_on = [], threading.Event()

    def paint():
        go_on.wait(10)
        painted_in.append(threading.current_thread())
        return noise()

    snapshots.save(paint, "wave", lambda line: None)
    assert painted_in == []  # save has come back before anything is painted
    go_on.set()
    snapshots.close()
    assert len(painted_in) == 1 and painted_in[0] is not threading.current_thread()


def test_closing_waits_for_all_that_was_asked_for(tmp_path, snapshots):
    for _ in range(4):
        snapshots.save(noise, "wave", lambda line: None)
    snapshots.close()
    snapshots.close()
    assert len(list(tmp_path.iterdir())) == 4


def test_too_many_at_once_are_refused(tmp_path, snapshots):
    go_on, lines = threading.Event(), []
    for _ in range(9):
        snapshots.save(lambda: go_on.wait(10) and noise(), "wave", lines.append)
    refused = len(lines)
    assert 4 <= refused <= 5 and all("still being painted" in line for line in lines)
    go_on.set()
    snapshots.close()
    assert len(list(tmp_path.iterdir())) == 9 - refused


@pytest.mark.parametrize("error, words", [
    (LivebrushError("the device ran out of memory"), "no snapshot: the device ran out of memory"),
    (ValueError("odd"), "no snapshot: ValueError: odd"),
])  # fmt: skip
def test_a_painting_that_fails_is_said_and_the_next_one_works(tmp_path, snapshots, error, words):
    def fail():
        raise error

    lines = []
    snapshots.save(fail, "wave", lines.append)
    snapshots.save(noise, "wave", lines.append)
    snapshots.close()
    assert lines[0] == words and lines[1].startswith("saved")
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_is_gone_is_said(tmp_path):
    lines, snapshots = [], Snapshots(tmp_path / "gone")
    snapshots.save(noise, "wave", lines.append)
    snapshots.close()
    assert lines == [f"no snapshot: the folder {tmp_path / 'gone'} does not exist; create it"]


def test_a_full_disk_leaves_nothing_behind(tmp_path, snapshots, monkeypatch):
    def fail(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fail)
    lines = []
    snapshots.save(noise, "wave", lines.append)
    snapshots.close()
    assert "cannot be written (No space left on device); free some space" in lines[0]
    assert list(tmp_path.iterdir()) == []
