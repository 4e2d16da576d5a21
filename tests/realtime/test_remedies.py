"""What to do next is said once for Python and once for the command line, and nowhere else."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from livebrush.models.errors import CODES, REMEDIES, LivebrushError
from livebrush.models.events import Note
from livebrush.realtime.commands.remedies import COMMANDS, said

ROOT = Path(__file__).parents[2]
ROOMS = ("livebrush", "models", "converters", "realtime", "trainer")
SPEAKS = re.compile(
    r"(?<![\w-])--[a-z][a-z-]+|(?<!\S)-(?:y|n|o|s|ss|t|to|v)\b"
    r"|\blivebrush (?:live|video|batch|image|cameras|look|masks|styles|convert|inspect|bench|train|still|doctor"
    r"|completion)\b"
)
"""an option, or a command line of ours"""
COMMAND_LINES = (
    "realtime/cli.py", "realtime/commands/", "realtime/benchmark/", "trainer/distillation/",
    "realtime/studio/work/plan.py",
)  # fmt: skip
"""two are tools with command lines of their own, and the last writes those of the commands that it runs"""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            yield name, ast.parse(path.read_text("utf-8"))


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names:
            yield node


def said_to_people(tree: ast.Module) -> Iterator[ast.Constant]:
    """The texts of a module but for docstrings and what tells click its options."""
    left_out: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(node.value)
    for call in calls(tree, "option", "argument", "command"):
        left_out.update(ast.walk(call))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left_out:
            yield node


def texts(value: ast.AST | None) -> list[str]:
    """What an argument may be: a text, or one of two."""
    if isinstance(value, ast.IfExp):
        return texts(value.body) + texts(value.orelse)
    if isinstance(value, ast.BoolOp):
        return [text for one in value.values for text in texts(one)]
    return [str(value.value)] if isinstance(value, ast.Constant) and value.value else []


def named(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_no_message_outside_the_command_line_names_an_option():
    found = [
        f"{name}:{text.lineno}: {text.value}"
        for name, tree in sources()
        if not name.startswith(COMMAND_LINES) and not name.endswith("_command.py")
        for text in said_to_people(tree)
        if SPEAKS.search(str(text.value))
    ]
    assert found == []


def test_python_and_the_command_line_know_the_same_remedies():
    assert REMEDIES.keys() == COMMANDS.keys()
    assert not [sentence for sentence in REMEDIES.values() if SPEAKS.search(sentence)]


def test_every_error_has_a_code_and_every_remedy_is_one_of_them_with_what_it_names():
    wrong = []
    for name, tree in sources():
        for call in calls(tree, "LivebrushError", "Note"):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            code, where = given.get("code"), f"{name}:{call.lineno}"
            if isinstance(code, ast.Constant) and getattr(call.func, "id", "") == "LivebrushError":
                wrong += [] if code.value in CODES else [f"{where}: {code.value}"]
            elif code is None and getattr(call.func, "id", "") == "LivebrushError":
                wrong.append(f"{where}: no code")
            for remedy in texts(given.get("remedy")):
                wrong += [] if remedy in REMEDIES else [f"{where}: {remedy}"]
                wants = named(REMEDIES.get(remedy, "")) | named(COMMANDS.get(remedy, ""))
                passed_on = None in given or "values" in given
                wrong += [f"{where}: {name}" for name in wants - {"option"} - given.keys() if not passed_on]
    assert wrong == []


def test_a_remedy_is_said_with_the_options_of_the_command_line():
    error = LivebrushError(
        "gif has one quality only", code="conflict", remedy="leave_out", field="keep_colours"
    )
    assert error.advice == "leave keep_colours out" and error.__notes__ == [error.advice]
    assert said(error) == "gif has one quality only: leave --keep-colours out"
    assert said(error.of("a.gif")) == "a.gif: gif has one quality only: leave --keep-colours out"
    assert error.of("a.gif").code == "conflict"
    assert said(Note("HDR video", remedy="keep_hdr")) == "HDR video: --keep-hdr takes it as it is"
    assert said(LivebrushError("no such file")) == "no such file"


def test_an_unknown_remedy_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        LivebrushError("what now?", remedy="pray")
