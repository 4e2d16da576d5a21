"""One `train painting` from files to file: gathers photos and weights, trains, exports."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from livebrush.converters.export import export_style_model
from livebrush.models.contract import Style, StyleMetadata
from livebrush.models.errors import LivebrushError
from livebrush.models.writing import require_writable
from livebrush.realtime.pictures.picture import read_picture
from livebrush.trainer.border import measure_margin
from livebrush.trainer.content_photos import PhotoSet, scan_photos
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.nets import NETS, unknown_net
from livebrush.trainer.painting import PaintingTraining, Progress, RunFolder
from livebrush.trainer.parallel import all_or_none, choose_device, is_first, own_part
from livebrush.trainer.recipe import PaintingRecipe, write_recipe


@dataclass(frozen=True)
class Places:
    """The files and folders of a run. masks: a picture of a style photo's regions; None: they are found"""

    style: Path
    content: Path
    output: Path
    run_folder: Path
    held_out: Path | None = None
    start_from: Path | None = None
    masks: Path | None = None


LEAST_PHOTOS, ENOUGH_PHOTOS = 50, 500
WHERE_FROM = (
    "Your own will do, of people, streets, skies; so will COCO's val2017 (cocodataset.org: 5,000 in 1 GB)"
)


@dataclass(frozen=True)
class PaintingJob:
    """Everything that `train painting` was told."""

    recipe: PaintingRecipe
    style: Style
    weights_licence: str
    loss_files: list[Path]
    places: Places
    preview_every: int = 250
    resume: bool = False
    overwrite: bool = False
    device: str = "auto"
    least_photos: int = 1


class TrainingInterrupted(LivebrushError):
    exit_code = 130


def run_painting_job(
    job: PaintingJob, report: Callable[[Progress], None], say: Callable[[str], None]
) -> None:
    """Train and export; within `parallel.processes()`, together with the other processes.

    report: called after every step, in the first process
    say:    called with lines for the user, such as which photos were skipped; in the first process
    raises: LivebrushError; TrainingInterrupted on Ctrl-C, with a checkpoint to resume from; EndedElsewhere when
            it is another process that raises these
    """
    with all_or_none():
        training, metadata = _prepare(job, say if is_first() else lambda _: None)
    try:
        net: Any = training.train(report)
    except KeyboardInterrupt:
        raise TrainingInterrupted(
            f"stopped at step {training.step}; go on with the same command and --resume"
        ) from None
    with all_or_none():
        if is_first():
            margin = measure_margin(net, training.judged_photos())
            export_style_model(net, replace(metadata, margin=margin), job.places.output)
            say(f"{job.places.output} is ready; previews and log are in {training.folder.path}")


def _prepare(job: PaintingJob, say: Callable[[str], None]) -> tuple[PaintingTraining, StyleMetadata]:
    """The training, and what the style model will say of itself, with the margin of an untrained net."""
    if job.recipe.net not in NETS:
        raise unknown_net(job.recipe.net)
    check_places(job)
    own_part(job.recipe.batch)
    if job.places.start_from:
        digest = hashlib.sha256(job.places.start_from.read_bytes()).hexdigest()
        job = replace(job, recipe=replace(job.recipe, start_from=digest))
    photos, held_out = scan(job, job.recipe.crop, say)
    network = load_loss_network(job.loss_files, average=job.recipe.average_pool)
    say(f"{photos.describe()[:90]}…; loss network {network.name}; {job.recipe.steps} steps")
    folder = RunFolder(job.places.run_folder, job.preview_every)
    training = PaintingTraining(
        job.recipe,
        job.places.style,
        photos,
        network,
        folder,
        held_out=held_out,
        start_from=job.places.start_from,
        device=choose_device(job.device),
    )
    if job.resume:
        training.resume()
    if is_first():
        folder.path.mkdir(parents=True, exist_ok=True)
        write_recipe(job.recipe, folder.path / "recipe.toml")
    return training, _metadata(job, training.net, photos, held_out, network.name, training.started_from)


