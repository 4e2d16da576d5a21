"""What `--help` says of every command."""

from collections.abc import Iterator

import click
import pytest

from livebrush.realtime.cli import cli

COLUMNS = 80


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


COMMANDS = dict(commands(cli, "livebrush"))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_says_what_it_does(path: str) -> None:
    options = [param for param in COMMANDS[path].params if isinstance(param, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("path", COMMANDS)
def test_the_first_sentence_fits_into_the_list_of_commands(path: str) -> None:
    short = COMMANDS[path].get_short_help_str(limit=COLUMNS - 2 - len("  painting    "))
    assert short and not short.endswith("...")
