"""What long work tells while it runs: the same records for a bar, for JSON lines, for a page and for Python.

Notes and ends are written to the logger `livebrush` too, which says nothing until a program gives it a handler.
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
    """title: of the work, such as a file's name; unit: what is counted, in the singular; of: how many, None: unknown"""

    title: str
    unit: str
    of: int | None = None


@dataclass(frozen=True)
class Progress:
    """done, of: units, `of` None while it is not known; values: measured on the way, such as losses, by name"""

    done: int
    of: int | None
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """Something a person should know that stops nothing; str() is its text.

    text: one line that names no option of the command line; code: for programs, in snake_case
    remedy, values: what can be done about it, see LivebrushError
    """

    text: str
    code: str = "note"
    remedy: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text

    def of(self, name: object) -> "Note":
        """The same note, said of one of several things: it begins with the name."""
        return replace(self, text=f"{name}: {self.text}")


@dataclass(frozen=True)
class Preview:
    """path: of a picture of how far the work is"""

    path: Path


@dataclass(frozen=True)
class Finished:
    """path: of what was made; values: what it cost and holds, by name, fit for JSON"""

    path: Path
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """code, text, remedy, values: of the LivebrushError that ended the work; str() is its text"""

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
    """To the log, and to whoever listens."""
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
    """How work tells its events; a LivebrushError that ends the block is told as Failed, and raised on."""

    def teller(event: Event) -> None:
        tell(event, on_event)

    try:
        yield teller
    except LivebrushError as error:
        teller(Failed.of(error))
        raise


def as_json(event: Event) -> dict[str, Any]:
    """The event as values of JSON, with its kind under "event": "started", "progress", …"""
    values = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(event).items()}
    return {"event": type(event).__name__.lower(), **values}
