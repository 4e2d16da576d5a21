"""What long work tells while it runs: the same records for a bar, for JSON lines, for a page and for Python."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError


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
    """Something a person should know that stops nothing; text: one line. code: see LivebrushError"""

    text: str
    code: str = "note"


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
    """code, text, remedy: of the LivebrushError that ended the work"""

    code: str
    text: str
    remedy: str = ""

    @classmethod
    def of(cls, error: LivebrushError) -> "Failed":
        return cls(error.code, str(error), error.remedy)


Event = Started | Progress | Note | Preview | Finished | Failed
OnEvent = Callable[[Event], object]


def as_json(event: Event) -> dict[str, Any]:
    """The event as values of JSON, with its kind under "event": "started", "progress", …"""
    values = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(event).items()}
    return {"event": type(event).__name__.lower(), **values}
