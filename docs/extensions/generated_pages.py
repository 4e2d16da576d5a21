"""Pages that are written at each build: one for each command, one of error codes, and the tables of the README."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
from sphinx.application import Sphinx

from livebrush.models.errors import CODES, REMEDIES
from livebrush.realtime.cli import cli

FOLDER = "generated"
README_TABLES = {"keys": "| keys |", "live_commands": "| command | value |", "styles": "| style | after |"}
"""name of the file that a page includes: how the table begins"""


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", _write_pages)
    return {"parallel_read_safe": True}


def _write_pages(app: Sphinx) -> None:
    folder = Path(app.srcdir) / FOLDER
    context = click.Context(cli, info_name="livebrush")
    readme = (Path(app.srcdir).parent / "README.md").read_text(encoding="utf-8")
    pages = {"errors": _errors_page()}
    pages |= {f"included/{name}": _table(readme, head) for name, head in README_TABLES.items()}
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        pages[f"commands/{name}"] = "\n".join(_sections(command, f"livebrush {name}"))
    for old in set(folder.rglob("*.md")) - {folder / f"{name}.md" for name in pages}:
        old.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if (
            not path.is_file() or path.read_text(encoding="utf-8") != text
        ):  # an unchanged page is not built anew
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _sections(command: click.Command, path: str, level: int = 1) -> Iterator[str]:
    """The command and its subcommands as Markdown."""
    yield f"{'#' * level} {path}\n"
    context = click.Context(command, info_name=path)
    yield from _prose(command.help or "")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None
            yield from _sections(subcommand, f"{path} {name}", level + 1)
        return
    yield f"```text\n{' '.join([path, *command.collect_usage_pieces(context)])}\n```\n"
    records = [option.get_help_record(context) for option in command.get_params(context)]
    for names, text in filter(None, records):
        if text:  # what an argument is stands in the prose
            yield f"`{names}`\n: {_escaped(text)}\n"
    yield from _prose(command.epilog or "")


def _prose(text: str) -> Iterator[str]:
    r"""Paragraphs; those that click is told not to rewrap (\b) as they are."""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if paragraph.startswith("\b"):
            lines = paragraph.removeprefix("\b").strip("\n")
            yield f"```text\n{lines}\n```\n"
        elif paragraph.strip():
            yield f"{_escaped(' '.join(paragraph.split()))}\n"


def _table(readme: str, head: str) -> str:
    """The table that begins so, its links as they are seen from a page of the site."""
    table = readme[readme.index(f"\n{head}") + 1 :].split("\n\n")[0]
    return table.replace("](docs/", "](") + "\n"


def _errors_page() -> str:
    """The codes and remedies of LivebrushError as two tables."""
    lines = ["# Error codes and remedies\n", "| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {_escaped(text)} |" for code, text in CODES.items()]
    lines += ["\nWords in braces stand for values of the error.\n", "| remedy | advice |", "|---|---|"]
    lines += [f"| `{remedy}` | {_escaped(text)} |" for remedy, text in REMEDIES.items()]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>|$#])", r"\\\1", text)
