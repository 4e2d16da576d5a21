"""One `livebrush still` from files to file: pictures in, optimisation, picture out, and what is kept on the way."""

import csv
import hashlib
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.errors import LivebrushError
from realtime.brush import with_colours_of
from realtime.pictures.jobs import write_picture
from realtime.pictures.picture import Picture
from trainer.loss_networks.loss_network import LayeredNetwork, load_loss_network
from trainer.parallel import choose_device
from trainer.stills.film_of_progress import FilmOfProgress
from trainer.stills.finish import finish_photo
from trainer.stills.objective import nearest_layers
from trainer.stills.painting import Progress, StillTask, paint_still, plan_legs, resize
from trainer.stills.pixels import to_pixels
from trainer.stills.recipe import StillRecipe
from trainer.stills.still_file import load_still, save_still
from trainer.stills.task import StillJob, prepare, read_with_notes
from trainer.stills.tiles import DEEPEST_STRIDE

SMALLEST_TILE = 128
"""pixels; what a tile looks at beyond itself is as large as that"""
KEEP_EVERY_S = 5.0
"""how often the preview is written, and what --resume goes on from"""


class StillInterrupted(LivebrushError):
    exit_code = 130


@dataclass
class _Way:
    """What is kept on the way: the last state, the losses, preview and films."""

    job: StillJob
    run: str
    finish: Callable[[Tensor], np.ndarray]
    films: list[FilmOfProgress]
    losses: list[dict[str, float]] = field(default_factory=list)
    last: Progress | None = None
    kept_at: float = field(default_factory=time.monotonic)

    def tell(self, progress: Progress) -> None:
        self.last = progress
        self.losses.append({"step": progress.step, **progress.losses})
        for film in self.films:
            if film.wants(progress.step):
                film.add(to_pixels(progress.state.image))
        if time.monotonic() - self.kept_at > KEEP_EVERY_S:
            self.keep()
            self.kept_at = time.monotonic()

    def keep(self) -> None:
        if self.last:
            save_still(state_path(self.job.output), self.last.state, self.run)
            write_picture(
                preview_path(self.job.output),
                to_pixels(self.last.state.image),
                Picture(np.zeros((1, 1, 3), np.uint8)),
            )


def run_still_job(job: StillJob, report: Callable[[Progress], None], say: Callable[[str], None]) -> None:
    """Paint a still and write it.

    report: called after every evaluation of the loss
    say:    called with lines for the user
    raises: LivebrushError; StillInterrupted on Ctrl-C, with the picture so far written and a state to resume from
    """
    source = read_with_notes(job.photo, say) if job.photo else None
    network = load_loss_network(list(job.loss_files), average=job.recipe.average_pool)
    _say_layers(job.recipe, network, source is not None, say)
    device = choose_device(job.device)
    if job.recipe.optimiser == "adam" and device.type == "cpu":
        network.to_bfloat16()  # L-BFGS builds on differences that this rounds away
    task, photo = prepare(job, source, device, say)
    way = _Way(job, _run_name(job), lambda image: _finished(image, job, photo), [])
    steps = sum(leg.steps for leg in plan_legs(job.recipe, task.size))
    way.films = [FilmOfProgress(path, steps, task.size) for path in job.films]
    state = load_still(state_path(job.output), way.run) if job.resume else None

    def tell(progress: Progress) -> None:
        way.tell(progress)
        report(progress)

    try:
        image = paint_still(network.to(device), job.recipe, task, tell, state)
    except KeyboardInterrupt:
        _write_so_far(way, task, source)
        raise StillInterrupted(_stopped_line(way)) from None
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        raise LivebrushError(_out_of_memory_line(task)) from error
    _write(way, image, source)
    for kept in (state_path(job.output), preview_path(job.output)):
        kept.unlink(missing_ok=True)


def state_path(output: Path) -> Path:
    return output.with_name(f"{output.name}.resume")


def preview_path(output: Path) -> Path:
    return output.with_name(f"{output.stem}_preview.png")


