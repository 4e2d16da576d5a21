"""The log, the plot and the video of a still: whole, or as they were."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.trainer.stills.loss_log import plot_losses, write_log
from livebrush.trainer.stills.video_of_progress import VideoOfProgress

LOSSES = [{"step": 1, "style": 3.0, "total": 4.0}, {"step": 2, "style": 2.0, "total": 2.5}]


def test_a_log_is_a_table(tmp_path: Path) -> None:
    write_log(LOSSES, tmp_path / "log.csv")
    assert (tmp_path / "log.csv").read_text().splitlines() == ["step,style,total", "1,3,4", "2,2,2.5"]


@pytest.mark.parametrize("write", [write_log, plot_losses])
def test_what_cannot_be_written_leaves_what_was(tmp_path: Path, write: Callable) -> None:
    path = tmp_path / "kept.csv"
    path.write_text("before")
    torn = [{"step": 1, "style": "none", "total": object()}]
    with pytest.raises((TypeError, ValueError)):
        write(torn, path)
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_a_video_says_which_colours_it_holds(tmp_path: Path) -> None:
    red = np.zeros((120, 160, 3), np.uint8)
    red[:] = (200, 40, 30)
    video = VideoOfProgress(tmp_path / "way.mp4", 10, (120, 160))
    video.add(red)
    video.write(red)
    with av.open(str(tmp_path / "way.mp4")) as container:
        frame = next(container.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (6, 1)  # BT.601, as players take what has 120 lines
        shown = frame.to_ndarray(format="rgb24").reshape(-1, 3).mean(0)
    assert np.abs(shown - (200, 40, 30)).max() < 4
