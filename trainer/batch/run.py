"""The styles of a batch on their way through workers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Progress
from livebrush.realtime.workers.port import Task, Workers
from livebrush.realtime.workers.retrying import RetryingRun, note_of
from livebrush.trainer.batch.plan import FAILED, TRAINED, Item
from livebrush.trainer.batch.task import FUNCTION


class Run(RetryingRun[Item]):
    """The styles that are trained, and those that wait.

    steps:     of each training
    arguments: of every task, see `train_style`
    retries:   how often a style that failed is tried again, after all others
    """

    def __init__(
        self, items: Sequence[Item], steps: int, arguments: dict[str, Any], workers: Workers, retries: int,
        tell: OnEvent,
    ) -> None:  # fmt: skip
        super().__init__(items, workers, retries, tell)
        self._items, self._steps, self._arguments = items, steps, arguments
        self._told: set[str] = set()

    def task_of(self, job: Item) -> Task:
        """A training, begun or gone on with from its checkpoint."""
        own = {
            "style": str(job.picture), "output": str(job.output), "run_folder": str(job.run_folder),
            "credit": asdict(job.credit), "threads": self._workers.cores,
        }  # fmt: skip
        return Task(f"{job.name} ({job.tries + job.losses + 1})", FUNCTION, {**self._arguments, **own})

    def done(self, job: Item, values: Mapping[str, Any]) -> None:
        """Its style model is there."""
        job.state, job.error = TRAINED, None
        self._tell(Finished(job.output, {"run_folder": str(job.run_folder)}))

    def not_done(self, job: Item, error: LivebrushError, again: bool) -> None:
        """Told of with its name."""
        job.error = error
        job.state = job.state if again else FAILED
        self._tell(note_of(error, again).of(job.name))

    def told(self, job: Item, event: Event) -> None:
        """Steps, and notes."""
        match event:
            case Progress():
                if job.begun_at is None:
                    job.begun_at = event.done - 1
                job.done = event.done
                self.tell_progress()
            case Note() if event.text not in self._told:  # of the photos, each training says the same
                self._told.add(event.text)
                self._tell(event)
            case _:
                pass

    def tell_progress(self) -> None:
        """Of the steps of this batch alone: those done before took no time."""
        before = [item.begun_at or 0 for item in self._items]
        done = sum(max(0, item.done - begun) for item, begun in zip(self._items, before, strict=True))
        expected = len(self._items) * self._steps - sum(before)
        ready = sum(item.state == TRAINED for item in self._items)
        failed = [item for item in self._items if item.state == FAILED]
        expected -= sum(self._steps - max(item.done, item.begun_at or 0) for item in failed)
        self._tell(Progress(done, expected, {"styles": ready}))
