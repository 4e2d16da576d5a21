"""The loop of a batch: gives films to workers, hears what becomes of them, and keeps it in the manifest."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Progress, Started
from livebrush.realtime.batch.manifest import DONE, FAILED, PAINTING, Manifest
from livebrush.realtime.batch.output import Output
from livebrush.realtime.batch.plan import Item
from livebrush.realtime.batch.report import BatchReport
from livebrush.realtime.workers.port import Done, Lost, Message, NotDone, Told, Workers

POLL_S = 0.5
LOSSES = 3
"""how often a film may be lost with its worker: a machine that goes away is not its fault, a crash may be"""


class Run:
    """The films that are being painted, that wait, and that are ready.

    retries: how often a film that failed is tried again, after all others
    """

    def __init__(
        self, output: Output, manifest: Manifest, workers: Workers, report: BatchReport, retries: int, tell: OnEvent
    ) -> None:  # fmt: skip
        self._output, self._manifest, self._workers = output, manifest, workers
        self._report, self._retries, self._tell = report, retries, tell
        self._waiting: deque[Item] = deque()
        self._busy: dict[str, Item] = {}
        self._frames: dict[str, int] = {}
        self._expected = 0
        self._stopped: list[str] = []
        self._failed: set[tuple[str, int, int, str]] = set()

    def add(self, items: Iterable[Item]) -> None:
        """Films to paint. Passed over are those that wait or are being painted, and that failed as they are now."""
        known = {item.target for item in (*self._waiting, *self._busy.values())}
        for item in items:
            if item.target not in known and _version(item) not in self._failed:
                self._waiting.append(item)
                self._expected += item.frames

    def paint(self, stopping: Callable[[], bool], look: Callable[[], None] | None = None) -> None:
        """Until all is painted, or the user wants to stop: what is being painted then is kept as far as it is.

        stopping: whether the user wants to stop
        look:     called now and then, to `add` films that have come; None: none will come
        """
        stopped = False
        while True:
            if stopping() and not stopped:
                stopped = True
                self._workers.stop()
            if not stopped:
                if look:
                    look()
                self._give()
            if not self._busy and (stopped or not (self._waiting or look)):
                break
            if message := self._workers.next(POLL_S):
                self._hear(message)
        self._report.waiting = [*self._stopped, *(item.target for item in self._waiting)]

    def _give(self) -> None:
        while self._waiting and self._workers.free:
            item = self._waiting.popleft()
            item.entry = replace(item.entry, state=PAINTING, attempts=item.entry.attempts + 1)
            self._manifest.put(item.entry)
            name = f"{item.target} ({item.entry.attempts})"
            self._busy[name] = item
            place = self._output.place(item.target)
            cores, again = self._workers.cores, item.entry.attempts > 1
            self._workers.give(item.recipe.task(name, item.film.source, place, item.painting, cores, again))

    def _hear(self, message: Message) -> None:
        item = self._busy[message.task]
        if isinstance(message, Told):
            self._pass_on(item, message.event)
            return
        del self._busy[message.task]
        match message:
            case Done(_, values):
                self._done(item, values)
            case NotDone(_, error) if error.code == "stopped":
                self._stopped.append(item.target)
            case NotDone(_, error):
                item.tries += 1
                self._not_done(item, error, again=item.tries <= self._retries)
            case Lost(_, why):
                item.losses += 1
                self._not_done(item, LivebrushError(why, code="failed"), again=item.losses <= LOSSES)
        self._tell_progress()

    def _done(self, item: Item, values: Mapping[str, Any]) -> None:
        entry = replace(item.entry, state=DONE, **values)
        self._manifest.put(entry)
        self._report.painted.append(entry)
        self._report.failed = [failed for failed in self._report.failed if failed.target != entry.target]
        self._count(item, entry.frames)
        self._frames[item.target] = entry.frames
        place = self._output.place(item.target)
        path = Path(item.target if self._output.is_remote else place)
        self._tell(Finished(path, {"target": place, "frame": entry.frames, "seconds": entry.seconds}))
        if entry.error:
            self._tell(Note(entry.error, code="damaged").of(item.film.name))

    def _not_done(self, item: Item, error: LivebrushError, again: bool) -> None:
        self._frames.pop(item.target, None)
        entry = replace(item.entry, state=FAILED, error_code=error.code, error=str(error))
        self._manifest.put(entry)
        item.entry = entry
        told = Note(str(error), error.code, error.remedy, error.values)
        told = told if item.film.source in told.text else told.of(item.film.name)
        if again:
            self._waiting.append(item)
            told = replace(told, text=f"{told.text} (it is tried again)")
        else:
            self._failed.add(_version(item))
            self._report.failed.append(entry)
        self._tell(told)

    def _pass_on(self, item: Item, event: Event) -> None:
        match event:
            case Started():
                self._count(item, event.of or item.frames)
            case Progress():
                self._frames[item.target] = event.done
                self._tell_progress()
            case Note():
                self._tell(event.of(item.film.name))
            case _:
                pass

    def _count(self, item: Item, frames: int) -> None:
        """What is known better now than before."""
        self._expected += frames - item.frames
        item.frames = frames

    def _tell_progress(self) -> None:
        done = sum(self._frames.values())
        self._tell(Progress(done, self._expected or None, {"films": len(self._report.painted)}))


def _version(item: Item) -> tuple[str, int, int, str]:
    return item.target, item.film.size, item.film.mtime_ns, item.painting
