"""Events: what long work reports while it runs, to a progress bar, as JSON lines, to a page or to Python.

Notes, failures and ends also go to the logger `livebrush`, which is silent until a program gives it a handler.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from livebrush.models.errors import REMEDIES, LivebrushError

logger = logging.getLogger("livebrush")
logger.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Started:
    """The work begins.

    title: of the work, such as the name of a file
    unit:  what is counted, in the singular: "frame"
    of:    how many there are; None: unknown
    """

    title: str
    unit: str
    of: int | None = None


@dataclass(frozen=True)
class Progress:
    """The work goes on.

    done:   units so far
    of:     units in all; None: unknown
    values: measurements by name, such as losses
    """

    done: int
    of: int | None
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """Something that the user should know and that does not stop the work. str() gives the text.

    text:   one line, without options of the command line
    code:   for programs, in snake_case
    remedy: what can be done about it, see LivebrushError
    values: see LivebrushError
    """

    text: str
    code: str = "note"
    remedy: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text

    def of(self, name: object) -> "Note":
        """The same note about one of several things: its text begins with the name."""
        return replace(self, text=f"{name}: {self.text}")


@dataclass(frozen=True)
class Preview:
    """A picture of the state of the work, in the file `path`."""

    path: Path


@dataclass(frozen=True)
class Finished:
    """The work is done.

    path:   of the result
    values: facts about the result and its cost, by name, as JSON can hold them
    """

    path: Path
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """A LivebrushError ended the work. str() gives the text.

    code, text, remedy, values: of the error
    """

    code: str
    text: str
    remedy: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, error: LivebrushError) -> "Failed":
        return cls(error.code, str(error), error.remedy, error.values)

    def __str__(self) -> str:
        return self.text


Event = Started | Progress | Note | Preview | Finished | Failed
OnEvent = Callable[[Event], object]


def tell(event: Event, on_event: OnEvent | None = None) -> None:
    """Send an event to the log and to a listener."""
    match event:
        case Note() | Failed():
            advice = REMEDIES[event.remedy].format(**event.values) if event.remedy else ""
            logger.log(_level(event), "%s", f"{event}: {advice}" if advice else event)
        case Started():
            logger.info("%s: started", event.title)
        case Finished():
            logger.info("%s: finished", event.path)
    if on_event:
        on_event(event)


def _level(event: Note | Failed) -> int:
    if isinstance(event, Note):
        return logging.WARNING
    return logging.INFO if event.code == "stopped" else logging.ERROR


@contextmanager
def telling(on_event: OnEvent | None = None) -> Iterator[OnEvent]:
    """A context whose value sends events. A LivebrushError that ends the block is sent as Failed, and raised again."""

    def teller(event: Event) -> None:
        tell(event, on_event)

    try:
        yield teller
    except LivebrushError as error:
        teller(Failed.of(error))
        raise


def as_json(event: Event) -> dict[str, Any]:
    """The event as a dictionary that JSON can hold; "event" has its kind: "started", "progress", …"""
    values = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(event).items()}
    return {"event": type(event).__name__.lower(), **values}
