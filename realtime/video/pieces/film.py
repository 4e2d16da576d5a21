"""A long film: cut, painted in pieces by several workers, and joined without encoding again."""

import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Progress, Started, tell, telling
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.interrupts import Interrupt, noticed
from livebrush.realtime.same_run import Run
from livebrush.realtime.video.animated_webp import is_animated_webp
from livebrush.realtime.video.opening import check_target, open_sink, opened
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.pieces.cut import SHORTEST_S, Piece, cut, timetable
from livebrush.realtime.video.pieces.folder import PiecesFolder, has_pieces
from livebrush.realtime.video.pieces.join import JoinedClip, join
from livebrush.realtime.video.pieces.paint import Painting, PieceReport, PieceTask
from livebrush.realtime.video.sink import VideoSink
from livebrush.realtime.video.source import VideoSource
from livebrush.realtime.video.stage_clock import StageClock
from livebrush.realtime.video.stylize import (
    Interrupted,
    VideoReport,
    run_pipeline,
    tell_notes,
    title_of,
    what_frames_depend_on,
)
from livebrush.realtime.video.target import NOT_RESUMED, STANDARD_OUTPUT
from livebrush.realtime.video.unfinished import run_of
from livebrush.realtime.video.video_painter import remembered_frames
from livebrush.realtime.video.video_path import VideoPath, pictures_of, video_path_of

AnyPath = str | os.PathLike[str]
PaintWhole = Callable[[], VideoReport]


class Workers(Protocol):
    """Who paints pieces, such as `livebrush.realtime.video.pieces.crew.Crew`."""

    count: int

    def paint(
        self, tasks: Sequence[PieceTask], on_progress: Callable[[str, int], object], interrupt: Interrupt
    ) -> bool:
        """Paints pieces, in any order; False when the user stopped it.

        on_progress: called with the name of a piece's file and how many frames it has by now
        raises: LivebrushError of the first that fails, when no other is being painted any more
        """
        ...


class FilmInterrupted(Interrupted):
    """The user stopped the run. path: the folder of the pieces; frames: that are painted"""

    def __init__(self, path: Path, frames: int) -> None:
        self.path, self.frames = path, frames
        LivebrushError.__init__(
            self, f"stopped: {frames} frames are painted, in pieces in {path}", code="stopped", remedy="go_on"
        )


def paint_film(
    source: AnyPath | VideoPath,
    target: AnyPath,
    painting: Painting,
    workers: Workers,
    paint_whole: PaintWhole,
    options: VideoOptions | None = None,
    on_event: OnEvent | None = None,
    shortest_s: float = SHORTEST_S,
) -> VideoReport:
    """Paints every frame of a video file into another as `paint_video` does, in pieces that workers paint.

    source: a file; target: .mp4, .mov, .mkv or .webm
    workers: see `livebrush.realtime.video.pieces.crew`
    paint_whole: paints the film as a whole, where it cannot be cut
    shortest_s: of a piece
    raises: LivebrushError for everything that a user can mend, FilmInterrupted on Ctrl-C. Pieces that are ready then
        stay in a folder beside the target, for a run with `resume`; when the film is painted the folder is removed.
    """
    options = options or VideoOptions()
    film = _checked(source, target, options)
    plan = _planned(film, Path(target), painting, options, workers.count, shortest_s)
    if plan.whole_because:
        tell(Note(f"painted as a whole: {plan.whole_because}"), on_event)
        return paint_whole()
    with telling(on_event) as telling_all:
        return _Film(film, Path(target), plan, painting, options, telling_all).painted_by(workers)


def left_in_pieces(source: AnyPath | VideoPath, target: AnyPath, options: VideoOptions) -> bool:
    """Whether a run of the same kind has left pieces: those a run with `resume` goes on with, whoever paints."""
    film = video_path_of(source)
    if not isinstance(film, Path) or not film.is_file():
        return False
    target = Path(target)
    return has_pieces(target, run_of(film, **what_frames_depend_on(options, target)))


@dataclass(frozen=True)
class _Plan:
    """run: which run it is; pieces: to be painted, but where an earlier run has left some; whole_because: why it is
    not cut, or ""
    """

    run: Run
    pieces: Sequence[Piece]
    whole_because: str = ""


def _planned(
    film: Path, target: Path, painting: Painting, options: VideoOptions, workers: int, shortest_s: float
) -> _Plan:
    with opened(film, options, StageClock()) as (clip, _):
        assert isinstance(clip, VideoSource)
        run = run_of(film, **what_frames_depend_on(options, target))
        if options.resume and has_pieces(target, run):
            return _Plan(run, ())
        table = timetable(film, clip.range)
    if table is None:
        return _Plan(run, (), "its times do not tell where a frame is")
    pieces = cut(table, workers, remembered_frames(painting.styles, painting.finish), shortest_s)
    if len(pieces) > 1:
        return _Plan(run, pieces)
    return _Plan(run, (), f"it has no key frames {shortest_s:g} s or more apart to cut it at")


def _checked(source: AnyPath | VideoPath, target: AnyPath, options: VideoOptions) -> Path:
    """The film, where it can be painted in pieces. Raises LivebrushError."""
    film = video_path_of(source)
    if not isinstance(film, Path) or not film.is_file() or is_animated_webp(film):
        raise LivebrushError(
            f"{source}: several workers paint a video file, not numbered pictures, streams, pipes or WebP",
            code="unsupported",
            remedy="leave_out",
            field="workers",
        )
    if pictures_of(target) or Path(target) == STANDARD_OUTPUT or Path(target).suffix.lower() in NOT_RESUMED:
        raise LivebrushError(
            f"{target}: several workers paint .mp4, .mov, .mkv or .webm",
            code="unsupported",
            remedy="leave_out",
            field="workers",
        )
    if options.preview:
        raise LivebrushError(
            "a film that is painted in pieces has no newest frame to show",
            code="conflict",
            remedy="leave_out",
            field="preview",
        )
    check_target(target, options)
    return film