class Job(Protocol):
    """What any training was told of files and folders."""

    @property
    def places(self) -> Places: ...
    @property
    def resume(self) -> bool: ...
    @property
    def overwrite(self) -> bool: ...
    @property
    def least_photos(self) -> int: ...


def check_places(job: Job) -> None:
    """What can be known to fail is refused before hours of training."""
    if not job.places.style.is_file():
        raise LivebrushError(f"the style picture {job.places.style} does not exist")
    if job.places.start_from and not job.places.start_from.is_file():
        raise LivebrushError(f"the checkpoint {job.places.start_from} does not exist")
    if job.places.masks and not job.places.masks.is_file():
        raise LivebrushError(f"the masks {job.places.masks} do not exist")
    require_writable(job.places.output.absolute().parent)
    if job.places.output.is_dir():
        raise LivebrushError(f"the output {job.places.output} is a folder: name a file")
    if job.places.run_folder.exists() and not job.places.run_folder.is_dir():
        raise LivebrushError(f"--run-dir {job.places.run_folder} is a file: name a folder")
    beside = job.places.run_folder
    while not beside.exists():
        beside = beside.absolute().parent
    require_writable(beside)
    checkpoint = RunFolder(job.places.run_folder).checkpoint
    if job.resume and not checkpoint.is_file():
        raise LivebrushError(f"there is no checkpoint {checkpoint} to resume from: leave --resume out")
    if not job.resume and checkpoint.exists():
        raise LivebrushError(
            f"{checkpoint} holds an earlier run: add --resume to go on with it, or take another --run-dir"
        )
    if job.places.output.exists() and not (job.overwrite or job.resume):
        raise LivebrushError(
            f"{job.places.output} exists: add -y to replace it, or name another file with -o"
        )
    read_picture(job.places.style)
    if job.places.output.suffix != ".onnx":
        raise LivebrushError(f"the style model {job.places.output.name} must be named .onnx")


def scan(job: Job, crop: int, say: Callable[[str], None]) -> tuple[PhotoSet, PhotoSet | None]:
    """The photos to train on, and those to judge by.

    crop: pixels that they will be cropped to
    raises: LivebrushError when there are fewer than the job's least
    """
    names: frozenset[str] = frozenset()
    if job.places.held_out:
        try:
            names = frozenset(job.places.held_out.read_text(encoding="utf-8").split("\n")) - {""}
        except (OSError, UnicodeDecodeError) as error:
            raise LivebrushError(f"the list {job.places.held_out} cannot be read: {error}") from error
    photos = scan_photos(job.places.content, crop, names)
    for path, reason in list(photos.skipped.items())[:10]:
        say(f"skipped {path.name}: {reason}")
    if len(photos.skipped) > 10:
        say(f"skipped {len(photos.skipped) - 10} more")
    count = len(photos.paths)
    if count < job.least_photos:
        raise LivebrushError(
            f"{job.places.content} has {count} photos fit for training, expected {job.least_photos} or more: a net "
            f"that saw few paints others badly. {WHERE_FROM}; --few-photos trains all the same"
        )
    if count < ENOUGH_PHOTOS:
        say(f"only {count} photos: {ENOUGH_PHOTOS} or more of all kinds paint better. {WHERE_FROM}")
    return photos, scan_photos(job.places.content, crop, only=names) if names else None


def _metadata(
    job: PaintingJob,
    net: Any,
    photos: PhotoSet,
    held_out: PhotoSet | None,
    loss_network: str,
    started_from: dict[str, Any] | None,
) -> StyleMetadata:
    """What the file says of itself: names, counts and hashes, no paths."""
    recipe: dict[str, Any] = {
        **job.recipe.as_dict(),
        "loss_network": loss_network,
        "style_sha256": hashlib.sha256(job.places.style.read_bytes()).hexdigest(),
        "held_out_photos": len(held_out.paths) if held_out else 0,
    }
    if started_from:
        recipe["started_from"] = started_from
    return StyleMetadata(
        kind="painting",
        net=job.recipe.net,
        multiple=net.multiple,
        margin=net.margin,
        styles=(job.style,),
        weights_licence=job.weights_licence,
        trained_on=photos.describe(),
        recipe=recipe,
    )
