"""Animated WebP in and out: every frame, its time, its alpha."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.stylize import paint_video
from tests.listener import Listener
from tests.realtime.video.clips import Clip, frames, make_clip, picture, times

DURATIONS = [40, 120, 40, 333, 80]


def write_webp(path: Path, alpha: bool = False) -> Path:
    pictures = [picture(index, 48, 64) for index in range(len(DURATIONS))]
    if alpha:
        half = np.zeros((48, 64), np.uint8)
        half[:, :32] = 255
        pictures = [np.dstack([pixels, half]) for pixels in pictures]
    first, *others = (Image.fromarray(pixels) for pixels in pictures)
    first.save(path, save_all=True, append_images=others, duration=DURATIONS, lossless=True)
    return path


def frame_count(picture: Image.Image) -> int:
    return getattr(picture, "n_frames", 1)


def test_frames_and_times_come_in(tmp_path: Path) -> None:
    source = write_webp(tmp_path / "in.webp")
    report = paint_video(source, tmp_path / "out.mkv", lambda pixels: pixels)
    assert report.frames == len(DURATIONS)
    assert times(tmp_path / "out.mkv") == [Fraction(sum(DURATIONS[:n]), 1000) for n in range(5)]
    for index, frame in enumerate(frames(tmp_path / "out.mkv")):
        assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - picture(index, 48, 64)).mean() < 6


def test_webp_to_webp_keeps_times_and_alpha(tmp_path: Path) -> None:
    source = write_webp(tmp_path / "in.webp", alpha=True)
    paint_video(source, tmp_path / "out.webp", lambda pixels: 255 - pixels)
    with Image.open(tmp_path / "out.webp") as painted:
        assert frame_count(painted) == 5 and painted.info["loop"] == 0
        for index, duration in enumerate(DURATIONS):
            painted.seek(index)
            pixels = np.asarray(painted.convert("RGBA"))
            assert painted.info["duration"] == duration or index == 4  # the encoder gives the last an average
            assert pixels[:, :30, 3].min() > 250 and pixels[:, 34:, 3].max() < 5
            wanted = 255 - picture(index, 48, 64)[:, :30].astype(int)
            assert np.abs(pixels[:, :30, :3] - wanted).mean() < 12


def test_a_video_becomes_webp_and_says_what_is_lost(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "in.mp4", Clip(pts=range(30), audio_starts=(Fraction(0),)))
    heard = Listener()
    paint_video(source, tmp_path / "out.webp", lambda pixels: pixels, on_event=heard)
    with Image.open(tmp_path / "out.webp") as painted:
        assert frame_count(painted) == 30
    assert any("WebP holds only pictures: audio left out" in note for note in heard.notes)


def test_a_still_or_broken_webp_is_refused(tmp_path: Path) -> None:
    Image.fromarray(picture(0, 48, 64)).save(tmp_path / "still.webp")
    with pytest.raises(LivebrushError, match="still picture"):
        paint_video(tmp_path / "still.webp", tmp_path / "out.mkv", lambda pixels: pixels)
    data = write_webp(tmp_path / "in.webp").read_bytes()
    (tmp_path / "cut.webp").write_bytes(data[: len(data) // 2])
    with pytest.raises(LivebrushError, match=r"cut\.webp"):
        paint_video(tmp_path / "cut.webp", tmp_path / "out.mkv", lambda pixels: pixels)


def test_the_source_is_never_written_over(tmp_path: Path) -> None:
    source = write_webp(tmp_path / "in.webp")
    before = source.read_bytes()
    with pytest.raises(LivebrushError, match="is an input, which is never changed"):
        paint_video(source, source, lambda pixels: pixels, VideoOptions(overwrite=True))
    assert source.read_bytes() == before
