"""The films of a batch on their way through workers, and what becomes of them in the manifest."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Progress, Started
from livebrush.realtime.batch.long_films import NotCutError, films_to_cut, paint_in_pieces
from livebrush.realtime.batch.manifest import DONE, FAILED, PAINTING, Entry, Manifest
from livebrush.realtime.batch.output import Output
from livebrush.realtime.batch.plan import Item
from livebrush.realtime.batch.report import BatchReport
from livebrush.realtime.video.pieces.film import FilmInterrupted
from livebrush.realtime.workers.port import Task, Workers
from livebrush.realtime.workers.process import as_told
from livebrush.realtime.workers.retrying import RetryingRun, note_of


class Run(RetryingRun[Item]):
    """The films that are being painted, that wait, and that are ready.

    retries: how often a film that failed is tried again, after all others
    """

    def __init__(
        self, output: Output, manifest: Manifest, workers: Workers, report: BatchReport, retries: int, tell: OnEvent
    ) -> None:  # fmt: skip
        super().__init__((), workers, retries, tell)
        self._output, self._manifest, self._report = output, manifest, report
        self._frames: dict[str, int] = {}
        self._expected = 0
        self._stopped: list[str] = []
        self._failed: set[tuple[str, int, int, str]] = set()
        self._has_new = False

    def add(self, items: Iterable[Item]) -> None:
        """Films to paint. Passed over are those that wait or are being painted, and that failed as they are now."""
        known = {item.target for item in (*self._waiting, *self._busy.values())}
        for item in items:
            if item.target not in known and _version(item) not in self._failed:
                self._waiting.append(item)
                self._expected += item.frames
                self._has_new = True

    def refuse(self, entries: Iterable[Entry]) -> None:
        """What cannot be painted, once for each: nothing is tried."""
        for entry in entries:
            if entry not in self._report.failed:
                self._report.failed.append(entry)
                self._tell(Note(entry.error, entry.error_code).of(entry.target))

    def paint(self, stopping: Callable[[], bool], look: Callable[[], None] | None = None) -> None:
        """Until all is painted, or the user wants to stop: what is being painted then is kept as far as it is.

        stopping: whether the user wants to stop
        look:     called now and then, to `add` films that have come; None: none will come
        """
        self.until_done(stopping, look)
        self._report.waiting = [*self._stopped, *(item.target for item in self._waiting)]

    def before_more(self, stopping: Callable[[], bool]) -> None:
        """Long films among those that have come are painted by all workers; then the longest of the rest begin."""
        if not self._has_new:
            return
        self._has_new = False
        self._paint_long_films(stopping)
        if self._workers.expected > 1:
            styles = list(dict.fromkeys(item.recipe.name for item in self._waiting))  # each is loaded once
            order = sorted(
                self._waiting,
                key=lambda item: (item.tries > 0, styles.index(item.recipe.name), -item.frames),
            )
            self._waiting = deque(order)

    def _paint_long_films(self, stopping: Callable[[], bool]) -> None:
        """In pieces, one film after the other, by all workers. One that fails so is tried again, as a whole."""
        for item in films_to_cut(self._waiting, max(1, self._workers.expected), self._output):
            if stopping():
                return
            self._waiting.remove(item)
            before = item.entry
            self._begin(item)
            try:
                values = paint_in_pieces(item, self._output, self._workers, partial(self.told, item))
            except NotCutError:
                item.entry, item.whole = before, True
                self._waiting.append(item)
            except FilmInterrupted:
                self.stopped(item)
            except Exception as error:  # of whatever kind: the other films are painted
                item.tries, item.whole = item.tries + 1, True
                self._again(item, as_told(error), item.tries <= self._retries)
            else:
                self.done(item, values)
            self.tell_progress()

    def _begin(self, item: Item) -> None:
        item.entry = replace(item.entry, state=PAINTING, attempts=item.entry.attempts + 1)
        self._manifest.put(item.entry)

    def task_of(self, job: Item) -> Task:
        """A painting of a film, begun anew or gone on with."""
        self._begin(job)
        name, again = f"{job.target} ({job.entry.attempts})", job.entry.attempts > 1
        place, cores = self._output.place(job.target), self._workers.cores
        return job.recipe.task(name, job.film.source, place, job.painting, cores, again)

    def stopped(self, job: Item) -> None:
        """What it has of its film is kept."""
        self._stopped.append(job.target)

    def done(self, job: Item, values: Mapping[str, Any]) -> None:
        """Kept in the manifest and the report."""
        entry = replace(job.entry, state=DONE, **values)
        self._manifest.put(entry)
        self._report.painted.append(entry)
        self._report.failed = [failed for failed in self._report.failed if failed.target != entry.target]
        self._count(job, entry.frames)
        self._frames[job.target] = entry.frames
        place = self._output.place(job.target)
        path = Path(job.target if self._output.is_remote else place)
        self._tell(Finished(path, {"target": place, "frame": entry.frames, "seconds": entry.seconds}))
        if entry.error:
            self._tell(Note(entry.error, code="damaged").of(job.film.name))

    def not_done(self, job: Item, error: LivebrushError, again: bool) -> None:
        """Kept, and told of with the film's name."""
        self._frames.pop(job.target, None)
        entry = replace(job.entry, state=FAILED, error_code=error.code, error=str(error))
        self._manifest.put(entry)
        job.entry = entry
        told = note_of(error, again)
        if error.remedy == "go_on":  # a batch goes on by itself
            told = replace(told, remedy="" if again else "same_again")
        if not again:
            self._failed.add(_version(job))
            self._report.failed.append(entry)
        self._tell(told if job.film.source in told.text else told.of(job.film.name))

    def told(self, job: Item, event: Event) -> None:
        """Frames, and notes."""
        match event:
            case Started():
                self._count(job, event.of or job.frames)
            case Progress():
                self._frames[job.target] = event.done
                self.tell_progress()
            case Note():
                self._tell(event.of(job.film.name))
            case _:
                pass

    def _count(self, item: Item, frames: int) -> None:
        """What is known better now than before."""
        self._expected += frames - item.frames
        item.frames = frames

    def tell_progress(self) -> None:
        """In frames of all films."""
        done = sum(self._frames.values())
        self._tell(Progress(done, self._expected or None, {"films": len(self._report.painted)}))


def _version(item: Item) -> tuple[str, int, int, str]:
    return item.target, item.film.size, item.film.mtime_ns, item.painting
