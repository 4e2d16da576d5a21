"""Many videos: what is told, what fails, what is gone on with, and what counts as a video."""

from pathlib import Path

import numpy as np
import pytest

import livebrush
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Failed, Finished, Note, OnEvent, Started
from livebrush.realtime.address import Address
from livebrush.realtime.input_files import expand_inputs
from livebrush.realtime.video.stylize import Interrupted, VideoOptions, VideoReport, paint_video
from livebrush.realtime.video.videos import VIDEOS, VideosFailed, paint_videos
from tests.listener import Listener
from tests.realtime.video.clips import Clip, frames, make_clip
from tests.tiny_models import write_stateful_model


def test_every_video_tells_its_own_between_the_start_and_the_end_of_the_whole(
    tmp_path: Path, tiny_model: Path
) -> None:
    for name in ("a.mp4", "b.mkv"):
        make_clip(tmp_path / name)
    heard = Listener()
    reports = livebrush.stylize_videos(
        [tmp_path / "a.mp4", tmp_path / "*.mkv"], tmp_path / "out", str(tiny_model), on_event=heard
    )
    out = [tmp_path / "out" / f"{name}_invert.mp4" for name in "ab"]
    assert [report.path for report in reports] == out
    assert [(e.title, e.unit, e.of) for e in heard.events if isinstance(e, Started)] == [
        ("2 videos", "video", 2), ("a.mp4 (1 of 2)", "frame", 25), ("b.mkv (2 of 2)", "frame", 25),
    ]  # fmt: skip
    ends = [event for event in heard.events if isinstance(event, Finished)]
    assert [end.path for end in ends] == [*out, tmp_path / "out"] and ends[-1].values["video"] == 2


def test_each_video_stands_for_itself(tmp_path: Path) -> None:
    """This style counts the frames that came before."""
    write_stateful_model(tmp_path / "count.onnx")
    for name in ("a.mkv", "b.mkv"):
        make_clip(tmp_path / name)
    videos = livebrush.stylize_videos(
        tmp_path / "*.mkv", f"{tmp_path}/out/", str(tmp_path / "count.onnx"), codec="ffv1"
    )
    first, second = ([frame.to_ndarray(format="rgb24") for frame in frames(video.path)] for video in videos)
    np.testing.assert_array_equal(first, second)
    assert videos[0].path.suffix == ".mkv"  # which holds ffv1


def test_what_failed_is_listed_and_what_was_painted_is_reported(tmp_path: Path, tiny_model: Path) -> None:
    make_clip(tmp_path / "b.mp4")
    for name in ("a.mp4", "c.mp4"):
        (tmp_path / name).write_text("no video")
    heard = Listener()
    with pytest.raises(VideosFailed, match=r"^2 of 3 videos failed: .*a\.mp4.*; .*c\.mp4") as told:
        livebrush.stylize_videos(tmp_path, tmp_path / "out", str(tiny_model), on_event=heard)
    assert [report.path.name for report in told.value.reports] == ["b_invert.mp4"]
    assert told.value.code == "unreadable"
    assert heard.events[-1] == Failed("unreadable", str(told.value))
    assert len([event for event in heard.events if isinstance(event, Failed)]) == 3


def test_an_unfinished_video_is_gone_on_with_and_a_finished_one_left_alone(
    tmp_path: Path, tiny_model: Path
) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    clips.mkdir()
    for name in ("a.mp4", "b.mp4"):
        make_clip(clips / name)
    livebrush.stylize_videos(clips / "a.mp4", f"{out}/", str(tiny_model))
    done = (out / "a_invert.mp4").stat().st_mtime_ns
    heard = Listener()
    livebrush.stylize_videos(clips, out, str(tiny_model), resume=True, on_event=heard)
    assert (out / "a_invert.mp4").stat().st_mtime_ns == done and len(frames(out / "b_invert.mp4")) == 25
    assert "1 already painted, skipped" in heard.notes
    assert livebrush.stylize_videos(clips, out, str(tiny_model), resume=True) == []


def test_stopping_ends_the_whole_and_keeps_what_is_done(tmp_path: Path) -> None:
    plan = [(make_clip(tmp_path / f"{name}.mp4"), tmp_path / f"{name}_x.mp4") for name in "abc"]

    def paint(source: Path | Address, target: Path, on_event: OnEvent) -> VideoReport:
        def stopping(pixels: np.ndarray) -> np.ndarray:
            if source == plan[1][0]:
                raise KeyboardInterrupt
            return pixels

        return paint_video(str(source), target, stopping, VideoOptions(), on_event)

    heard = Listener()
    with pytest.raises(Interrupted):
        paint_videos(plan, paint, heard)
    assert "1 of 3 videos are painted" in heard.notes
    assert (tmp_path / "a_x.mp4").exists() and not (tmp_path / "c_x.mp4").exists()


def test_a_folder_gives_its_videos_and_not_what_is_unfinished(tmp_path: Path) -> None:
    for name in (
        "b.MOV",
        "a.webm",
        "a_wave.partial.mp4",
        "a_wave.partial2.mp4",
        "photo.jpg",
        "still.webp",
        ".c.mp4",
    ):
        (tmp_path / name).write_bytes(b"0")
    assert [path.name for path in expand_inputs([tmp_path], VIDEOS)] == ["a.webm", "b.MOV"]


def test_what_cannot_be_is_said_before_anything_is_painted(tmp_path: Path, tiny_model: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_clip(tmp_path / name)
    given = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for output, codec, words in (
        (tmp_path / "out.mkv", None, "one file for 2 videos"),
        (tmp_path / "x" / "y", None, "does not exist"),
        (tmp_path / "out", "nonsense", "not known"),
    ):
        with pytest.raises(LivebrushError, match=words):
            livebrush.stylize_videos(given, output, str(tiny_model), codec=codec)
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["a.mp4", "b.mp4", "invert.onnx"]


def test_notes_carry_the_video_s_name(tmp_path: Path, tiny_model: Path) -> None:
    make_clip(tmp_path / "odd.mkv", Clip(height=47, width=63, codec="ffv1", pixel_format="bgr0"))
    make_clip(tmp_path / "a.mp4")
    heard = Listener()
    livebrush.stylize_videos(tmp_path, tmp_path / "out", str(tiny_model), on_event=heard)
    notes = [event for event in heard.events if isinstance(event, Note)]
    assert notes and all(str(tmp_path / "odd.mkv") in note.text for note in notes)
