"""`livebrush batch`: paint folders of films."""

import json
from typing import Any

import click

from livebrush.realtime.commands.completion import files_for
from livebrush.realtime.commands.options import (
    device_option,
    overwrite_option,
    painted_region,
    progress_option,
    styles_option,
)
from livebrush.realtime.commands.video_options import how_written, video_options
from livebrush.realtime.commands.worker_options import worker_options


@click.command()
@click.argument("sources", nargs=-1, required=True, shell_complete=files_for)
@styles_option
@click.option(
    "-o", "--output", required=True, shell_complete=files_for,
    help="The folder of the paintings, or a URL such as s3://bucket/painted/.",
)  # fmt: skip
@click.option("--shard", metavar="I/N", help="Paint only part I of N: 3/16.")
@worker_options("Who paints: processes of this machine, or a Ray cluster.", "film", "paint")
@click.option("--watch", is_flag=True, help="Go on with films that come into the folder, until Ctrl-C.")
@click.option(
    "--dry-run", is_flag=True, help="Paint a little of three films, and say how long all would take."
)
@click.option(
    "--report", metavar="FILE", shell_complete=files_for, help="Write what was done to FILE, as JSON."
)
@video_options
@device_option
@overwrite_option("Replace paintings that are there and that no batch has made.")
@progress_option
def batch(
    sources: tuple[str, ...], styles: tuple[str, ...], output: str, retry: int, watch: bool, dry_run: bool,
    report: str | None, only: str | None, all_but: str | None, progress: str, **given: Any,
) -> None:  # fmt: skip
    """Paint folders of films, and go on where it stopped.

    SOURCES are files, folders with all that is below them, wildcards, and URLs such as s3://bucket/footage/.

    The same command paints only what is missing, what was changed and what failed. A film that fails is tried once more
    and told at the end; the others are painted. Ctrl-C keeps what is painted.

    \b
    livebrush batch footage/ -s great_wave -o painted/
    livebrush batch footage/ -s great_wave -s minotaur -o painted/ --dry-run
    livebrush batch footage/ -s great_wave -o painted/ --shard 3/16
    livebrush batch footage/ -s great_wave -o painted/ --watch
    livebrush batch footage/ -s great_wave -o painted/ --engine ray --address ray://head:10001
    livebrush batch s3://bucket/footage/ -s great_wave -o s3://bucket/painted/
    """
    from livebrush.realtime.batch.batch import Batch
    from livebrush.realtime.batch.report import BatchFailed, BatchReport, BatchStopped
    from livebrush.realtime.commands.progress import reader

    if watch and dry_run:
        raise click.UsageError("--watch and --dry-run exclude each other")
    same = {
        name: given[name] for name in ("strength", "keep_colours", "steady", "stroke", "device", "overwrite")
    }
    where = {name: given[name] for name in ("shard", "engine", "address", "workers", "threads")}
    work = Batch(
        sources, output, styles, only=painted_region(only, all_but), **same, **where, **how_written(given)
    )

    def tell(told: BatchReport) -> None:
        if progress != "json":
            click.echo(told.table(), err=True)

    with reader(progress) as read:
        if dry_run:
            found = work.estimate(read)
            click.echo(json.dumps(found.as_json()) if progress == "json" else found)
            return
        try:
            told = work.paint(retries=retry, watch=watch, report=report, on_event=read)
        except BatchFailed as error:
            told, ended = error.report, error.reworded(error.count)  # the table names them
        except BatchStopped as error:
            told, ended = error.report, error
        else:
            ended = None
    tell(told)
    if ended:
        raise ended
