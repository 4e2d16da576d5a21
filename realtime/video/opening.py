"""The two ends of a painting, as its options ask for them."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.realtime.same_run import Run
from livebrush.realtime.video.codecs import choose_codec
from livebrush.realtime.video.ends import ClipSink, ClipSource
from livebrush.realtime.video.facts import ClipFacts
from livebrush.realtime.video.numbered import NumberedPictures
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.readable_file import readable_file
from livebrush.realtime.video.sequence_sink import SequenceSink
from livebrush.realtime.video.sequence_source import SequenceSource
from livebrush.realtime.video.sink import VideoSink
from livebrush.realtime.video.source import VideoSource
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.video_path import VideoPath, pictures_of

USUAL_FPS = 25
"""as FFmpeg takes pictures"""
_MOST_FPS = 1000


def check_target(target: str | os.PathLike[str], options: VideoOptions) -> None:
    """Raises LivebrushError where a target cannot be what the options ask for, whatever is painted."""
    if pictures_of(target) is None:
        choose_codec(Path(target), options.codec, alpha=False)
        return
    for field in ("codec", "crf", "pixel_format"):
        if getattr(options, field) is not None:
            raise LivebrushError(
                f"{target}: numbered pictures have no {field.replace('_', ' ')}; leave it out",
                code="conflict",
            )


@contextmanager
def opened(video: VideoPath, options: VideoOptions, clock: StageClock) -> Iterator[tuple[ClipSource, Path]]:
    """The opened video, and the file that tells it from another."""
    if isinstance(video, NumberedPictures):
        pictures = SequenceSource(
            video, rate_of(options.fps), options.start_s, options.duration_s, options.size, clock
        )
        with closing(pictures):
            yield pictures, pictures.facts.inputs[0]
        return
    if options.fps is not None:
        raise LivebrushError(
            f"{video}: has times of its own, fps is for numbered pictures",
            code="conflict",
            remedy="leave_out",
            field="fps",
        )
    with readable_file(video) as file:
        source = VideoSource(
            file, options.start_s, options.duration_s, options.size, clock, options.deinterlace, options.keep_hdr
        )  # fmt: skip
        if isinstance(video, Path) and video != file:  # painted from a copy
            source.facts = replace(source.facts, inputs=[video, file])
        with closing(source):
            yield source, video if isinstance(video, Path) and video.is_file() else file


def rate_of(fps: Fraction | float | None) -> Fraction:
    """Exactly what was meant: 23.976 is 2997/125."""
    if fps is None:
        return Fraction(USUAL_FPS)
    if not 0 < fps <= _MOST_FPS:
        raise LivebrushError(f"fps must be more than 0 and {_MOST_FPS} at most, got {fps}", code="invalid")
    return Fraction(fps).limit_denominator(1001)


def open_sink(
    target: str | os.PathLike[str], facts: ClipFacts, options: VideoOptions, clock: StageClock, run: Run
) -> ClipSink:
    """Where the pictures go. Raises LivebrushError, before anything is painted, when they cannot."""
    if pictures := pictures_of(target):
        return SequenceSink(
            pictures, facts, options.sound, options.subtitles, options.overwrite, clock, run, options.resume
        )
    return VideoSink(
        target, facts, options.codec, options.crf, options.preset,
        options.sound, options.subtitles, options.overwrite, clock, options.pixel_format, run, options.resume,
    )  # fmt: skip
