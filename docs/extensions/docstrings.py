"""Turns the project's plain docstrings into reStructuredText when autodoc reads them.

A block of "name: what it is" lines becomes a list of definitions, an indented block becomes code, and `code` is code.
"""

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FIELD = re.compile(r"^(\w+(?:, \w+)*):\s+(\S.*)$")
OUTCOMES = ("returns", "raises", "others", "source")
COLUMNS = re.compile(r"\S\s{2,}\S")
SPECIAL = re.compile(r"([*|\\])|(?<=\w)(_)(?=\W|$)")


def setup(app: "Sphinx") -> dict[str, bool]:
    app.connect("autodoc-process-docstring", _rewrite)
    return {"parallel_read_safe": True}


def _rewrite(_app: "Sphinx", _what: str, _name: str, _value: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = restructured(lines)


def restructured(lines: list[str]) -> list[str]:
    """The lines of a docstring, without its indentation, as lines of reStructuredText."""
    result: list[str] = []
    for blank, block in groupby(lines, lambda line: not line.strip()):
        if not blank:
            result += [*_block(list(block)), ""]
    return result


def _block(block: list[str]) -> list[str]:
    if block[0].startswith("    "):
        return [".. code-block:: python", "", *block]
    if FIELD.match(block[0]):
        return _fields(block)
    first = next((n for n, line in enumerate(block) if n and FIELD.match(line)), None)
    if first is not None:  # a sentence, and right below it what it speaks of
        return [*map(_inline, block[:first]), "", *_fields(block[first:])]
    if len(block) > 1 and all(COLUMNS.search(line) for line in block):
        return [".. code-block:: text", "", *(f"    {line}" for line in block)]
    return [_inline(line) for line in block]


def _fields(block: list[str]) -> list[str]:
    result = []
    for line in block:
        if found := FIELD.match(line):
            names = found[1].split(", ")
            result.append(", ".join(f"*{name}*" if name in OUTCOMES else f"``{name}``" for name in names))
            line = found[2]
        result.append(f"    {_inline(line.strip())}")
    return result


def _inline(text: str) -> str:
    """`code` between two backticks each, and what reStructuredText would take for markup escaped elsewhere."""
    parts = text.split("`")
    for n in range(0, len(parts), 2):
        parts[n] = SPECIAL.sub(lambda found: f"\\{found[0]}", parts[n])
    return "``".join(parts)
