"""Stylizes a video file: decode, paint and encode overlap; every frame is kept, in order."""

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Note, OnEvent, Started, telling
from livebrush.realtime.address import Address
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.video.ends import ClipSink, ClipSource
from livebrush.realtime.video.newest_frame import NewestFrame
from livebrush.realtime.video.numbered import NumberedPictures
from livebrush.realtime.video.opening import USUAL_FPS, check_target, open_sink, opened, rate_of
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.pipeline import Paint, VideoPipeline
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.unfinished import run_of
from livebrush.realtime.video.video_path import VideoPath, pictures_of, video_path_of


class Interrupted(LivebrushError):
    """The user stopped the run.

    path:   of the shorter video that plays; None if there is none
    frames: that were written
    """

    exit_code = 130

    def __init__(self, path: Path | None, frames: int, resumes: bool = True) -> None:
        self.path, self.frames = path, frames
        told = f"the first {frames} frames are in {path}" if path else f"{frames or 'no'} frames were written"
        super().__init__(f"stopped: {told}", code="stopped", remedy="go_on" if path and resumes else "")


@dataclass(frozen=True)
class VideoReport:
    """The result of a run, and its cost.

    path: of the painted video
    frames: that were painted
    wall_s: seconds from the first read to the finished file
    cpu_s: CPU seconds by stage: decode, convert, paint, encode, and workers (the threads that codecs and ONNX Runtime
        start themselves); the sum is the CPU time of the process
    cores: that the process may use
    codec: of the painted video
    height, width: of the painted video as it is shown
    damage: what was wrong with the source, or None
    provider: what ran the style, see `Engine`
    """

    path: Path
    frames: int
    wall_s: float
    cpu_s: dict[str, float]
    cores: int
    codec: str
    height: int
    width: int
    damage: str | None = None
    provider: str = ""

    def as_json(self) -> dict[str, Any]:
        """The facts that the event `Finished` carries."""
        return {
            "frame": self.frames, "seconds": round(self.wall_s, 3), "codec": self.codec,
            "height": self.height, "width": self.width, "damage": self.damage,
        }  # fmt: skip

    @property
    def fps(self) -> float:
        """Frames per second, from start to end."""
        return self.frames / self.wall_s

    @property
    def cpu_s_per_frame(self) -> float:
        """CPU seconds of the whole process for one frame."""
        return sum(self.cpu_s.values()) / self.frames

    @property
    def bound_fps(self) -> float:
        """Frames per second if every core worked all the time."""
        return self.cores / self.cpu_s_per_frame

    @property
    def share_of_bound(self) -> float:
        """`fps` over `bound_fps`, 0 to 1."""
        return self.fps / self.bound_fps


def paint_video(
    source: str | os.PathLike[str] | VideoPath,
    target: str | os.PathLike[str],
    paint: Paint,
    options: VideoOptions | None = None,
    on_event: OnEvent | None = None,
    painters: int = 1,
    warm_up: int = 0,
) -> VideoReport:
    """Paints every frame of a video file into another, with its sound, subtitles, chapters and tags.

    source, target: either may be numbered pictures, such as frame_%05d.png
    paint: (H, W, 3) RGB uint8 -> the same shape; called in `painters` threads at once, each on a frame of
        its own: 1 where a frame's painting depends on the one before
    on_event: called with an event at the start, for every frame, for what could not be kept (notes), and at the end
    warm_up: frames that `paint` must have seen before; painted again when a run is resumed
    raises: LivebrushError for everything that a user can mend, and no file is left under the target's name;
        Interrupted on Ctrl-C, with the frames so far in a file that plays
    """
    options = options or VideoOptions()
    clock = StageClock()
    start_s = time.perf_counter()
    with telling(on_event) as tell:
        check_target(target, options)
        shown = NewestFrame(Path(options.preview), tell).show if options.preview else None
        video = video_path_of(source)
        with opened(video, options, clock) as (clip, told_by):
            if isinstance(video, NumberedPictures) and _takes_usual_rate(target, options):
                clip.notes.append(
                    Note(f"numbered pictures have no times: taken for {USUAL_FPS} a second", remedy="fps")
                )
            run = run_of(told_by, **what_frames_depend_on(options, Path(target)))
            sink = open_sink(target, clip.facts, options, clock, run)
            tell(Started(title_of(video), "frame", clip.expected_frames))
            tell_notes(clip, sink, tell)
            try:
                run_pipeline(VideoPipeline(clip, sink, paint, tell, clock, painters, warm_up, shown), sink)
            finally:
                tell_notes(clip, sink, tell)
        report = _report(clip, sink, clock, time.perf_counter() - start_s)
        tell(Finished(report.path, report.as_json()))
        return report


def _takes_usual_rate(target: str | os.PathLike[str], options: VideoOptions) -> bool:
    """Whether that makes a difference: pictures that are painted into pictures need times only for a part."""
    in_time = pictures_of(target) is None or options.start_s is not None or options.duration_s is not None
    return options.fps is None and in_time


def title_of(video: VideoPath) -> str:
    """What a progress bar calls the painting of a video."""
    return video.path.name if isinstance(video, Address) else video.name


def run_pipeline(pipeline: VideoPipeline, sink: ClipSink) -> None:
    """raises: LivebrushError, which says what is painted already and how to go on; Interrupted on Ctrl-C"""
    try:
        complete = pipeline.run()
    except LivebrushError as error:
        if pipeline.written and str(pipeline.written) not in str(error):
            told = f"{error}; what is painted is in {pipeline.written}"
            remedy = error.remedy or ("go_on" if sink.resumes else "")
            raise LivebrushError(told, code=error.code, remedy=remedy, **error.values) from error
        raise
    if not complete:
        raise Interrupted(pipeline.written, sink.frames_written, sink.resumes)


def tell_notes(source: ClipSource, sink: ClipSink, tell: OnEvent) -> None:
    """What there is to say by now, in the thread that everything is told in."""
    for notes in (source.notes, sink.notes):
        while notes:
            tell(notes.pop(0))


def what_frames_depend_on(options: VideoOptions, target: Path) -> dict[str, object]:
    """What two runs with a video must have in common for one to go on from the other, see `run_of`."""
    told = asdict(options)
    for name in ("sound", "subtitles", "overwrite", "resume", "preview"):
        del told[name]
    told["fps"] = None if options.fps is None else str(rate_of(options.fps))
    return {**told, "format": target.suffix.lower()}


def _report(source: ClipSource, sink: ClipSink, clock: StageClock, wall_s: float) -> VideoReport:
    cpu_s = dict(clock.cpu_s)
    cpu_s["workers"] = max(0.0, clock.process_cpu_s - sum(cpu_s.values()))
    return VideoReport(
        path=sink.path, frames=sink.frames_written, wall_s=wall_s, cpu_s=cpu_s, cores=usable_cores(),
        codec=sink.codec_name, height=source.facts.height, width=source.facts.width,
        damage=source.damage,
    )  # fmt: skip
