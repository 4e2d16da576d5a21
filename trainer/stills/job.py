"""One `livebrush still` from files to file: pictures in, optimisation, picture out, and what is kept on the way."""

import csv
import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from models.errors import LivebrushError
from realtime.brush import with_colours_of
from realtime.pictures.jobs import write_picture
from realtime.pictures.picture import Picture, read_picture
from trainer.loss_network import LayeredNetwork, load_loss_network
from trainer.parallel import choose_device
from trainer.stills.colours import match_colours
from trainer.stills.film_of_progress import FilmOfProgress
from trainer.stills.mask_pictures import pair_regions
from trainer.stills.objective import Region, StyleSource, nearest_layers
from trainer.stills.painting import Progress, StillTask, paint_still, plan_legs, resize
from trainer.stills.recipe import StillRecipe
from trainer.stills.still_file import load_still, save_still

LARGEST_BY_DEFAULT = 1024
"""pixels of the long side where no size is asked for"""
KEEP_EVERY_S = 5.0
"""how often the preview is written, and what --resume goes on from"""


@dataclass(frozen=True)
class StillJob:
    """Everything that `livebrush still` was told.

    styles:       pictures and their weights
    size:         long side of the result, pixels; None: the photo's own up to LARGEST_BY_DEFAULT
    style_scale:  size of the style's strokes: 1 shows the style's picture as large as the still
    keep_colours: None, "luminance" or "matching"
    masks:        pictures of the regions of photo and style, see mask_pictures
    film, log, plot: files to write the way there to
    """

    photo: Path | None
    styles: Sequence[tuple[Path, float]]
    output: Path
    recipe: StillRecipe
    loss_files: Sequence[Path]
    size: int | None = None
    style_scale: float = 1.0
    keep_colours: str | None = None
    masks: tuple[Path, Path] | None = None
    seed: int = 0
    device: str = "auto"
    films: Sequence[Path] = ()
    log: Path | None = None
    plot: Path | None = None
    resume: bool = False


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
    source = _read(job.photo, say) if job.photo else None
    network = load_loss_network(list(job.loss_files), average=job.recipe.average_pool)
    _say_layers(job.recipe, network, source is not None, say)
    device = choose_device(job.device)
    if job.recipe.optimiser == "adam" and device.type == "cpu":
        network.to_bfloat16()  # L-BFGS builds on differences that this rounds away
    task, photo_pixels = _task(job, source, device, say)
    way = _Way(job, _run_name(job), lambda image: _finished(image, job, photo_pixels), [])
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
    _write(way, image, source)
    for kept in (state_path(job.output), preview_path(job.output)):
        kept.unlink(missing_ok=True)


def state_path(output: Path) -> Path:
    return output.with_name(f"{output.name}.resume")


def preview_path(output: Path) -> Path:
    return output.with_name(f"{output.stem}_preview.png")


def to_pixels(image: Tensor) -> np.ndarray:
    """(1, 3, H, W) in [0, 1] to (H, W, 3) uint8."""
    return (image[0].detach().cpu().clamp(0, 1).permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)


def to_tensor(pixels: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """(H, W, 3) uint8 to (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].to(device).float() / 255


def _read(path: Path, say: Callable[[str], None]) -> Picture:
    picture = read_picture(path)
    for note in picture.notes:
        say(f"{path.name}: {note}")
    return picture


def _task(
    job: StillJob, source: Picture | None, device: torch.device, say: Callable[[str], None]
) -> tuple[StillTask, np.ndarray | None]:
    styles = [(to_tensor(_read(path, say).pixels, device), weight) for path, weight in job.styles]
    shape = source.pixels.shape[:2] if source else tuple(styles[0][0].shape[2:])
    long_side = job.size or min(max(shape), LARGEST_BY_DEFAULT)
    size = _fitted((int(shape[0]), int(shape[1])), long_side)
    photo = resize(to_tensor(source.pixels, device), size) if source else None
    sources = []
    for pixels, weight in styles:
        # The same area as the still: its strokes keep their share of the picture whatever the two shapes
        scale = job.style_scale * (size[0] * size[1] / (pixels.shape[2] * pixels.shape[3])) ** 0.5
        pixels = resize(
            pixels, (max(32, round(pixels.shape[2] * scale)), max(32, round(pixels.shape[3] * scale)))
        )
        if job.keep_colours == "matching" and photo is not None:
            pixels = match_colours(pixels, photo)
        sources.append(StyleSource(pixels, None, weight))
    regions = _regions(job.masks, sources, size, say) if job.masks else [Region(sources)]
    task = StillTask(photo, regions, size, job.seed)
    return task, None if photo is None else to_pixels(photo)


def _regions(
    masks: tuple[Path, Path],
    sources: Sequence[StyleSource],
    size: tuple[int, int],
    say: Callable[[str], None],
) -> list[Region]:
    """A region for each colour of the masks' pictures; the first style has masks, others are taken whole."""
    first, *others = sources
    device = first.pixels.device

    def read(path: Path, height: int, width: int) -> np.ndarray:
        return cv2.resize(_read(path, say).pixels, (width, height), interpolation=cv2.INTER_NEAREST)

    pairs = pair_regions(read(masks[0], *size), read(masks[1], *first.pixels.shape[2:]))
    regions = []
    for pair in pairs:
        if pair.style is None:
            say(f"the style has no region of the colour {pair.colour}: all of it stands in")
        mask = None if pair.style is None else torch.from_numpy(pair.style)[None, None].to(device)
        styles = [StyleSource(first.pixels, mask, first.weight), *others]
        regions.append(Region(styles, torch.from_numpy(pair.photo)[None, None].to(device)))
    return regions


def _fitted(shape: tuple[int, int], long_side: int) -> tuple[int, int]:
    scale = long_side / max(shape)
    height, width = (round(side * scale) for side in shape)
    if min(height, width) < 32:
        raise LivebrushError(
            f"the still would be {width}x{height} pixels: the short side must be 32 or more; take a larger --size"
        )
    return height, width


def _finished(image: Tensor, job: StillJob, photo: np.ndarray | None) -> np.ndarray:
    painted = to_pixels(image)
    if job.keep_colours == "luminance" and photo is not None:
        painted = with_colours_of(photo, painted)
    return painted


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
