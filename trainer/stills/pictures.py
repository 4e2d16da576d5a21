"""Many photos, each painted by a recipe of the stills: what `livebrush image --method` does."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from livebrush.models.events import Event, Note, OnEvent, Progress, Started
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.finish import Finish, applied, brought_to_size, resized
from livebrush.realtime.engine.providers import providers
from livebrush.realtime.engine.super_resolution import shared_super_resolution
from livebrush.realtime.pictures.jobs import Plan, paint_pictures
from livebrush.realtime.pictures.picture import Picture
from livebrush.trainer.loss_networks.loss_files import find_loss_files
from livebrush.trainer.runs.parallel import choose_device
from livebrush.trainer.stills.files import StillFiles
from livebrush.trainer.stills.job import say_layers, told_what_fits
from livebrush.trainer.stills.painting import Evaluation, optimise_still, plan_legs
from livebrush.trainer.stills.pixels import to_pixels
from livebrush.trainer.stills.recipe import PAINTING
from livebrush.trainer.stills.task import LARGEST_BY_DEFAULT, StillJob, load_network, prepare


def paint_by_recipe(
    plan: Plan, style: Path, recipe: str, finish: Finish, device: str, threads: int | None, on_event: OnEvent
) -> None:
    """Paint every picture of a plan; one that fails does not stop the others.

    style:    the painting
    recipe:   a name in `recipe.PAINTING`
    finish:   strength, colours and strokes; large photos are painted in a smaller copy, as nets paint them
    on_event: told of the start of each picture, of every evaluation of its loss, in pixels worked on, of each that is
              ready (a preview), of notes and of the end
    raises:   LivebrushError that lists what failed; on Ctrl-C the finished pictures stay
    """
    if threads:
        torch.set_num_threads(threads)
    told: set[str] = set()

    def say(line: str) -> None:
        if line not in told:  # every picture has the same style
            told.add(line)
            on_event(Note(line))

    def hear(event: Event) -> None:
        if not isinstance(event, Started | Progress):  # of pictures: what is told of is the work on each
            on_event(event)

    paint_pictures(plan, _painter(len(plan), style, recipe, finish, device, on_event, say), hear)


def _painter(
    count: int,
    style: Path,
    name: str,
    finish: Finish,
    device_name: str,
    tell: OnEvent,
    say: Callable[[str], None],
) -> Callable[[np.ndarray], np.ndarray]:
    recipe, device, begun = PAINTING[name], choose_device(device_name), 0
    network = load_network(find_loss_files(("builtin",)), recipe, device)
    say_layers(recipe, network, True, say)

    def report(state: Evaluation) -> None:
        values = {"step": state.step, "steps": state.steps, **state.losses}
        tell(Progress(state.pixels, state.of_pixels, values))

    def paint(photo: np.ndarray) -> np.ndarray:
        nonlocal begun
        begun += 1
        copy = resized(photo, min(1.0, LARGEST_BY_DEFAULT / max(photo.shape)))
        source, named = Picture(copy), style.with_suffix(".png")
        job = StillJob(named, [(style, 1.0)], StillFiles(named), recipe, style_scale=finish.stroke or 1.0)
        with told_what_fits(job, source):
            task, _ = prepare(job, source, device, say)
            total = sum(leg.steps * leg.pixels for leg in plan_legs(recipe, task.size))
            tell(Started(name if count == 1 else f"{name}, {begun} of {count}", "pixel", total))
            image = optimise_still(network, recipe, task, report, None)
        doubled = shared_super_resolution(providers()["cpu"], usable_cores()).doubled
        painted = brought_to_size(to_pixels(image), copy, photo, doubled)
        return applied(painted, photo, finish.strength, finish.keep_colours)

    return paint
