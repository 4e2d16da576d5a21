"""`livebrush train batch`: many pictures in, a style model of each out."""

from pathlib import Path
from typing import Any

import click

from livebrush.realtime.commands.worker_options import worker_options
from livebrush.trainer.painting_options import painting_recipe_options, start_of
from livebrush.trainer.train_options import Told, content_option, run_options


@click.command()
@click.argument("styles", nargs=-1, required=True, metavar="STYLE...", type=click.Path(path_type=Path))
@content_option
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder of the style models."
)
@worker_options(
    "Who trains: processes of this machine, or a Ray cluster, whose machines share the folders.",
    "style",
    "train",
)
@click.option(
    "--credits", "credits_file", type=click.Path(path_type=Path),
    help="A TOML file with a table for each picture, [\"wave.jpg\"], that may set name, title, artist, year, licence, "
    "source and looks_like.",
)  # fmt: skip
@click.option("--weights-licence", default="", help="Licence of the style models themselves.")
@painting_recipe_options
@run_options(preview_every=250, one=False)
def batch(
    styles: tuple[Path, ...], content: Path | None, output: Path, engine: str, address: str | None, workers: int | None,
    threads: int | None, retry: int, credits_file: Path | None, weights_licence: str, recipe_file: Path | None,
    start_from: str | None, told: Told, **recipe_options: Any,
) -> None:  # fmt: skip
    """Train a net for each of many paintings.

    Each STYLE is a picture of a painting, trained as 'livebrush train painting' does.

    \b
    livebrush train batch styles/*.jpg -o nets/
    livebrush train batch styles/*.jpg -o nets/ --workers 2 --images 20000
    livebrush train batch styles/*.jpg -o nets/ --engine ray --address ray://head:10001

    The same command trains only what is missing, and goes on with what was stopped or killed. A style that fails is
    tried once more and told at the end; the others are trained. Ctrl-C keeps checkpoints.

    At the end there is a table of losses, in nets/report.json too, and nets/sheet.jpg shows all styles on the same
    photos. Checkpoints, logs and previews are in nets/runs.
    """
    from livebrush.realtime.commands.progress import reader
    from livebrush.trainer.batch.batch import train_batch
    from livebrush.trainer.batch.report import TrainBatchFailed, TrainBatchStopped
    from livebrush.trainer.runs.credits import read_credits

    given = {name: value for name, value in recipe_options.items() if value is not None}
    few = {"least_photos": 1} if told.few_photos else {}
    ended = None
    with reader(told.progress) as tell:
        try:
            report = train_batch(
                styles, output, content=content, on_event=tell, engine=engine, address=address, workers=workers,
                threads=threads, retries=retry, recipe=recipe_file, start_from=start_of(start_from),
                held_out=told.held_out, loss_networks=told.loss_networks,
                credit=read_credits(credits_file, styles), weights_licence=weights_licence, download=told.download,
                preview_every=told.preview_every, overwrite=told.overwrite, device=told.device, **few, **given,
            )  # fmt: skip
        except TrainBatchFailed as error:
            report, ended = error.report, error.reworded(error.count)  # the table names them
        except TrainBatchStopped as error:
            report, ended = error.report, error
    if told.progress != "json":
        click.echo(report.table(), err=True)
    if ended:
        raise ended
