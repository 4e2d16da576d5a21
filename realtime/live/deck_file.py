"""A deck in a file: which styles, in which order, how strong, and how long each."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from livebrush.models.assignment import Styles
from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.settings import Cue
from livebrush.realtime.made.asked import find_styles

_KEYS = {"styles", "autoplay"}
_STYLE_KEYS = {"name", "strength", "keep_colours", "keep_colors", "seconds"}
_SECONDS = (0.1, 1e6)


@dataclass(frozen=True)
class DeckFile:
    """What a deck file says.

    choices:    the styles, in order
    cues:       by style name
    autoplay:   whether it is on from the beginning, None where the file does not say
    autoplay_s: seconds for each style, None where the file does not say
    """

    choices: Sequence[Styles]
    cues: dict[str, Cue]
    autoplay: bool | None = None
    autoplay_s: float | None = None


def read_deck_file(path: Path, strength: float = 1.0, keep_colours: bool = False) -> DeckFile:
    """Read a deck from TOML.

    strength, keep_colours: for styles that do not say, where others do

        autoplay = 20                # seconds for each style; true, false
        styles = ["starry_night", "wave.onnx"]

    or, where there is more to say of them,

        [[styles]]
        name = "starry_night"        # as -s takes it; files are looked for beside this one
        strength = 0.8
        keep_colours = true
        seconds = 40                 # in autoplay

    raises: LivebrushError for a file that cannot be read, a style that is not known, and values out of range
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LivebrushError(f"{path}: cannot be read ({error.strerror})", code="unreadable") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LivebrushError(f"{path}: is no TOML ({error})", code="unreadable") from error
    _check_keys(path, "", content, _KEYS)
    entries = content.get("styles")
    if not isinstance(entries, list) or not entries:
        raise LivebrushError(
            f'{path}: names no style; write styles = ["starry_night", "great_wave"]', code="invalid"
        )
    choices: dict[str, Styles] = {}
    cues: dict[str, Cue] = {}
    for number, entry in enumerate(entries, 1):
        where = f"style {number}: "
        choice, cue = _style(path, where, {"name": entry} if isinstance(entry, str) else entry)
        if choice.name in choices:
            raise LivebrushError(
                f"{path}: {where}{choice.name} is in the deck already; name each style once", code="invalid"
            )
        choices[choice.name], cues[choice.name] = choice, cue
    cues = _completed(cues, strength, keep_colours)
    autoplay = content.get("autoplay")
    if isinstance(autoplay, bool) or autoplay is None:
        return DeckFile(list(choices.values()), cues, autoplay)
    return DeckFile(list(choices.values()), cues, True, _number(path, "", "autoplay", autoplay, *_SECONDS))


def _style(path: Path, where: str, entry: Any) -> tuple[Styles, Cue]:
    if not isinstance(entry, dict):
        raise LivebrushError(
            f"{path}: {where}expected a name or a table, got {str(entry)[:40]!r}", code="invalid"
        )
    _check_keys(path, where, entry, _STYLE_KEYS)
    name = entry.get("name")
    if not isinstance(name, str) or not name:
        raise LivebrushError(f"{path}: {where}has no name", code="invalid")
    keep = entry.get("keep_colours", entry.get("keep_colors"))
    if keep is not None and not isinstance(keep, bool):
        raise LivebrushError(
            f"{path}: {where}keep_colours is {str(keep)[:40]}: it must be true or false", code="invalid"
        )
    cue = Cue(
        _number(path, where, "strength", entry.get("strength"), 0, 1), keep,
        _number(path, where, "seconds", entry.get("seconds"), *_SECONDS),
    )  # fmt: skip
    try:
        return find_styles(_beside(path, name)), cue
    except LivebrushError as error:
        raise LivebrushError(f"{path}: {where}{error}", code="invalid") from error


def _beside(path: Path, name: str) -> str:
    """A file's path from the deck file's folder, where there is such a file."""
    file, suffix, style = name.partition(".onnx")
    found = path.parent / f"{file}{suffix}"
    return f"{found}{style}" if suffix and found.is_file() else name


def _completed(cues: dict[str, Cue], strength: float, keep_colours: bool) -> dict[str, Cue]:
    """What one style changes, the next one changes back."""
    if any(cue.strength is not None for cue in cues.values()):
        cues = {
            name: replace(cue, strength=strength) if cue.strength is None else cue
            for name, cue in cues.items()
        }
    if any(cue.keep_colours is not None for cue in cues.values()):
        cues = {
            name: replace(cue, keep_colours=keep_colours) if cue.keep_colours is None else cue
            for name, cue in cues.items()
        }
    return cues


def _number(path: Path, where: str, key: str, value: Any, least: float, most: float) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise LivebrushError(
            f"{path}: {where}{key} is {str(value)[:40]}: it must be a number from {least:g} to {most:g}",
            code="invalid",
        )
    return float(value)


def _check_keys(path: Path, where: str, table: dict[str, Any], known: set[str]) -> None:
    for key in table:
        if key not in known:
            raise LivebrushError(
                f"{path}: {where}{key[:40]} is not understood; there are {', '.join(sorted(known))}",
                code="invalid",
            )
