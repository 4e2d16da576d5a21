"""One `train photo` from files to file: gathers the photos that share the style's regions, trains, exports."""

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from livebrush.converters.export import export_photo_model, export_style_model
from livebrush.models.contract import Style, StyleMetadata
from livebrush.models.errors import LivebrushError
from livebrush.models.regions import GROUPS
from livebrush.realtime.engine.regions import RegionFinder, drawn_groups
from livebrush.realtime.looks.statistics import LEAST_SHARE, SIDE
from livebrush.realtime.pictures.oddities import what_is_odd
from livebrush.realtime.pictures.picture import read_picture
from livebrush.trainer.border import measure_margin
from livebrush.trainer.content_photos import PhotoSet, load_rgb
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.painting import Progress, RunFolder
from livebrush.trainer.painting_job import Places, TrainingInterrupted, check_places, scan
from livebrush.trainer.parallel import choose_device
from livebrush.trainer.photo_recipe import PhotoRecipe
from livebrush.trainer.photo_training import BlendedNet, PhotoTraining
from livebrush.trainer.recipe import write_recipe

SHARED = 0.5
"""share of a photo that must be of groups that the style photo has, for the style to be learnt on it"""


@dataclass(frozen=True)
class PhotoJob:
    """Everything that `train photo` was told."""

    recipe: PhotoRecipe
    style: Style
    weights_licence: str
    loss_files: list[Path]
    places: Places
    preview_every: int = 100
    resume: bool = False
    overwrite: bool = False
    device: str = "auto"
    least_photos: int = 1


def run_photo_job(job: PhotoJob, report: Callable[[Progress], None], say: Callable[[str], None]) -> None:
    """Train and export.

    report: called after every step
    say:    called with lines for the user, such as how many photos share the style's regions
    raises: LivebrushError; TrainingInterrupted on Ctrl-C, with a checkpoint to resume from
    """
    training, metadata = _prepare(job, say)
    try:
        net = training.train(report)
    except KeyboardInterrupt:
        raise TrainingInterrupted(
            f"stopped at step {training.step}; go on with the same command and --resume"
        ) from None
    if isinstance(net, BlendedNet):
        margin = measure_margin(net, training.judged_photos())
        export_style_model(net, replace(metadata, margin=margin), job.places.output)
    else:
        export_photo_model(net, metadata, job.places.output)
    say(f"{job.places.output} is ready; previews and log are in {training.folder.path}")


def _prepare(job: PhotoJob, say: Callable[[str], None]) -> tuple[PhotoTraining, StyleMetadata]:
    check_places(job)
    style = read_picture(job.places.style)
    for note in (*style.notes, *what_is_odd(style.pixels)):
        say(f"{job.places.style.name}: {note}")
    drawn = job.places.masks
    masks = drawn_groups(drawn, style.pixels.shape) if drawn else RegionFinder().coarse(style.pixels)
    photos, held_out = scan(job, SIDE, say)
    photos = with_shared_regions(photos, masks, say)
    network = load_loss_network(job.loss_files)
    say(f"{photos.describe()[:90]}…; loss network {network.name}; {job.recipe.steps} steps")
    say("what transfers is colour and light; brush strokes do not, 'livebrush train painting' learns them")
    folder = RunFolder(job.places.run_folder, job.preview_every)
    training = PhotoTraining(
        job.recipe,
        style.pixels,
        masks,
        photos,
        network,
        folder,
        drawn=drawn is not None,
        held_out=held_out,
        device=choose_device(job.device),
    )
    if job.resume:
        training.resume()
    folder.path.mkdir(parents=True, exist_ok=True)
    write_recipe(job.recipe, folder.path / "recipe.toml")
    recipe = {
        **job.recipe.as_dict(),
        "loss_network": network.name,
        "style_sha256": hashlib.sha256(job.places.style.read_bytes()).hexdigest(),
        "held_out_photos": len(held_out.paths) if held_out else 0,
    }
    if drawn:
        recipe["masks_sha256"] = hashlib.sha256(drawn.read_bytes()).hexdigest()
    net = training.net
    return training, StyleMetadata(
        "photo", job.recipe.net, net.multiple, net.margin, (job.style,),
        job.weights_licence, photos.describe(), recipe, sized_by_frame=job.recipe.net != "maps",
    )  # fmt: skip


def with_shared_regions(photos: PhotoSet, masks: np.ndarray, say: Callable[[str], None]) -> PhotoSet:
    """The photos that show mostly what the style shows: a night sky is not learnt in kitchens.

    masks: (h, w, 10) uint8, of the style photo
    raises: LivebrushError when there is none
    """
    has = shares_of(masks) >= LEAST_SHARE
    present = [name for name, there in zip(GROUPS, has, strict=True) if there]
    finder = RegionFinder()
    kept = [
        path
        for path in photos.paths
        if shares_of(finder.coarse(np.asarray(load_rgb(path, min_side=SIDE))))[has].sum() >= SHARED
    ]
    if not kept:
        raise LivebrushError(
            f"none of the {len(photos.paths)} photos of {photos.name} shows what the style photo shows "
            f"({', '.join(present)}): take others, or 'livebrush look', which needs none"
        )
    say(f"{len(kept)} of {len(photos.paths)} photos share {', '.join(present)} with the style")
    digest = hashlib.sha256(photos.sha256.encode())
    for path in kept:
        digest.update(path.name.encode())
    sha256 = photos.sha256 if len(kept) == len(photos.paths) else digest.hexdigest()
    return dataclasses.replace(photos, paths=tuple(kept), sha256=sha256)


def shares_of(masks: np.ndarray) -> np.ndarray:
    """How much of a picture each group has: (10,). masks: (h, w, 10) uint8"""
    squares = (masks.astype(np.float32) / 255) ** 2
    return (squares / np.maximum(squares.sum(2, keepdims=True), 1e-6)).mean((0, 1))
