"""The commands of a live session that a page can give, and what Controls set in motion on a page."""

from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.commands import COMMANDS, Command

ONLY_HERE = frozenset(("learn", "virtual_camera", "send", "source", "window", "map", "quit"))
"""commands for the machine that paints: visitors have no business there"""


def page_commands() -> list[dict[str, Any]]:
    """The table of commands as JSON: names, what they do, the schema of their values, and their keys."""
    return [_as_json(command) for command in COMMANDS.values() if _is_for_pages(command)]


def is_for_pages(name: Any) -> bool:
    return not isinstance(name, str) or name not in COMMANDS or _is_for_pages(COMMANDS[name])


def _is_for_pages(command: Command) -> bool:
    return not command.alias and command.name not in ONLY_HERE


def _as_json(command: Command) -> dict[str, Any]:
    return {
        "name": command.name,
        "help": command.help,
        "value": command.value.schema(),
        "keys": [
            {"keys": list(key.keys), "value": key.value, "shown": key.shown, "help": key.help}
            for key in command.keys
        ],
    }


class PageActions:
    """The Actions of a visitor's controls: the page itself holds the source, the recorder and the screen.

    wants_snapshot: set when one was asked for; whoever sends it resets it
    """

    def __init__(self) -> None:
        self.wants_snapshot = False

    def pause(self, paused: bool) -> None:
        """The page sends no frames while the state says so."""

    def seek_by(self, seconds: float) -> bool:
        """Only the page can, and asks nobody."""
        return False

    def learn(self, style: str) -> None:
        raise _not_here()

    def snapshot(self) -> None:
        self.wants_snapshot = True

    def record(self, on: bool | None) -> None:
        raise LivebrushError("the page records, not the server", code="unsupported")

    def virtual_camera(self, on: bool | None) -> None:
        raise _not_here()

    def send(self, to: str | bool | None) -> None:
        raise _not_here()

    def play(self, source: str) -> None:
        raise _not_here()

    def window(self, on: bool | None) -> None:
        raise _not_here()

    def quit(self) -> None:
        raise _not_here()


def _not_here() -> LivebrushError:
    return LivebrushError("that is for the machine that paints, not for its visitors", code="unsupported")
