"""The commands of a live session, in one table: keys, key help, control socket, JSON Schema and README come from it.

`controls.py` says what those do that are no setting.
"""

from dataclasses import dataclass
from typing import Any

from livebrush.models.regions import PAINTED
from livebrush.realtime.live.command_values import (
    NetHeight,
    Nothing,
    Number,
    SecondsOrSwitch,
    Shares,
    StyleName,
    Switch,
    Text,
    Value,
    Whole,
    Word,
)

PAGE = 9
"""styles that the digits reach at a time"""

_NOTHING, _SWITCH = Nothing(), Switch()
_SHARE, _STEP = Number(0, 1, "0 to 1"), Number(-1, 1, "-1 to 1")


@dataclass(frozen=True)
class Key:
    """Keys that give a command.

    keys:  names of characters, lower case, and of screen/keys.py's CODES: ("+", "=")
    value: what the command gets
    shown: how help names them, with those of its partner: "+ -"; "" where the partner's line says it
    help:  that line
    """

    keys: tuple[str, ...]
    value: Any = None
    shown: str = ""
    help: str = ""


@dataclass(frozen=True)
class Command:
    """What a key, a script or a web page can ask for.

    value: what it takes
    help:  what it does, a line for whoever writes scripts
    field: the setting that it changes, "paint.strength"; "" where controls.py says what is done
    adds:  the value is added to that setting
    alias: another spelling of the command before
    """

    name: str
    value: Value
    help: str
    keys: tuple[Key, ...] = ()
    field: str = ""
    adds: bool = False
    alias: bool = False


_TABLE = (
    Command("style", StyleName(), "paint in this style of the deck"),
    Command(
        "page_style", Whole(1, PAGE, "a place on the page, 1 to 9"), "paint in this style of the page",
        (Key(("1",), 1, "1-9", "this style of the page"), *(Key((str(n),), n) for n in range(2, PAGE + 1))),
    ),
    Command("next_page", _NOTHING, "the digits reach the next nine styles of the deck",
            (Key(("g",), None, "g", "the next page: nine styles on 1-9"),)),
    Command("previous_style", _NOTHING, "the style before this in the deck",
            (Key(("up",), None, "Up Down", "previous, next style"),)),
    Command("next_style", _NOTHING, "the style after this in the deck", (Key(("down",)),)),
    Command("back", _NOTHING, "seek 5 s back in a video; the style before, for other sources",
            (Key(("left",), None, "Left Right", "5 s back, on (in videos)"),)),
    Command("forward", _NOTHING, "seek 5 s on in a video; the style after, for other sources", (Key(("right",)),)),
    Command("seek", Number(-86400, 86400, "seconds, backwards where negative"), "seek in a video"),
    Command("original", _SWITCH, "show the frame itself",
            (Key(("0", "o"), None, "0 o", "the original, the painting"),), "paint.original"),
    Command("only", Word(PAINTED), "paint only persons, only all else, or everything; the rest is the frame itself",
            (Key(("p",), None, "p", "paint persons, all else, everything"),)),
    Command("strength", _SHARE, "0 = the frame itself, 1 = the style in full", field="paint.strength"),
    Command("strength_by", _STEP, "more or less of the style",
            (Key(("+", "="), 0.1, "+ -", "more, less of the style"), Key(("-", "_"), -0.1)),
            "paint.strength", adds=True),
    Command("keep_colours", _SWITCH, "the painting's light and dark, the frame's own colours",
            (Key(("c",), None, "c", "the original's colours"),), "paint.keep_colours"),
    Command("keep_colors", _SWITCH, "keep_colours", field="paint.keep_colours", alias=True),
    Command("steady", _SWITCH, "less flicker", (Key(("d",), None, "d", "steady: less flicker"),), "paint.steady"),
    Command("blend", _SWITCH, "mix the style with the one before it",
            (Key(("b",), None, "b", "blend with the previous style"),)),
    Command("blend_with", StyleName(), "mix the style with this one"),
    Command("blend_amount", _SHARE, "the current style's share of the blend", field="paint.blend_amount"),
    Command("blend_by", _STEP, "more or less of the current style in the blend",
            (Key((",",), -0.1, ", .", "less, more of it in the blend"), Key((".",), 0.1)),
            "paint.blend_amount", adds=True),
    Command("mix", Shares(), "mix any styles of the deck"),
    Command("map", _SWITCH, "the styles of the page in the window, to mix with the mouse",
            (Key(("k",), None, "k", "a map of the styles: drag on it to mix"),), "view.map"),
    Command("split", _SWITCH, "the original left of a line in the window",
            (Key(("x",), None, "x", "original left of a line to drag"),), "view.split"),
    Command("split_at", _SHARE, "where that line is: 0 = left, 1 = right", field="view.split_at"),
    Command("mirror", _SWITCH, "mirror the window", (Key(("m",), None, "m", "mirror the window"),), "view.mirror"),
    Command("pause", _SWITCH, "hold the picture", (Key(("space",), None, "Space", "pause, go on"),)),
    Command("learn", _NOTHING, "learn the picture that is painted after, and paint better in some minutes",
            (Key(("l",), None, "l", "learn this picture: better in minutes"),)),
    Command("snapshot", _NOTHING, "write the painting into a PNG file", (Key(("s",), None, "s", "snapshot"),)),
    Command("record", _SWITCH, "record the painting into a new file",
            (Key(("r",), None, "r", "start, stop recording"),)),
    Command("virtual_camera", _SWITCH, "be a camera for other programs",
            (Key(("v",), None, "v", "start, stop the virtual camera"),)),
    Command("send", Text("an address to send to; true or none: the last one, false: no more", or_switch=True),
            "send the painting over the network", (Key(("n",), None, "n", "start, stop sending"),)),
    Command("source", Text("a file, an address, camera:NAME, screen:WxH+X+Y, or test-pattern"),
            "paint another source from now on"),
    Command("window", _SWITCH, "open or close the window", (Key(("w",), None, "w", "close the window, play on"),)),
    Command("full_screen", _SWITCH, "the window fills the screen", (Key(("f",), None, "f", "full screen"),),
            "view.full_screen"),
    Command("hud", _SWITCH, "the numbers in the window", (Key(("t",), None, "t", "show, hide the numbers"),),
            "view.hud"),
    Command("net_size", NetHeight(), "the height that the net paints at", field="paint.net_size"),
    Command("net_smaller", _NOTHING, "paint faster and coarser",
            (Key(("[",), None, "[ ]", "paint faster and coarser, finer"),)),
    Command("net_larger", _NOTHING, "paint slower and finer", (Key(("]",)),)),
    Command("autoplay", SecondsOrSwitch(0.1, 1e6, "seconds for each style, or true, false"),
            "walk through the styles", (Key(("a",), None, "a", "walk through the styles"),)),
    Command("help", _SWITCH, "the table of keys in the window",
            (Key(("h", "?"), None, "h ?", "show, hide this table"),), "view.help"),
    Command("status", _NOTHING, "nothing: the answer is what is wanted"),
    Command("quit", _NOTHING, "end the session", (Key(("q", "esc"), None, "q Esc", "quit"),)),
)  # fmt: skip

