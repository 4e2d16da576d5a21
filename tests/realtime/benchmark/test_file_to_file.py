"""File to file is what `livebrush video` does."""

import itertools
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from livebrush.models.catalogue import find_style
from livebrush.models.errors import LivebrushError
from livebrush.realtime import cli
from livebrush.realtime.benchmark import file_to_file
from livebrush.realtime.benchmark.file_to_file import FileToFile, frames_for, pictures
from livebrush.realtime.video.clip_of_pictures import write_clip
from tests.realtime.video.clips import make_clip
from tests.tiny_models import write_stateful_model


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_a_video_is_brought_to_the_size(tmp_path: Path) -> None:
    frames = list(pictures(make_clip(tmp_path / "clip.mp4"), 30, 40))
    assert len(frames) == 25 and {frame.shape for frame in frames} == {(30, 40, 3)}


def test_without_a_video_there_is_a_moving_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(file_to_file, "EXAMPLE", tmp_path / "none.mp4")
    first, second = itertools.islice(pictures(None, 30, 40), 2)
    assert first.shape == (30, 40, 3) and (first != second).any() and first.std() > 10


def test_a_clip_holds_the_frames_it_was_given(tmp_path: Path) -> None:
    frames = [np.full((21, 33, 3), 10 * n, np.uint8) for n in range(7)]
    write_clip(iter(frames), tmp_path / "clip.mp4", 25)
    written = decoded(tmp_path / "clip.mp4")
    assert [round(float(frame.mean()) / 10) for frame in written] == list(range(7))
    assert written[0].shape == (22, 34, 3)


def test_runs_are_reported_and_the_typical_one_is_one_of_them(tiny_model: Path, tmp_path: Path) -> None:
    video = FileToFile(find_style(str(tiny_model)), "cpu", 2, "ultrafast")
    assert video.typical is None
    video.clip = make_clip(tmp_path / "clip.mp4")
    for _ in range(3):
        video.run()
    typical = video.typical
    assert typical is not None and sorted(video.reports, key=lambda report: report.fps)[1] is typical
    assert typical.frames == 25 and 0 < typical.share_of_bound < 1.2
    for before, after in zip(decoded(video.clip), decoded(tmp_path / "painted.mp4"), strict=True):
        assert np.abs(255 - before.astype(int) - after).mean() < 6


@pytest.mark.parametrize("stateful", [False, True])
def test_frames_are_painted_at_once_as_the_command_does(
    tiny_model: Path, tmp_path: Path, stateful: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if stateful:
        write_stateful_model(tiny_model)
    asked: list[int] = []

    def stylize_video(*arguments: Any) -> None:
        asked.append(arguments[5])
        raise LivebrushError("enough")

    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("livebrush.realtime.video_style.paint_video", stylize_video)
    clip = make_clip(tmp_path / "clip.mp4")
    for threads in (1, 2):
        assert cli.run(["video", str(clip), "-s", str(tiny_model), "--threads", str(threads)]) == 1
    videos = [FileToFile(find_style(str(tiny_model)), "auto", threads, "veryfast") for threads in (1, 2)]
    assert [video.painters for video in videos] == asked


def test_a_run_is_long_enough_to_mean_something_and_no_longer() -> None:
    assert [frames_for(s) for s in (10.0, 0.04, 0.001)] == [24, 50, 90]
