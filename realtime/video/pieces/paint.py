"""One piece of a film, painted: the work of a worker, which only needs to reach the files."""

import json
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from livebrush.models.assignment import Styles
from livebrush.models.events import OnEvent, Progress
from livebrush.models.writing import whole_file
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.made.asked import find_styles
from livebrush.realtime.same_run import Run
from livebrush.realtime.video.facts import ClipFacts, OtherTracks
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.picture import Picture
from livebrush.realtime.video.pieces.cut import Piece
from livebrush.realtime.video.pipeline import VideoPipeline
from livebrush.realtime.video.sink import VideoSink
from livebrush.realtime.video.source import VideoSource
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.video_painter import VideoPainter


@dataclass(frozen=True)
class Painting:
    """What a film is painted with.

    style, only: see `find_styles`; device, threads: see `Engine`
    """

    style: str
    only: str
    finish: Finish
    device: str = "auto"
    threads: int | None = None

    @cached_property
    def styles(self) -> Styles:
        return find_styles(self.style, self.only)


@dataclass(frozen=True)
class PieceTask:
    """What a worker has to know.

    source: the film; target: the file of painted video that the piece becomes
    piece: which part of the film; painting, options: as of the whole film
    run: which run it belongs to, so that a piece that was stopped is only gone on with by the same
    """

    source: Path
    target: Path
    piece: Piece
    painting: Painting
    options: VideoOptions
    run: Run


@dataclass(frozen=True)
class PieceReport:
    """What is known of a painted piece.

    pts, durations: of its pictures, in ticks of time_base (s), in the time of the whole painting
    damage: what could not be decoded, or None
    notes: what was remarked while it was read, see `Note`
    cpu_s: CPU seconds by stage, of the process that painted it; provider: see `VideoReport`
    """

    pts: list[int]
    durations: list[int]
    time_base: Fraction
    damage: str | None
    notes: list[dict[str, Any]]
    cpu_s: Mapping[str, float]
    provider: str

    def save(self, target: Path) -> None:
        """Beside a piece: when that is there, the piece is ready. Raises LivebrushError."""
        told = {**vars(self), "time_base": str(self.time_base)}
        with whole_file(report_of(target)) as path:
            path.write_text(json.dumps(told), encoding="utf-8")

    @classmethod
    def load(cls, target: Path) -> "PieceReport | None":
        """That of a piece, or None where it is not ready."""
        with suppress(OSError, ValueError, TypeError, KeyError):
            told: dict[str, Any] = json.loads(report_of(target).read_text(encoding="utf-8"))
            if target.is_file():
                return cls(**{**told, "time_base": Fraction(told["time_base"])})
        return None


def report_of(target: Path) -> Path:
    """Where the report of a piece is kept."""
    return target.with_name(f"{target.name}.json")


class _PieceSink(VideoSink):
    """Takes pictures from a time on, s in the output, and remembers when they are shown."""

    def __init__(self, task: PieceTask, facts: ClipFacts, begin: Fraction | None, clock: StageClock) -> None:
        told = task.options
        bare = replace(facts, beside=OtherTracks(), chapters=(), metadata={}, track_metadata={})
        super().__init__(
            task.target, bare, told.codec, told.crf, told.preset, "none", False, True, clock, told.pixel_format,
            task.run, resume=True,
        )  # fmt: skip
        self.pts: list[int] = []
        self.durations: list[int] = []
        self._begin, self._before = begin, 0

    def needs(self, nth: int, picture: Picture, ahead: int) -> bool:
        if self._leads(picture):
            self._before = nth
        return super().needs(nth - self._before, picture, ahead)

    def write(self, picture: Picture) -> None:
        if self._leads(picture):
            return
        super().write(picture)
        self.pts.append(picture.pts)
        self.durations.append(picture.duration)

    def _leads(self, picture: Picture) -> bool:
        return self._begin is not None and picture.pts * picture.time_base < self._begin


def paint_piece(task: PieceTask, painter: VideoPainter, on_event: OnEvent) -> PieceReport | None:
    """Paints a piece into its file, with a report beside it; goes on with what an earlier run has left of it.

    painter: made of `task.painting`
    on_event: told of progress in the piece's frames, in the thread that calls
    returns: None when Ctrl-C or a signal to end came first: what is painted stays for another run
    raises: LivebrushError, as `paint_video`
    """
    clock, piece = StageClock(), task.piece
    painter.stream.reset()
    with closing(_opened(task, clock)) as clip:
        begin = None if piece.begin is None else clip.range.shifted_time(piece.begin)
        sink = _PieceSink(task, clip.facts, begin, clock)
        pipeline = VideoPipeline(
            clip, sink, painter.paint, _counting(on_event, sink), clock, painter.painters, painter.warm_up
        )
        if not pipeline.run():
            return None
        report = PieceReport(
            sink.pts, sink.durations, clip.facts.time_base, clip.damage,
            [vars(note) for note in clip.notes], dict(clock.cpu_s) | {"process": clock.process_cpu_s},
            ", ".join(dict.fromkeys(engine.provider for engine in painter.engines)),
        )  # fmt: skip
    report.save(task.target)
    on_event(Progress(len(report.pts), len(report.pts)))
    return report


def _opened(task: PieceTask, clock: StageClock) -> VideoSource:
    told, piece = task.options, task.piece
    part = (piece.begin if piece.lead is None else piece.lead, piece.end)
    return VideoSource(
        task.source, told.start_s, told.duration_s, told.size, clock, told.deinterlace, told.keep_hdr, part
    )


def _counting(on_event: OnEvent, sink: _PieceSink) -> Callable[[object], None]:
    """Progress in pictures that the piece has, without those that lead to it."""

    def tell(_event: object) -> None:
        on_event(Progress(len(sink.pts), None))

    return tell