COMMANDS: dict[str, Command] = {command.name: command for command in _TABLE}


def help_lines() -> list[tuple[str, str]]:
    """The keys and what they do, for people: ("+ -", "more, less of the style")."""
    return [(key.shown, key.help) for command in _TABLE for key in command.keys if key.shown]


def schema() -> dict[str, Any]:
    """JSON Schema of one line of the control channel: any command with its value."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "a command for a live session",
        "oneOf": [_request_schema(command) for command in _TABLE],
    }


def key_table() -> str:
    """The keys as a table in Markdown."""
    return "\n".join(
        ["| keys | what they do |", "|---|---|", *(f"| `{keys}` | {what} |" for keys, what in help_lines())]
    )


def command_table() -> str:
    """The commands as a table in Markdown, those that take the same value in one row."""
    rows: dict[str, list[str]] = {}
    for command in _TABLE:
        if not command.alias:
            rows.setdefault(command.value.words, []).append(f"`{command.name}`")
    return "\n".join(
        [
            "| command | value |",
            "|---|---|",
            *(f"| {' '.join(names)} | {words} |" for words, names in rows.items()),
        ]
    )


def _request_schema(command: Command) -> dict[str, Any]:
    properties: dict[str, Any] = {"command": {"const": command.name}}
    value, required = command.value.schema(), ["command"]
    if value is not None:
        properties["value"] = value
        if not _may_be_left_out(value):
            required.append("value")
    return {
        "type": "object", "description": command.help, "properties": properties, "required": required,
    }  # fmt: skip


def _may_be_left_out(value: dict[str, Any]) -> bool:
    return (
        "null" in value.get("type", ())
        or None in value.get("enum", ())
        or any(_may_be_left_out(one) for one in value.get("anyOf", ()))
    )