def _with_place(error: LivebrushError, folder: PiecesFolder) -> LivebrushError:
    """The error, with what it leaves and how to go on."""
    told = f"{error}; what is painted is in {folder.path}"
    return LivebrushError(told, code=error.code, remedy=error.remedy or "go_on", **error.values)


class _Film:
    """A film on its way through workers into its target."""

    def __init__(
        self, film: Path, target: Path, plan: _Plan, painting: Painting, options: VideoOptions, tell: OnEvent
    ) -> None:
        self._film, self._target, self._plan, self._on_event = film, target, plan, tell
        self._noted: list[Note] = []
        self._painting, self._options = painting, options
        self._clock, self._start_s = StageClock(), time.perf_counter()

    def _tell(self, event: Event) -> None:
        """Passes it on; a note that several pieces have, once."""
        if isinstance(event, Note):
            if event in self._noted:
                return
            self._noted.append(event)
        self._on_event(event)

    def painted_by(self, workers: Workers) -> VideoReport:
        with opened(self._film, self._options, self._clock) as (clip, _):
            assert isinstance(clip, VideoSource)
            sink = open_sink(
                self._target, clip.facts, replace(self._options, resume=False), self._clock, self._plan.run
            )
            assert isinstance(sink, VideoSink)
            try:
                with closing(PiecesFolder(self._target, self._plan.run, self._options.resume)) as folder:
                    if folder.pieces is None:
                        folder.keep(self._plan.pieces)
                    self._tell(Started(title_of(self._film), "frame", clip.expected_frames))
                    tell_notes(clip, sink, self._tell)
                    reports, cpu_s = self._paint(folder, workers, clip.expected_frames)
                    report = self._join(clip, sink, folder, reports, cpu_s)
                    folder.remove()
            except BaseException:
                sink.give_up()
                raise
        self._tell(Finished(report.path, report.as_json()))
        return report

    def _paint(
        self, folder: PiecesFolder, workers: Workers, expected: int | None
    ) -> tuple[list[PieceReport], Counter[str]]:
        """All pieces; the reports, and the CPU seconds of those that were painted now."""
        tasks = [
            PieceTask(
                self._film,
                folder.file_of(n),
                piece,
                self._painting,
                self._options,
                {**self._plan.run, "piece": n},
            )
            for n, piece in enumerate(folder.pieces or (), 1)
        ]
        ready = {task.target.name: report for task in tasks if (report := PieceReport.load(task.target))}
        done = Counter({name: len(report.pts) for name, report in ready.items()})
        missing = [task for task in tasks if task.target.name not in ready]
        if self._options.resume:
            self._tell(Note(f"{len(ready)} of {len(tasks)} pieces taken over from an unfinished run"))

        def progress(name: str, frames: int) -> None:
            done[name] = frames
            self._tell(Progress(done.total(), expected))

        self._paint_missing(missing, workers, progress, folder, done)
        reports = [report for task in tasks if (report := PieceReport.load(task.target))]
        if len(reports) < len(tasks):
            raise LivebrushError(
                f"{folder.path}: {len(tasks) - len(reports)} of {len(tasks)} pieces are not there",
                code="not_found",
                remedy="go_on",
            )
        cpu_s: Counter[str] = Counter()
        for task, report in zip(tasks, reports, strict=True):
            if task in missing:
                cpu_s.update(report.cpu_s)
        return reports, cpu_s

    def _paint_missing(
        self,
        missing: Sequence[PieceTask],
        workers: Workers,
        progress: Callable[[str, int], object],
        folder: PiecesFolder,
        done: Counter[str],
    ) -> None:
        """raises: FilmInterrupted; LivebrushError, which says where the pieces are"""
        if not missing:
            return
        try:
            with noticed() as interrupt:
                complete = workers.paint(missing, progress, interrupt)
        except LivebrushError as error:
            raise _with_place(error, folder) from error
        if not complete:
            raise FilmInterrupted(folder.path, done.total())

    def _join(
        self,
        clip: VideoSource,
        sink: VideoSink,
        folder: PiecesFolder,
        reports: Sequence[PieceReport],
        cpu_s: Counter[str],
    ) -> VideoReport:
        film = JoinedClip(clip, reports)
        files = [(folder.file_of(n), len(report.pts)) for n, report in enumerate(reports, 1)]
        try:
            run_pipeline(join(film, sink, files, self._clock), sink)
        except Interrupted as error:
            raise FilmInterrupted(folder.path, sum(frames for _, frames in files)) from error
        except LivebrushError as error:
            raise (error if sink.is_all_there else _with_place(error, folder)) from error
        finally:
            tell_notes(film, sink, self._tell)
        for note in itertools.chain.from_iterable(report.notes for report in reports):
            self._tell(Note(**note))
        return self._report(film, sink, reports, cpu_s)

    def _report(
        self, film: JoinedClip, sink: VideoSink, reports: Sequence[PieceReport], cpu_s: Counter[str]
    ) -> VideoReport:
        spent = cpu_s + Counter({**self._clock.cpu_s, "process": self._clock.process_cpu_s})
        process_s = spent.pop("process")
        return VideoReport(
            path=sink.path, frames=sink.frames_written, wall_s=time.perf_counter() - self._start_s,
            cpu_s={**spent, "workers": max(0.0, process_s - spent.total())}, cores=usable_cores(),
            codec=sink.codec_name, height=film.facts.height, width=film.facts.width, damage=film.damage,
            provider=", ".join(dict.fromkeys(report.provider for report in reports)),
        )  # fmt: skip
