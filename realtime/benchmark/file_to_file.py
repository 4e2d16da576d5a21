"""File to file: how many frames a second `livebrush video` paints, decoding and encoding included."""

import itertools
import statistics
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from livebrush.models.catalogue import Choice
from livebrush.realtime.engine.finish import Finish, stroke_of
from livebrush.realtime.live.sources.test_pattern import TestPattern
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.source import VideoSource
from livebrush.realtime.video.stylize import VideoReport, paint_video
from livebrush.realtime.video.video_painter import video_painter

LEAST_FRAMES, MOST_FRAMES = 24, 90  # enough to outweigh start and end; as many as anybody waits for
RUN_S = 2.0
RATE_HZ = 25
EXAMPLE = Path(__file__).parents[2] / "examples" / "clip.mp4"  # in a checkout; no package holds it


def pictures(source: Path | None, height: int, width: int) -> Iterator[np.ndarray]:
    """Frames of a video at a size, (H, W, 3) uint8 RGB; None: the example video, else the test pattern.

    raises: LivebrushError when the video is missing or cannot be read
    """
    source = source or (EXAMPLE if EXAMPLE.is_file() else None)
    if source is None:
        pattern = TestPattern((height, width), RATE_HZ)
        yield from map(pattern.picture, itertools.count())
        return
    with closing(VideoSource(source, size=(height, width))) as video:
        for event in video.read():
            if isinstance(event, Picture):
                yield event.over_black()


class FileToFile:
    """A style as `livebrush video` runs it on a file.

    reports: one for each finished run
    """

    def __init__(self, choice: Choice, device: str, threads: int, preset: str) -> None:
        self._painter = video_painter(choice, device, threads, Finish(stroke=stroke_of(choice, None)))
        self.painters = self._painter.painters
        self._preset = preset
        self.clip: Path | None = None
        self.reports: list[VideoReport] = []

    def warm_up(self, height: int, width: int) -> None:
        for engine in self._painter.engines:
            engine.warm_up(height, width)

    def paint(self, frame: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 RGB -> the same, as every frame of the file is painted."""
        return self._painter.paint(frame)

    def run(self) -> None:
        """Paint `clip` once, into a file beside it."""
        assert self.clip is not None
        self._painter.stream.reset()
        options = VideoOptions(preset=self._preset, overwrite=True)
        target = self.clip.with_name("painted.mp4")
        self.reports.append(paint_video(self.clip, target, self.paint, options, None, self.painters))

    @property
    def typical(self) -> VideoReport | None:
        """The run of the median speed (the lower one of two): its figures belong together."""
        if not self.reports:
            return None
        fps = statistics.median_low(report.fps for report in self.reports)
        return next(report for report in self.reports if report.fps == fps)


def frames_for(frame_s: float) -> int:
    """How many frames make a run of RUN_S when each takes this many seconds, within what makes sense."""
    return min(MOST_FRAMES, max(LEAST_FRAMES, round(RUN_S / frame_s)))
