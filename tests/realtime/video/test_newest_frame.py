"""The picture of the newest painted frame that a long run leaves where it can be looked at."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Preview
from livebrush.realtime.video.newest_frame import NewestFrame
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.stylize import paint_video
from tests.listener import Listener
from tests.realtime.live.hand_set_clock import HandSetClock
from tests.realtime.video.clips import make_clip, picture


def test_at_most_one_a_second_is_written(tmp_path: Path) -> None:
    path, heard, clock = tmp_path / "newest.png", Listener(), HandSetClock()
    newest = NewestFrame(path, heard, clock)
    for grey, wanted in ((10, 10), (20, 10), (30, 30), (40, 30)):
        newest.show(np.full((800, 1600, 3), grey, np.uint8))
        with Image.open(path) as shown:
            assert shown.size == (640, 320) and shown.getpixel((5, 5)) == (wanted,) * 3
        clock.now += 0.6
    assert heard.events == [Preview(path)] * 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_tells_of_it_in_time(tmp_path: Path) -> None:
    source, path, heard = make_clip(tmp_path / "in.mp4"), tmp_path / "newest.png", Listener()
    paint_video(source, tmp_path / "out.mp4", lambda pixels: 255 - pixels, VideoOptions(preview=path), heard)
    kinds = [type(event).__name__ for event in heard.events]
    assert kinds[:3] == ["Started", "Preview", "Progress"] and kinds[-1] == "Finished"
    with Image.open(path) as shown:
        first = np.asarray(shown).astype(int)
    assert np.abs(first - (255 - picture(0, 48, 64).astype(int))).mean() < 12  # H.264 keeps colours so well


def test_what_is_no_picture_is_refused_before_anything_is_painted(tmp_path: Path) -> None:
    source, options = make_clip(tmp_path / "in.mp4"), VideoOptions(preview=tmp_path / "newest.txt")
    with pytest.raises(LivebrushError, match=r"newest\.txt: a picture cannot be written with the suffix"):
        paint_video(source, tmp_path / "out.mp4", lambda pixels: pixels, options)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]
