"""Pieces given to workers, and heard of until all are painted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, OnEvent, Progress
from livebrush.realtime.interrupts import Interrupt
from livebrush.realtime.video.pieces.paint import PieceTask
from livebrush.realtime.video.pieces.piece_task import task_of
from livebrush.realtime.workers.port import Task, Workers
from livebrush.realtime.workers.retrying import RetryingRun, note_of

OnProgress = Callable[[str, int], object]


class Crew:
    """Has workers of any kind paint pieces, where they reach the files.

    on_event: told what there is to say of the workers
    count:    how many pieces are painted at once
    """

    def __init__(self, workers: Workers, on_event: OnEvent) -> None:
        self._workers, self._tell, self.count = workers, on_event, workers.expected

    def paint(self, tasks: Sequence[PieceTask], on_progress: OnProgress, interrupt: Interrupt) -> bool:
        """Paints pieces, in any order; False when the user stopped it: what is painted stays.

        on_progress: called with the name of a piece's file and how many frames it has by now
        raises: LivebrushError of the first that fails, when the others have stopped
        """
        run = _Run([_Job(task) for task in tasks], self._workers, self._tell, on_progress)
        run.until_done(lambda: bool(interrupt or run.error))
        if run.error:
            raise run.error
        return run.done_count == len(tasks)


@dataclass
class _Job:
    piece: PieceTask
    tries: int = 0
    losses: int = 0


class _Run(RetryingRun[_Job]):
    """A piece that fails is the end of the film; one that is lost with its worker is painted again."""

    patience_s = 20.0

    def __init__(
        self, jobs: Sequence[_Job], workers: Workers, tell: OnEvent, on_progress: OnProgress
    ) -> None:
        super().__init__(jobs, workers, 0, tell)
        self._on_progress = on_progress
        self.error: LivebrushError | None = None
        self.done_count = 0

    def task_of(self, job: _Job) -> Task:
        """See `piece_task`."""
        return task_of(job.piece, job.losses)

    def told(self, job: _Job, event: Event) -> None:
        """Its frames."""
        if isinstance(event, Progress):
            self._on_progress(job.piece.target.name, event.done)

    def done(self, job: _Job, values: Mapping[str, Any]) -> None:
        """Its file is there."""
        self.done_count += 1
        self._on_progress(job.piece.target.name, values["frames"])

    def not_done(self, job: _Job, error: LivebrushError, again: bool) -> None:
        """The first error is the film's."""
        if again:
            self._tell(note_of(error, again))
            return
        if not job.tries:  # lost, time and again
            told = f"workers ended, perhaps for want of memory ({error}); fewer of them need less"
            error = LivebrushError(told, code="failed", remedy="go_on")
        self.error = self.error or error

    def tell_progress(self) -> None:
        """Each piece tells its own."""
