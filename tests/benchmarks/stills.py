"""The optimisation of stills: its optimisers beside each other, and coarse to fine beside a single size.

    python -m tests.benchmarks.stills optimisers face.jpg starry.jpg  tower.jpg wave.jpg --plot curves.png
    python -m tests.benchmarks.stills sizes face.jpg starry.jpg  tower.jpg wave.jpg
    python -m tests.benchmarks.stills networks face.jpg starry.jpg  --loss-net vgg19 --picture beside.jpg

Photos and paintings come in pairs. Every method minimises the same loss of the same loss network, each in the precision
that `livebrush still` runs it in; the loss that counts is evaluated on the finished picture, in float32.
"""

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from livebrush.models.errors import LivebrushError
from livebrush.realtime.pictures.picture import read_picture
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.stills.files import StillFiles
from livebrush.trainer.stills.objective import StillObjective
from livebrush.trainer.stills.painting import Evaluation, StillTask, optimise_still
from livebrush.trainer.stills.pixels import to_pixels
from livebrush.trainer.stills.recipe import PAINTING, Optimiser, StillRecipe
from livebrush.trainer.stills.task import StillJob, load_network, prepare

JUDGED_EVERY = 5
"""evaluations"""
SINGLE: dict[str, dict[str, Any]] = {
    "Adam, rate 0.02": {"optimiser": "adam", "learning_rate": 0.02, "beta2": 0.999},
    "L-BFGS": {"optimiser": "lbfgs"},
}
"""what the default recipe is compared with, at the final size alone"""
OPTIMISERS: tuple[Optimiser, ...] = ("adam", "online-lbfgs", "lbfgs", "scipy")


@dataclass
class Run:
    """One picture's optimisation.

    curve: (evaluations, seconds, loss of the picture so far) at the final size, every JUDGED_EVERY evaluations
    final: total loss of what came out
    image: that, (1, 3, H, W) float32
    """

    image: Tensor
    seconds: float = 0.0
    final: float = 0.0
    curve: list[tuple[int, float, float]] = field(default_factory=list)

    def seconds_until(self, loss: float) -> float:
        return next((seconds for _, seconds, total in self.curve if total <= loss), float("inf"))


def pair_task(photo: Path, painting: Path, side: int) -> StillTask:
    """As `livebrush still` makes it."""
    recipe, files = PAINTING["livebrush"], StillFiles(Path("none.png"))
    job = StillJob(photo, [(painting, 1.0)], files, recipe, size=side)
    return prepare(job, read_picture(photo), torch.device("cpu"), click.echo)[0]


def judge(recipe: StillRecipe, task: StillTask, files: Sequence[Path]) -> StillObjective:
    network = load_loss_network(list(files), average=recipe.average_pool)
    return StillObjective(network, recipe, task.photo, task.regions, task.size)


def optimise(recipe: StillRecipe, task: StillTask, loss_names: Sequence[str] = ("builtin",)) -> Run:
    """What comes out is judged by the recipe's own loss; the time that this takes does not count."""
    files = find_loss_files(loss_names)
    run, judging, objective = Run(torch.empty(0)), 0.0, judge(recipe, task, files)
    network = load_network(files, recipe, torch.device("cpu"))
    started = time.perf_counter()

    def report(progress: Evaluation) -> None:
        nonlocal judging
        image = progress.state.image
        if tuple(image.shape[2:]) != task.size or progress.step % JUDGED_EVERY:
            return
        seconds = time.perf_counter() - started - judging
        # An average's loss is not that of the iterate that the optimiser has just seen
        total = progress.losses["total"]
        if recipe.optimiser == "adam" and recipe.averaging:
            total = objective.evaluate(image)[0]["total"]
            judging = time.perf_counter() - started - seconds
        run.curve.append((progress.step, seconds, total))

    run.image = optimise_still(network, recipe, task, report)
    run.seconds = time.perf_counter() - started - judging
    run.final = objective.evaluate(run.image)[0]["total"]
    return run


