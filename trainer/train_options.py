"""What the commands that train have in common: options, and how they begin and tell of it."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livebrush.models.events import Event, Finished
from livebrush.realtime.commands.credit import Credit
from livebrush.realtime.commands.options import overwrite_option, progress_option, torch_device_option
from livebrush.realtime.commands.progress import reader
from livebrush.trainer.loss_networks.loss_files import loss_network_options
from livebrush.trainer.runs.recipe import Recipe

if TYPE_CHECKING:
    from livebrush.models.contract import Style


def recipe_option(name: str, kind: Any, text: str, recipe: Recipe) -> Callable[[Any], Any]:
    """An option for one value of the recipe, its default told but not given: a recipe file may hold another."""
    told = f"{text}  [default: {getattr(recipe, name)}]"
    return click.option(f"--{name.replace('_', '-')}", type=kind, help=told)


content_option = click.option(
    "--content", type=click.Path(path_type=Path),
    help="A folder of photos, a thousand or more, like what the style will paint.  [default: the few that ship]",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What the options of `run_options` say."""

    loss_networks: tuple[str, ...]
    download: bool
    preview_every: int
    overwrite: bool
    device: str
    progress: str
    run_dir: Path | None = None
    resume: bool = False
    held_out: Path | None = None
    few_photos: bool = False


def run_options(preview_every: int, photos: bool = True, one: bool = True) -> Callable[[Any], Any]:
    """The options of a training that are not its recipe's, which a command gets as `told`: what it reads, where it
    writes, what it runs on, how it tells of it.

    preview_every: steps, by default
    photos:        whether it is trained on photos
    one:           whether it is one training, whose run the user may name and go on with
    """
    of_photos = [
        click.option(
            "--held-out", type=click.Path(path_type=Path),
            help="A text file of photo names to leave out of training; previews and held-out losses use them.",
        ),
        click.option("--few-photos", is_flag=True, help="Allow fewer than 50 photos."),
    ]  # fmt: skip
    run_dir = click.option(
        "--run-dir", type=click.Path(path_type=Path),
        help="Folder for checkpoints, log and previews.  [default: runs/NAME]",
    )  # fmt: skip
    resume = click.option("--resume", is_flag=True, help="Continue where the run in --run-dir stopped.")
    replaced = "the output if it exists" if one else "style models of another picture or recipe"
    options = [
        loss_network_options,
        *(of_photos if photos else ()),
        *((run_dir,) if one else ()),
        click.option(
            "--preview-every", type=click.IntRange(min=1), default=preview_every, show_default=True,
            help="Steps from one preview and checkpoint to the next.",
        ),
        *((resume,) if one else ()),
        overwrite_option(f"Replace {replaced}."),
        torch_device_option,
        progress_option,
    ]  # fmt: skip

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def told(*arguments: Any, **given: Any) -> None:
            names = [field.name for field in dataclasses.fields(Told) if field.name in given]
            run = Told(**{name: given.pop(name) for name in names})
            command(*arguments, told=run, **given)

        return functools.reduce(lambda function, option: option(function), reversed(options), told)

    return with_options


def named(credit: Credit, like: Path) -> "Callable[[], Style]":
    """The style, when it is wanted: named like a file."""
    return lambda: credit.style(like.stem)


def begin(
    train: Callable[..., Path], style: Path | Sequence[Path], content: Path | None, output: Path, told: Told,
    weights_licence: str, **of_kind: Any,
) -> None:  # fmt: skip
    """A training on photos; see `begin_without_photos`."""
    few = {"least_photos": 1} if told.few_photos else {}
    start = {"start_from": of_kind.pop("start_from")} if "start_from" in of_kind else {}  # None is random
    train = functools.partial(train, style, content=content, held_out=told.held_out, **few, **start)
    begin_without_photos(train, output, told, weights_licence, **of_kind)


def begin_without_photos(
    train: Callable[..., Path], output: Path, told: Told, weights_licence: str, *,
    credit: "Callable[[], Style | Sequence[Style]]", **of_kind: Any,
) -> None:  # fmt: skip
    """credit:  what the file says of its pictures
    of_kind: options that this training has and others do not, None where they were not given
    """
    from livebrush.trainer.runs.parallel import EndedElsewhere

    given = {name: value for name, value in of_kind.items() if value is not None}
    finished: list[Finished] = []

    def on_event(event: Event) -> None:
        tell(event)
        if isinstance(event, Finished):
            finished.append(event)

    try:
        with reader(told.progress) as tell:
            train(
                output, on_event=on_event, run_folder=told.run_dir, loss_networks=told.loss_networks,
                download=told.download, credit=credit(), weights_licence=weights_licence,
                preview_every=told.preview_every, resume=told.resume, overwrite=told.overwrite, device=told.device,
                **given,
            )  # fmt: skip
    except EndedElsewhere as ended:
        raise click.exceptions.Exit(ended.exit_code) from None
    for end in finished if told.progress != "json" else ():
        click.echo(f"{end.path} is ready; previews and log are in {end.values['run_folder']}", err=True)
