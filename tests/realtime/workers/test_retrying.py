"""The loop of a batch, whoever its workers are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Note
from livebrush.realtime.workers import retrying
from livebrush.realtime.workers.port import Message, Task
from livebrush.realtime.workers.retrying import RetryingRun
from tests.realtime.workers.here import Here
from tests.realtime.workers.jobs import ADD


@dataclass
class Job:
    tries: int = 0
    losses: int = 0


class Run(RetryingRun[Job]):
    finished = 0

    def task_of(self, job: Job) -> Task:
        return Task("one", ADD, {"one": 1, "other": 2})

    def told(self, job: Job, event: Event) -> None: ...

    def done(self, job: Job, values: Mapping[str, Any]) -> None:
        self.finished += 1

    def not_done(self, job: Job, error: LivebrushError, again: bool) -> None: ...

    def tell_progress(self) -> None: ...


class Taken(Here):
    """Workers that have no place at first."""

    def __init__(self, looks: int) -> None:
        super().__init__(count=0)
        self._looks = looks

    def next(self, timeout_s: float) -> Message | None:
        self._looks -= 1
        self.count = int(self._looks <= 0)
        return super().next(timeout_s)


@pytest.mark.parametrize(("silent_s", "said"), [(0.0, 1), (60.0, 0)])
def test_that_no_worker_has_a_place_is_said_once(
    monkeypatch: pytest.MonkeyPatch, silent_s: float, said: int
) -> None:
    monkeypatch.setattr(retrying, "SILENT_S", silent_s)
    heard: list[Event] = []
    run = Run([Job()], Taken(looks=5), 0, heard.append)
    run.until_done(lambda: False)
    notes = [event for event in heard if isinstance(event, Note)]
    assert [note.code for note in notes] == ["waiting"] * said
    assert run.finished == 1