def _finished(image: Tensor, job: StillJob, photo: np.ndarray | None) -> np.ndarray:
    """The picture as it is written, of the photo's size."""
    painted = to_pixels(image)
    if photo is None:
        return painted
    if job.recipe.finish:
        painted = finish_photo(photo, painted)
    return with_colours_of(photo, painted) if job.keep_colours == "luminance" else painted


def _write_so_far(way: _Way, task: StillTask, source: Picture | None) -> None:
    if way.last:
        way.keep()
        _write(way, resize(way.last.state.image, task.size), source)


def _write(way: _Way, image: Tensor, source: Picture | None) -> None:
    pixels = way.finish(image)
    with ExitStack() as written:
        written.callback(_write_losses, way.losses, way.job)
        for film in way.films:
            written.callback(film.write, pixels)
        # Last in, first out: the picture itself comes first, whatever happens to the rest
        written.callback(write_picture, way.job.output, pixels, source or Picture(pixels))


def _write_losses(losses: list[dict[str, float]], job: StillJob) -> None:
    if not losses:
        return
    if job.log:
        try:
            with job.log.open("w", newline="", encoding="utf-8") as file:
                table = csv.DictWriter(file, list(losses[-1]))
                table.writeheader()
                table.writerows({k: f"{v:.6g}" for k, v in row.items()} for row in losses)
        except OSError as error:
            raise LivebrushError(f"the log {job.log} cannot be written: {error.strerror}") from error
    if job.plot:
        plot_losses(losses, job.plot)


def plot_losses(losses: list[dict[str, float]], path: Path) -> None:
    """Draw every loss term over the evaluations.

    raises: LivebrushError when the file cannot be written
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    for name in losses[-1]:
        if name != "step":
            axes.plot([row["step"] for row in losses], [row[name] for row in losses], label=name)
    axes.set(xlabel="evaluations of the loss", ylabel="weighted loss", yscale="log")
    axes.legend()
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise LivebrushError(f"the plot {path} cannot be written: {error}") from error
    finally:
        pyplot.close(figure)


def _say_layers(
    recipe: StillRecipe, network: LayeredNetwork, has_photo: bool, say: Callable[[str], None]
) -> None:
    """Tell where the loss network lacks what the recipe wants."""
    wanted = [(layer, network.layers) for layer in recipe.style_layers]
    if has_photo:
        wanted += [(layer, network.content_layers) for layer in recipe.content_layers]
    for layer, layers in wanted:
        (found,) = nearest_layers({layer: 1.0}, layers)
        if found != layer:
            say(f"the loss network {network.name} has no {layer}: {found} in its place")


def _is_out_of_memory(error: Exception) -> bool:
    # On the CPU torch raises a RuntimeError like any other
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "allocate memory" in str(error)


def _out_of_memory_line(task: StillTask) -> str:
    height, width = task.size
    tile = min(task.tile, max(task.size)) // 2 // DEEPEST_STRIDE * DEEPEST_STRIDE
    smaller = f"--tile {tile} takes a quarter of it; or " if tile >= SMALLEST_TILE else ""
    return f"not enough memory for {width}x{height} pixels: {smaller}--size {max(task.size) // 2} for a smaller picture"


def _stopped_line(way: _Way) -> str:
    if not way.last:
        return "stopped before the first step: nothing was written"
    return (
        f"stopped at step {way.last.step} of {way.last.steps}; the picture so far is {way.job.output}, "
        "go on with the same command and --resume"
    )


def _run_name(job: StillJob) -> str:
    """Tells a run from another: the pictures' contents and all that shapes the result."""
    files: list[Any] = [hashlib.sha256(path.read_bytes()).hexdigest() for path, _ in job.styles]
    files += [hashlib.sha256(job.photo.read_bytes()).hexdigest()] if job.photo else []
    return repr(
        (
            files,
            [w for _, w in job.styles],
            job.recipe,
            job.size,
            job.style_scale,
            job.keep_colours,
            job.masks,
            job.seed,
        )
    )
