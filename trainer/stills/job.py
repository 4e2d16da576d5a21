"""One `livebrush still` from files to file: pictures in, optimisation, picture out, and what is kept on the way."""

import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Note, OnEvent, Preview, Progress, Started
from livebrush.realtime.engine.finish import with_colours_of
from livebrush.realtime.pictures.jobs import write_picture
from livebrush.realtime.pictures.picture import Picture
from livebrush.realtime.same_run import Run
from livebrush.trainer.loss_networks.loss_files import fetch_loss_files, find_loss_files
from livebrush.trainer.loss_networks.loss_network import LayeredNetwork
from livebrush.trainer.runs.parallel import choose_device
from livebrush.trainer.stills.finish import finish_photo
from livebrush.trainer.stills.loss_log import plot_losses, write_log
from livebrush.trainer.stills.objective import nearest_layers
from livebrush.trainer.stills.painting import (
    TILE,
    Evaluation,
    StillTask,
    optimise_still,
    plan_legs,
    resize,
    tile_side,
)
from livebrush.trainer.stills.pixels import to_pixels
from livebrush.trainer.stills.progress_video import ProgressVideo
from livebrush.trainer.stills.recipe import StillRecipe
from livebrush.trainer.stills.still_file import load_still, save_still
from livebrush.trainer.stills.task import (
    LARGEST_BY_DEFAULT,
    StillJob,
    load_network,
    prepare,
    read_with_notes,
    sizes,
)
from livebrush.trainer.stills.tiles import DEEPEST_STRIDE

SMALLEST_TILE = 128
"""pixels; what a tile looks at beyond itself is as large as that"""
KEEP_EVERY_S = 5.0
"""how often the preview is written, and what --resume goes on from"""


class StillInterrupted(LivebrushError):
    exit_code = 130


@dataclass
class _Way:
    """What is kept on the way: the last state, the losses, preview and videos."""

    job: StillJob
    tell: OnEvent
    run: Run
    finish: Callable[[Tensor], np.ndarray]
    videos: list[ProgressVideo]
    losses: list[dict[str, float]] = field(default_factory=list)
    last: Evaluation | None = None
    kept_at: float = field(default_factory=time.monotonic)

    def note(self, evaluation: Evaluation) -> None:
        self.last = evaluation
        self.losses.append({"step": evaluation.step, **evaluation.losses})
        for video in self.videos:
            if video.wants(evaluation.step):
                video.add(to_pixels(evaluation.state.image))
        if time.monotonic() - self.kept_at > KEEP_EVERY_S:
            self.keep()
            self.kept_at = time.monotonic()
        height, width = evaluation.state.image.shape[2:]
        values = {"step": evaluation.step, "steps": evaluation.steps, "height": height, "width": width}
        self.tell(Progress(evaluation.pixels, evaluation.of_pixels, {**values, **evaluation.losses}))

    def keep(self) -> None:
        if self.last:
            save_still(self.job.files.state, self.last.state, self.losses, self.run)
            write_picture(
                self.job.files.preview,
                to_pixels(self.last.state.image),
                Picture(np.zeros((1, 1, 3), np.uint8)),
            )
            self.tell(Preview(self.job.files.preview))


def run_still_job(job: StillJob, tell: OnEvent) -> Path:
    """Paint a still and write it.

    tell:    told of the start, every evaluation of the loss, in pixels worked on, previews, notes, and the end
    returns: the picture
    raises:  LivebrushError; StillInterrupted on Ctrl-C, with the picture so far written and a state to resume from
    """

    def say(line: str) -> None:
        tell(Note(line))

    if job.download:
        fetch_loss_files(job.loss_networks, tell)
    source = read_with_notes(job.photo, say) if job.photo else None
    device = choose_device(job.device)
    loss_files = find_loss_files(job.loss_networks)
    network = load_network(loss_files, job.recipe, device)
    say_layers(job.recipe, network, source is not None, say)
    with told_what_fits(job, source):
        task, photo = prepare(job, source, device, say)
    way = _Way(job, tell, _run(job, loss_files), lambda image: _finished(image, job, photo), [])
    legs = plan_legs(job.recipe, task.size)
    way.videos = [ProgressVideo(path, sum(leg.steps for leg in legs), task.size) for path in job.files.videos]
    state = None
    if job.resume:
        state, way.losses = load_still(job.files.state, way.run, device)
    tell(Started(job.files.picture.name, "pixel", sum(leg.steps * leg.pixels for leg in legs)))
    try:
        with told_what_fits(job, source):
            image = optimise_still(network, job.recipe, task, way.note, state)
        _write(way, image, source, say)
    except KeyboardInterrupt:
        _write_so_far(way, task, source, say)
        raise StillInterrupted(
            _stopped_line(way), code="stopped", remedy="go_on" if way.last else ""
        ) from None
    for kept in (job.files.state, job.files.preview):
        kept.unlink(missing_ok=True)
    tell(Finished(job.files.picture, {"steps": len(way.losses)}))
    return job.files.picture