def plot(runs: Sequence[tuple[str, dict[str, Run]]], path: Path) -> None:
    """A panel for each pair: the loss of the picture so far over the evaluations."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        1, len(runs), figsize=(5 * len(runs), 4), layout="constrained", squeeze=False
    )
    for axes, (title, by_name) in zip(panels[0], runs, strict=True):
        for name, run in by_name.items():
            evaluations, _, losses = zip(*run.curve, strict=True)
            axes.plot(evaluations, losses, label=name)
        axes.set(title=title, xlabel="evaluations of the loss", ylabel="loss", yscale="log")
        axes.legend()
    figure.savefig(path, dpi=90)


def in_pairs(paths: tuple[Path, ...]) -> list[tuple[Path, Path]]:
    if not paths or len(paths) % 2:
        raise LivebrushError(f"photos and paintings come in pairs, got {len(paths)} files")
    return list(zip(paths[::2], paths[1::2], strict=True))


@click.group(help=__doc__)
def main() -> None: ...


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--recipe", "recipe_name", default="gatys", show_default=True)
@click.option("--side", default=256, show_default=True, help="Long side of the stills, pixels.")
@click.option("--steps", default=500, show_default=True)
@click.option("--plot", "picture", type=click.Path(path_type=Path))
def optimisers(
    paths: tuple[Path, ...], recipe_name: str, side: int, steps: int, picture: Path | None
) -> None:
    """The three optimisers on one loss, from one start."""
    click.echo(f"{recipe_name}, {side} pixels, {steps} evaluations")
    click.echo("| pair | " + " | ".join(f"{name}: loss, s" for name in OPTIMISERS) + " | worst to best |")
    click.echo("|---" * (len(OPTIMISERS) + 2) + "|")
    runs: list[tuple[str, dict[str, Run]]] = []
    for photo, painting in in_pairs(paths):
        task = pair_task(photo, painting, side)
        by_name: dict[str, Run] = {}
        for name in OPTIMISERS:
            recipe = dataclasses.replace(PAINTING[recipe_name], optimiser=name, steps=steps)
            by_name[name] = optimise(recipe, task)
        title = f"{photo.stem}, {painting.stem}"
        runs.append((title, by_name))
        finals = [run.final for run in by_name.values()]
        cells = " | ".join(f"{run.final:.4g}, {run.seconds:.0f}" for run in by_name.values())
        click.echo(f"| {title} | {cells} | {max(finals) / min(finals):.3f} |")
    if picture:
        plot(runs, picture)


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--side", default=512, show_default=True, help="Long side of the stills, pixels.")
@click.option("--steps", default=300, show_default=True, help="Evaluations at the single size.")
def sizes(paths: tuple[Path, ...], side: int, steps: int) -> None:
    """How soon the default recipe has the loss at which others end at a single size."""
    ours = PAINTING["livebrush"]
    click.echo(f"{side} pixels, {steps} evaluations at a single size")
    click.echo(
        "| pair | at a single size | loss | s | coarse to fine, s until then | of the time | its end: loss, s |"
    )
    click.echo("|---" * 7 + "|")
    for photo, painting in in_pairs(paths):
        task = pair_task(photo, painting, side)
        fine = optimise(ours, task)
        for name, changes in SINGLE.items():
            single = dataclasses.replace(ours, first_size=0, steps=steps, averaging=0.0, **changes)
            run = optimise(single, task)
            until = fine.seconds_until(run.final)
            click.echo(
                f"| {photo.stem}, {painting.stem} | {name} | {run.final:.4g} | {run.seconds:.0f} | {until:.0f} | "
                f"{until / run.seconds:.2f} | {fine.final:.4g}, {fine.seconds:.0f} |"
            )


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--loss-net", "loss_names", multiple=True, default=("vgg19",), help="As of `livebrush still`.")
@click.option("--side", default=384, show_default=True, help="Long side of the stills, pixels.")
@click.option("--picture", type=click.Path(path_type=Path), help="Both stills of each pair, ours first.")
def networks(paths: tuple[Path, ...], loss_names: tuple[str, ...], side: int, picture: Path | None) -> None:
    """The loss network that ships beside another: what each one's still is worth to both."""
    recipe, rows = PAINTING["livebrush"], []
    click.echo("| pair | judge | photo | still by ours | still by the other |")
    click.echo("|---" * 5 + "|")
    for photo, painting in in_pairs(paths):
        task = pair_task(photo, painting, side)
        assert task.photo is not None
        stills = [optimise(recipe, task, names).image for names in (("builtin",), loss_names)]
        for name, names in (("ours", ("builtin",)), ("the other", loss_names)):
            objective = judge(recipe, task, find_loss_files(names))
            losses = [objective.evaluate(image)[0]["total"] for image in (task.photo, *stills)]
            cells = " | ".join(f"{loss:.3f}" for loss in losses)
            click.echo(f"| {photo.stem}, {painting.stem} | {name} | {cells} |")
        rows.append(np.concatenate([to_pixels(image) for image in stills], 1))
    if picture:
        width = min(row.shape[1] for row in rows)
        Image.fromarray(np.concatenate([row[:, :width] for row in rows])).save(picture, quality=90)


if __name__ == "__main__":
    main()
