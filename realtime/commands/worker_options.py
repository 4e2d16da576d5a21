"""The options of commands whose work is done by several workers."""

import functools
from collections.abc import Callable
from typing import Any

import click

from livebrush.realtime.workers.choosing import ENGINES


def worker_options(who: str, what: str, verb: str) -> Callable[[Any], Any]:
    """Options that a command gets as `engine`, `address`, `workers`, `threads` and `retry`.

    who:  the engines in words: "Who paints: processes of this machine, or a Ray cluster."
    what: a worker works on: "film"; verb: what is done with it: "paint"
    """
    options = [
        click.option("--engine", type=click.Choice(ENGINES), default="local", show_default=True, help=who),
        click.option(
            "--address", help="Of the Ray cluster: ray://head:10001.  [default: $RAY_ADDRESS, or this machine]"
        ),
        click.option(
            "--workers", type=click.IntRange(min=1),
            help=f"{what.capitalize()}s to {verb} at once.  [default: 1; on Ray one for each GPU or group of cores]",
        ),
        click.option(
            "--threads", type=click.IntRange(min=1),
            help="CPU cores for each worker.  [default: an equal share; on Ray up to 4]",
        ),
        click.option(
            "--retry", type=click.IntRange(min=0), default=1, show_default=True,
            help=f"How often a {what} that fails is tried again, after all others.",
        ),
    ]  # fmt: skip
    return lambda command: functools.reduce(lambda of, option: option(of), reversed(options), command)
