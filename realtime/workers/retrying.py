"""The loop of a batch: gives jobs to workers, hears what becomes of them, and has those that failed tried again."""

import math
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Note, OnEvent
from livebrush.realtime.workers.port import Done, Lost, Message, NotDone, Task, Told, Workers

POLL_S = 0.5
LOSSES = 3
"""how often a job may be lost with its worker: a machine that goes away is not its fault, a crash may be"""
SILENT_S = 15.0
"""that workers may take to be there before a person is told: a cluster's places may be taken by others for hours"""


class Job(Protocol):
    """tries: how often it failed; losses: how often it was lost with its worker"""

    tries: int
    losses: int


AnyJob = TypeVar("AnyJob", bound=Job)


class RetryingRun(ABC, Generic[AnyJob]):
    """The jobs that are being done and that wait.

    retries: how often a job that failed is tried again, after all others
    """

    patience_s: ClassVar[float] = math.inf
    """with workers that were told to stop, and complete what they have"""

    def __init__(self, jobs: Iterable[AnyJob], workers: Workers, retries: int, tell: OnEvent) -> None:
        self._workers, self._retries, self._tell = workers, retries, tell
        self._waiting: deque[AnyJob] = deque(jobs)
        self._busy: dict[str, AnyJob] = {}

    @abstractmethod
    def task_of(self, job: AnyJob) -> Task:
        """What a worker has to do for it now, named unlike any other."""

    @abstractmethod
    def told(self, job: AnyJob, event: Event) -> None:
        """It goes on."""

    @abstractmethod
    def done(self, job: AnyJob, values: Mapping[str, Any]) -> None:
        """It is done. values: what its function returned"""

    @abstractmethod
    def not_done(self, job: AnyJob, error: LivebrushError, again: bool) -> None:
        """It has failed or was lost. again: whether it is tried again"""

    @abstractmethod
    def tell_progress(self) -> None:
        """Another job has ended, in whatever way."""

    def stopped(self, job: AnyJob) -> None:
        """It was told to stop, and kept what it could."""

    def before_more(self, stopping: Callable[[], bool]) -> None:
        """Some jobs wait, and none is being done: all workers are free for what takes them all."""

    def until_done(self, stopping: Callable[[], bool], look: Callable[[], None] | None = None) -> None:
        """Until no job is left, or the user wants to stop: what is being done then is kept as far as it is.

        stopping: whether the user wants to stop
        look:     called now and then, to add jobs that have come; None: none will come
        """
        stopped, silent_from_s, gives_up_s = False, time.monotonic(), math.inf
        while time.monotonic() < gives_up_s:
            if self._workers.count or self._busy:
                silent_from_s = time.monotonic()
            elif time.monotonic() - silent_from_s > SILENT_S:
                silent_from_s = math.inf  # said once, until there is one
                self._tell(Note("all places for workers are taken: this goes on when one is free", "waiting"))
            if not stopped and look:
                look()
            if not stopped and self._waiting and not self._busy:
                self.before_more(stopping)
            if stopping() and not stopped:
                stopped, gives_up_s = True, time.monotonic() + self.patience_s
                self._workers.stop()
            if not stopped:
                self._give()
            if not self._busy and (stopped or not (self._waiting or look)):
                break
            if message := self._workers.next(POLL_S):
                self._hear(message)

    def _give(self) -> None:
        while self._waiting and self._workers.free:
            job = self._waiting.popleft()
            task = self.task_of(job)
            self._busy[task.name] = job
            self._workers.give(task)

    def _hear(self, message: Message) -> None:
        if message.task not in self._busy:
            return  # of a run before, which gave up on it
        job = self._busy[message.task]
        if isinstance(message, Told):
            self.told(job, message.event)
            return
        del self._busy[message.task]
        match message:
            case Done(_, values):
                self.done(job, values)
            case NotDone(_, error) if error.code == "stopped":
                self.stopped(job)
            case NotDone(_, error):
                job.tries += 1
                self._again(job, error, job.tries <= self._retries)
            case Lost(_, why):
                job.losses += 1
                self._again(job, LivebrushError(why, code="failed"), job.losses <= LOSSES)
        self.tell_progress()

    def _again(self, job: AnyJob, error: LivebrushError, again: bool) -> None:
        if again:
            self._waiting.append(job)
        self.not_done(job, error, again)


def note_of(error: LivebrushError, again: bool) -> Note:
    """What people are told of a job that failed. again: whether it is tried again"""
    note = Note(str(error), error.code, error.remedy, error.values)
    return replace(note, text=f"{note.text} (it is tried again)") if again else note
