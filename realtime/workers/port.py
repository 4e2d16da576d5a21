"""What tasks, workers and their messages are, whoever the workers are: nothing here knows what a task does.

A task names a function, "package.module:function". A worker calls it with the task's arguments and `on_event`, and
keeps the process for the next task, so that what the function loaded can stay loaded. All of it is JSON, which goes
through any pipe.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Failed, Finished, Note, Preview, Progress, Started, as_json


@dataclass(frozen=True)
class Task:
    """Something to do. name: unlike any other task's; function: "module:name"; arguments: as JSON can hold them"""

    name: str
    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """A task goes on: an event that its function told."""

    task: str
    event: Event


@dataclass(frozen=True)
class Done:
    """A task was done. values: what its function returned"""

    task: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class NotDone:
    """A task's function raised an error; of code "stopped" where the workers were told to stop."""

    task: str
    error: LivebrushError


@dataclass(frozen=True)
class Lost:
    """A task went with its worker: the process died, or its machine. why: in a few words"""

    task: str
    why: str


Outcome = Done | NotDone | Lost
Message = Told | Outcome


class Workers(Protocol):
    """Workers, which are ready when the block is entered and gone when it is left.

    A worker that dies is replaced. Used from one thread.
    """

    def __enter__(self) -> Self:
        """raises: LivebrushError where they cannot be started"""
        ...

    def __exit__(self, *_: object) -> None: ...

    @property
    def count(self) -> int:
        """How many tasks can be done at once, now."""
        ...

    @property
    def expected(self) -> int:
        """How many that will be, with those that are being started."""
        ...

    @property
    def cores(self) -> int | None:
        """How many cores a task may use; None: all of its machine."""
        ...

    @property
    def free(self) -> int:
        """How many tasks can be given now."""
        ...

    def give(self, task: Task) -> None:
        """Have a task done, where one is free."""
        ...

    def next(self, timeout_s: float) -> Message | None:
        """The next message; None where none came in time. Each task that was given ends with one Outcome."""
        ...

    def stop(self) -> None:
        """Ask for an early end of what is being done: its functions keep what they can. Outcomes come as ever."""
        ...


_EVENTS = {kind.__name__.lower(): kind for kind in (Started, Progress, Note, Preview, Finished, Failed)}


def event_of(told: Mapping[str, Any]) -> Event:
    """The event that `as_json` made a dictionary of."""
    values = dict(told)
    kind = _EVENTS[values.pop("event")]
    if "path" in values:
        values["path"] = Path(values["path"])
    return kind(**values)


def message_as_json(message: Message) -> dict[str, Any]:
    """A dictionary that JSON can hold; "message" has its kind."""
    match message:
        case Told(task, event):
            return {"message": "told", "task": task, "told": as_json(event)}
        case Done(task, values):
            return {"message": "done", "task": task, "values": dict(values)}
        case NotDone(task, error):
            return {"message": "not_done", "task": task, "told": as_json(Failed.of(error))}
        case Lost(task, why):
            return {"message": "lost", "task": task, "why": why}


def message_of(told: Mapping[str, Any]) -> Message:
    """The message that `message_as_json` made a dictionary of."""
    task = told["task"]
    match told["message"]:
        case "told":
            return Told(task, event_of(told["told"]))
        case "done":
            return Done(task, told["values"])
        case "lost":
            return Lost(task, told["why"])
    error = told["told"]
    return NotDone(
        task, LivebrushError(error["text"], code=error["code"], remedy=error["remedy"], **error["values"])
    )
