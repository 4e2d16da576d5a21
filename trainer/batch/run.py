"""The loop of a batch: gives styles to workers and hears what becomes of them."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Progress
from livebrush.realtime.batch.run import LOSSES, POLL_S
from livebrush.realtime.workers.port import Done, Lost, Message, NotDone, Task, Told, Workers
from livebrush.trainer.batch.plan import FAILED, TRAINED, Item
from livebrush.trainer.batch.task import FUNCTION


class Run:
    """The styles that are trained, and those that wait.

    steps:     of each training
    arguments: of every task, see `train_style`
    retries:   how often a style that failed is tried again, after all others
    """

    def __init__(
        self, items: Sequence[Item], steps: int, arguments: dict[str, Any], workers: Workers, retries: int,
        tell: OnEvent,
    ) -> None:  # fmt: skip
        self._items, self._steps, self._arguments = items, steps, arguments
        self._workers, self._retries, self._tell = workers, retries, tell
        self._waiting = deque(items)
        self._busy: dict[str, Item] = {}
        self._told: set[str] = set()

    def train(self, stopping: Callable[[], bool]) -> None:
        """Until all are ready or have failed, or the user wants to stop: each training then keeps a checkpoint."""
        stopped = False
        while self._busy or (self._waiting and not stopped):
            if stopping() and not stopped:
                stopped = True
                self._workers.stop()
            if not stopped:
                self._give()
            if message := self._workers.next(POLL_S):
                self._hear(message)

    def _give(self) -> None:
        while self._waiting and self._workers.free:
            item = self._waiting.popleft()
            name = f"{item.name} ({item.tries + item.losses + 1})"
            self._busy[name] = item
            own = {
                "style": str(item.picture), "output": str(item.output), "run_folder": str(item.run_folder),
                "credit": asdict(item.credit), "threads": self._workers.cores,
            }  # fmt: skip
            self._workers.give(Task(name, FUNCTION, {**self._arguments, **own}))

    def _hear(self, message: Message) -> None:
        item = self._busy[message.task]
        if isinstance(message, Told):
            self._pass_on(item, message.event)
            return
        del self._busy[message.task]
        match message:
            case Done():
                item.state, item.error = TRAINED, None
                self._tell(Finished(item.output, {"run_folder": str(item.run_folder)}))
            case NotDone(_, error) if error.code == "stopped":
                pass
            case NotDone(_, error):
                item.tries += 1
                self._not_done(item, error, again=item.tries <= self._retries)
            case Lost(_, why):
                item.losses += 1
                self._not_done(item, LivebrushError(why, code="failed"), again=item.losses <= LOSSES)
        self._tell_progress()

    def _not_done(self, item: Item, error: LivebrushError, again: bool) -> None:
        item.error = error
        note = Note(str(error), error.code, error.remedy, error.values).of(item.name)
        if again:
            self._waiting.append(item)
            note = replace(note, text=f"{note.text} (it is tried again)")
        else:
            item.state = FAILED
        self._tell(note)

    def _pass_on(self, item: Item, event: Event) -> None:
        match event:
            case Progress():
                if item.begun_at is None:
                    item.begun_at = event.done - 1
                item.done = event.done
                self._tell_progress()
            case Note() if event.text not in self._told:  # of the photos, each training says the same
                self._told.add(event.text)
                self._tell(event)
            case _:
                pass

    def _tell_progress(self) -> None:
        """Of the steps of this batch alone: those done before took no time."""
        before = [item.begun_at or 0 for item in self._items]
        done = sum(max(0, item.done - begun) for item, begun in zip(self._items, before, strict=True))
        expected = len(self._items) * self._steps - sum(before)
        ready = sum(item.state == TRAINED for item in self._items)
        failed = [item for item in self._items if item.state == FAILED]
        expected -= sum(self._steps - max(item.done, item.begun_at or 0) for item in failed)
        self._tell(Progress(done, expected, {"styles": ready}))
