"""Stylizes a video file: decode, paint and encode overlap; every frame is kept, in order."""

import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.video.codecs import choose_codec
from livebrush.realtime.video.pipeline import Paint, Progress, VideoPipeline
from livebrush.realtime.video.readable_file import readable_file
from livebrush.realtime.video.sink import VideoSink
from livebrush.realtime.video.source import VideoSource
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.unfinished import run_of

GO_ON = "the same command with --resume goes on from there"


class Interrupted(LivebrushError):
    """The user stopped the run. path: the shorter file that plays, or None when there is none; frames: written."""

    exit_code = 130

    def __init__(self, path: Path | None, frames: int, resumes: bool = True) -> None:
        self.path, self.frames = path, frames
        told = f"the first {frames} frames are in {path}" if path else f"{frames or 'no'} frames were written"
        told += f"; {GO_ON}" if path and resumes else ""
        super().__init__(f"stopped: {told}")


@dataclass(frozen=True)
class VideoOptions:
    """How a video file is read and written.

    start_s, duration_s: the part to stylize, in seconds
    size: (height, width) to paint at, or a height that keeps the shape; None: the file's own
    codec, crf, preset: see codecs; None: what suits the container
    sound: auto (copied where the container holds it, else encoded anew), copy, transcode, or none
    subtitles: take those over
    overwrite: replace an existing target
    deinterlace: paint whole pictures of interlaced film
    keep_hdr: paint the values of HDR video as they are stored
    pixel_format: see codecs' encoders, yuv444p for colour at full resolution; None: what the codec is usually fed
    painting: what tells the painting from another of the same film, for `resume`
    resume: go on from what a run of the same film, painting and options left unfinished beside the target
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
    """What a run did and what it cost.

    frames, wall_s: pictures painted, and seconds from the first read to the finished file
    cpu_s: CPU seconds by stage: decode, convert, paint, encode as seen on their own threads, and
        workers, the threads that codecs and ONNX Runtime start by themselves; they add up to the process
    cores: cores that the process may use
    codec, height, width: of the written video, height and width as shown
    notes: what could not be kept and why, one line each
    damage: what was wrong with the source, or None
    """

    path: Path
    frames: int
    wall_s: float
    cpu_s: dict[str, float]
    cores: int
    codec: str
    height: int
    width: int
    notes: list[str] = field(default_factory=list)
    damage: str | None = None

    @property
    def fps(self) -> float:
        """Pictures a second, start to end."""
        return self.frames / self.wall_s

    @property
    def cpu_s_per_frame(self) -> float:
        """CPU seconds of the whole process for one picture."""
        return sum(self.cpu_s.values()) / self.frames

    @property
    def bound_fps(self) -> float:
        """Pictures a second if every core worked all the time."""
        return self.cores / self.cpu_s_per_frame

    @property
    def share_of_bound(self) -> float:
        """How much of what the cores allow was reached, 0 to 1."""
        return self.fps / self.bound_fps


def stylize_video(
    source_path: str | os.PathLike[str],
    target_path: str | os.PathLike[str],
    paint: Paint,
    options: VideoOptions | None = None,
    progress: Progress | None = None,
    painters: int = 1,
    warm_up: int = 0,
) -> VideoReport:
    """Paints every frame of a video file into another, with its sound, subtitles, chapters and tags.

    paint: (H, W, 3) RGB uint8 -> the same shape; called in `painters` threads at once, each on a frame of
        its own: 1 where a frame's painting depends on the one before
    progress: called after every painted frame with frames done and expected (None: not known)
    warm_up: frames that `paint` needs to have seen; painted once more where a run is resumed
    raises: LivebrushError for everything the user can mend, with no file left under the target's name;
        Interrupted on Ctrl-C, after the frames painted so far were completed to a file that plays
    """
    options = options or VideoOptions()
    clock = StageClock()
    start_s = time.perf_counter()
    target = Path(target_path)
    choose_codec(target, options.codec, alpha=False)
    with readable_file(Path(source_path)) as file:
        return _stylize(
            Path(source_path), file, target, paint, options, progress, painters, warm_up, clock, start_s
        )


def _stylize(
    named: Path,
    file: Path,
    target: Path,
    paint: Paint,
    options: VideoOptions,
    progress: Progress | None,
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
            run_of(named if named.is_file() else file, **_what_frames_depend_on(options, target)), options.resume,
        )  # fmt: skip
        if options.resume:
            sink.notes.append(f"{sink.frames_taken_over} frames taken over from an unfinished file")
        pipeline = VideoPipeline(source, sink, paint, progress, clock, painters, warm_up)
        try:
            complete = pipeline.run()
        except LivebrushError as error:
            if pipeline.written and str(pipeline.written) not in str(error):
                told = f"{error}; what is painted is in {pipeline.written}"
                raise LivebrushError(f"{told}: {GO_ON}" if sink.resumes else told) from error
            raise
        if not complete:
            raise Interrupted(pipeline.written, sink.frames_written, sink.resumes)
    finally:
        source.close()
    return _report(source, sink, clock, time.perf_counter() - start_s)


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
        notes=source.notes + sink.notes, damage=source.damage,
    )  # fmt: skip
