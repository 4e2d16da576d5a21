"""What the value of a command may be: checked, told to people, and as JSON Schema."""

import math
import reprlib
from dataclasses import dataclass
from typing import Any, Protocol

from livebrush.models.errors import LivebrushError

LARGEST_NET = 16_384
"""lines, more than any frame has"""
_LARGEST_SHARE = 1_000_000


class Value(Protocol):
    """One kind of value."""

    @property
    def words(self) -> str:
        """What it may be, for people."""
        ...

    def checked(self, command: str, value: Any) -> Any:
        """The value as the command uses it.

        value:  what JSON holds, None where it was left out
        raises: LivebrushError for one that is no such value
        """
        ...

    def schema(self) -> dict[str, Any] | None:
        """As JSON Schema; None where there is no value."""
        ...


@dataclass(frozen=True)
class Nothing:
    """No value; one that is given all the same is not looked at."""

    words: str = "none"

    def checked(self, command: str, value: Any) -> None:
        return None

    def schema(self) -> None:
        return None


@dataclass(frozen=True)
class Switch:
    """On or off; None, to change over, stays None."""

    words: str = "true, false, or none to change over"

    def checked(self, command: str, value: Any) -> bool | None:
        if value is not None and not isinstance(value, bool):
            raise LivebrushError(
                f"{command} is {short(value)}: it must be true, false, or left out to change over",
                code="invalid",
            )
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": ["boolean", "null"]}


@dataclass(frozen=True)
class Number:
    """A number between two others."""

    least: float
    most: float
    words: str

    def checked(self, command: str, value: Any) -> float:
        if not _is_number(value) or not self.least <= value <= self.most:
            raise LivebrushError(
                f"{command} is {short(value)}: it must be a number from {self.least:g} to {self.most:g}",
                code="invalid",
            )
        return float(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Whole:
    """A whole number between two others."""

    least: int
    most: int
    words: str

    def checked(self, command: str, value: Any) -> int:
        if not _is_whole(value) or not self.least <= value <= self.most:
            raise LivebrushError(
                f"{command} is {short(value)}: it must be a whole number from {self.least} to {self.most}",
                code="invalid",
            )
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class StyleName:
    """A style of the deck; whether the deck holds it, only the session knows."""

    words: str = "a name, or a place in the deck from 1"

    def checked(self, command: str, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]}


@dataclass(frozen=True)
class Shares:
    """Shares of styles; they are made to sum to 1. Which styles the deck holds, only the session knows."""

    words: str = 'shares by name, {"great_wave": 0.6, "udnie": 0.4}, or none for the style alone'

    def checked(self, command: str, value: Any) -> dict[str, float] | None:
        if value is None:
            return None
        if not isinstance(value, dict) or not all(
            _is_number(one) and 0 <= one <= _LARGEST_SHARE for one in value.values()
        ):
            raise LivebrushError(f"{command} is {short(value)}: it must be {self.words}", code="invalid")
        total = sum(value.values())
        if not total:
            raise LivebrushError(f"{command} is {short(value)}: one share must be above 0", code="invalid")
        return {name: share / total for name, share in value.items() if share}

    def schema(self) -> dict[str, Any]:
        share = {"type": "number", "minimum": 0, "maximum": _LARGEST_SHARE}
        return {"type": ["object", "null"], "minProperties": 1, "additionalProperties": share}


@dataclass(frozen=True)
class Word:
    """One of some words; None, for the one after that of the moment, stays None."""

    known: tuple[str, ...]

    @property
    def words(self) -> str:
        return ", ".join(f'"{word}"' for word in self.known) + ", or none for the next of them"

    def checked(self, command: str, value: Any) -> str | None:
        if value is not None and value not in self.known:
            raise LivebrushError(
                f"{command} is {short(value)}: it must be {', '.join(self.known)}, or left out for the next of them",
                code="invalid",
            )
        return value

    def schema(self) -> dict[str, Any]:
        return {"enum": [*self.known, None]}


@dataclass(frozen=True)
class NetHeight:
    """The height of the copy that the net paints."""

    words: str = '"auto", "full", or a height'

    def checked(self, command: str, value: Any) -> int | str:
        if value not in ("auto", "full") and not (_is_whole(value) and 16 <= value <= LARGEST_NET):
            raise LivebrushError(
                f'{command} is {short(value)}: it must be "auto", "full" or a height from 16 to {LARGEST_NET} pixels',
                code="invalid",
            )
        return value

    def schema(self) -> dict[str, Any]:
        height = {"type": "integer", "minimum": 16, "maximum": LARGEST_NET}
        return {"anyOf": [{"enum": ["auto", "full"]}, height]}


@dataclass(frozen=True)
class SecondsOrSwitch:
    """Seconds, which switch it on as well, or a switch."""

    least: float
    most: float
    words: str

    def checked(self, command: str, value: Any) -> float | bool | None:
        if _is_number(value):
            return Number(self.least, self.most, "").checked(command, value)
        return Switch().checked(command, value)

    def schema(self) -> dict[str, Any]:
        seconds = {"type": "number", "minimum": self.least, "maximum": self.most}
        return {"anyOf": [seconds, Switch().schema()]}


@dataclass(frozen=True)
class Text:
    """Some text; or_switch: true, false and none as well."""

    words: str
    or_switch: bool = False

    def checked(self, command: str, value: Any) -> str | bool | None:
        if isinstance(value, str) and value.strip():
            return value
        if self.or_switch and (value is None or isinstance(value, bool)):
            return value
        raise LivebrushError(f"{command} is {short(value)}: it must be {self.words}", code="invalid")

    def schema(self) -> dict[str, Any]:
        text = {"type": "string", "minLength": 1}
        return {"anyOf": [text, Switch().schema()]} if self.or_switch else text


def short(value: Any) -> str:
    """A value as a refusal names it: reprlib stops at the depth and length where repr would fail."""
    text = "missing" if value is None else reprlib.repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, float) and not math.isnan(value))