def _finished(image: Tensor, job: StillJob, photo: np.ndarray | None) -> np.ndarray:
    """The picture as it is written, of the photo's size."""
    painted = to_pixels(image)
    if photo is None:
        return painted
    if job.recipe.finish:
        painted = finish_photo(photo, painted)
    return with_colours_of(photo, painted) if job.keep_colours else painted


def _write_so_far(way: _Way, task: StillTask, source: Picture | None, say: Callable[[str], None]) -> None:
    if way.last:
        way.keep()
        _write(way, resize(way.last.state.image, task.size), source, say)


def _write(way: _Way, image: Tensor, source: Picture | None, say: Callable[[str], None]) -> None:
    """The picture first, then everything else; what fails does not keep the rest from being written."""
    pixels, files = way.finish(image), way.job.files

    def write_still() -> None:
        for note in write_picture(files.picture, pixels, source or Picture(pixels)):
            say(f"{files.picture.name}: {note}")

    works: list[Callable[[], object]] = [write_still]
    works += [partial(video.write, pixels) for video in way.videos]
    works += [partial(write_log, way.losses, files.log)] if files.log else []
    works += [partial(plot_losses, way.losses, files.plot)] if files.plot else []
    problems: list[str] = []
    for work in works:
        try:
            work()
        except LivebrushError as error:
            problems.append(str(error))
    if problems:
        raise LivebrushError("; ".join(problems), code="invalid")


def say_layers(
    recipe: StillRecipe, network: LayeredNetwork, has_photo: bool, say: Callable[[str], None]
) -> None:
    """Tell where the loss network lacks what the recipe wants."""
    wanted = [(layer, network.layers) for layer in (*recipe.style_layers, *recipe.statistics_layers)]
    if has_photo:
        wanted += [(layer, network.content_layers) for layer in recipe.content_layers]
    for layer, layers in wanted:
        (found,) = nearest_layers({layer: 1.0}, layers)
        if found != layer:
            say(f"the loss network {network.name} has no {layer}: {found} in its place")


@contextmanager
def told_what_fits(job: StillJob, source: Picture | None) -> Iterator[None]:
    """Running out of memory becomes a LivebrushError that says what takes less."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # On the CPU torch raises a RuntimeError like any other
        starved = isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "allocate memory" in str(error)
        if not starved:
            raise
        side = max(sizes(job, source.pixels.shape)[1]) if source else job.size or LARGEST_BY_DEFAULT
        used = tile_side(job.tile or 0, (side, side)) or side
        tile = min(used, 2 * TILE) // 2 // DEEPEST_STRIDE * DEEPEST_STRIDE
        raise LivebrushError(
            f"not enough memory for {side} pixels",
            code="out_of_memory",
            remedy="smaller_tile" if tile >= SMALLEST_TILE else "smaller_still",
            tile=tile,
            size=side // 2,
        ) from error


def _stopped_line(way: _Way) -> str:
    if not way.last:
        return "stopped before the first step: nothing was written"
    return (
        f"stopped at step {way.last.step} of {way.last.steps}; the picture so far is {way.job.files.picture}"
    )


def _run(job: StillJob, loss_files: Sequence[Path]) -> Run:
    """Tells a run from another: the contents of what it reads, and all that shapes the result."""

    def contents(paths: Iterable[Path]) -> list[str]:
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]

    return {
        "photo": contents([job.photo] if job.photo else []),
        "styles": contents(path for path, _ in job.styles),
        "weights": [weight for _, weight in job.styles],
        "mask_styles": dict(zip(job.mask_styles, contents(job.mask_styles.values()), strict=True)),
        "masks": contents(job.masks or ()),
        "find_masks": job.find_masks,
        "loss_files": contents(loss_files),
        "recipe": dataclasses.asdict(job.recipe),
        "size": job.size,
        "style_scale": job.style_scale,
        "keep_colours": job.keep_colours,
        "match_colours": job.match_colours,
        "seed": job.seed,
    }
