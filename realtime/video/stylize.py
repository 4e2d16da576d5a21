"""Stylizes a video file: decode, paint and encode overlap; every frame is kept, in order."""

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Note, OnEvent, Started, telling
from livebrush.realtime.address import Address, source_of
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.video.codecs import choose_codec
from livebrush.realtime.video.pipeline import Paint, VideoPipeline
from livebrush.realtime.video.readable_file import readable_file
from livebrush.realtime.video.sink import VideoSink
from livebrush.realtime.video.source import VideoSource
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.unfinished import run_of


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
class VideoOptions:
    """How a video file is read and written.

    start_s, duration_s: the part to paint, in seconds; None: from the start, to the end
    size: (height, width) to paint at, or a height, which keeps the aspect ratio; None: the size of the file
    codec: h264, hevc, vp9, av1, prores or ffv1; None: what suits the format
    crf: quality; lower is better and makes a larger file; None: what suits the codec
    preset: the effort of the encoder, ultrafast to veryslow
    sound: "auto" (copy, or encode again where the format cannot hold a copy), "copy", "transcode", or "none"
    subtitles: keep the subtitles
    overwrite: replace an existing target
    deinterlace: deinterlace interlaced video before painting
    keep_hdr: paint HDR video as it is stored, without tone mapping
    pixel_format: by FFmpeg's name; yuv444p keeps colour at full resolution; None: what suits the codec
    painting: a text that differs between paintings of the same video, for `resume`
    resume: continue what an earlier run with the same video, painting and options left unfinished
    """

    start_s: float | None = None
    duration_s: float | None = None
    size: tuple[int, int] | int | None = None
    codec: str | None = None
    crf: int | None = None
    preset: str = "veryfast"
    sound: str = "auto"
    subtitles: bool = True
    overwrite: bool = False
    deinterlace: bool = True
    keep_hdr: bool = False
    pixel_format: str | None = None
    painting: str = ""
    resume: bool = False


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
    source_path: str | os.PathLike[str],
    target_path: str | os.PathLike[str],
    paint: Paint,
    options: VideoOptions | None = None,
    on_event: OnEvent | None = None,
    painters: int = 1,
    warm_up: int = 0,
) -> VideoReport:
    """Paints every frame of a video file into another, with its sound, subtitles, chapters and tags.

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
    target = Path(target_path)
    with telling(on_event) as tell:
        choose_codec(target, options.codec, alpha=False)
        named = source_of(source_path)
        with readable_file(named) as file:
            return _stylize(named, file, target, paint, options, tell, painters, warm_up, clock, start_s)


def _stylize(
    named: Path | Address,
    file: Path,
    target: Path,
    paint: Paint,
    options: VideoOptions,
    tell: OnEvent,
    painters: int,
    warm_up: int,
    clock: StageClock,
    start_s: float,
) -> VideoReport:
    source = VideoSource(
        file, options.start_s, options.duration_s, options.size, clock, options.deinterlace, options.keep_hdr
    )
    try:
        sink = VideoSink(
            target, source, options.codec, options.crf, options.preset,
            options.sound, options.subtitles, options.overwrite, clock, options.pixel_format,
            run_of(_identified_by(named, file), **_what_frames_depend_on(options, target)), options.resume,
        )  # fmt: skip
        if options.resume:
            sink.notes.append(Note(f"{sink.frames_taken_over} frames taken over from an unfinished file"))
        tell(Started(_title(named), "frame", source.expected_frames))
        _tell_notes(source, sink, tell)
        try:
            _run(VideoPipeline(source, sink, paint, tell, clock, painters, warm_up), sink)
        finally:
            _tell_notes(source, sink, tell)
    finally:
        source.close()
    report = _report(source, sink, clock, time.perf_counter() - start_s)
    tell(Finished(report.path, report.as_json()))
    return report


def _identified_by(named: Path | Address, file: Path) -> Path:
    """The file that tells a video from another: the copy of one is not the same twice."""
    return named if isinstance(named, Path) and named.is_file() else file


def _title(source: Path | Address) -> str:
    return source.name if isinstance(source, Path) else source.path.name


def _run(pipeline: VideoPipeline, sink: VideoSink) -> None:
    """raises: LivebrushError, which says what is painted already and how to go on"""
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


def _tell_notes(source: VideoSource, sink: VideoSink, tell: OnEvent) -> None:
    """What there is to say by now, in the thread that everything is told in."""
    for notes in (source.notes, sink.notes):
        while notes:
            tell(notes.pop(0))


def _what_frames_depend_on(options: VideoOptions, target: Path) -> dict[str, object]:
    told = asdict(options)
    for name in ("sound", "subtitles", "overwrite", "resume"):
        del told[name]
    return {**told, "format": target.suffix.lower()}


def _report(source: VideoSource, sink: VideoSink, clock: StageClock, wall_s: float) -> VideoReport:
    cpu_s = dict(clock.cpu_s)
    cpu_s["workers"] = max(0.0, clock.process_cpu_s - sum(cpu_s.values()))
    return VideoReport(
        path=sink.path, frames=sink.frames_written, wall_s=wall_s, cpu_s=cpu_s, cores=usable_cores(),
        codec=sink.codec_name, height=source.height, width=source.width,
        damage=source.damage,
    )  # fmt: skip
