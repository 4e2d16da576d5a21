"""A training from files to file: photos and weights are gathered, a net is trained and exported."""

from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Started
from livebrush.trainer.loss_networks.loss_files import fetch_loss_files
from livebrush.trainer.runs.content_photos import SHIPPED_PHOTOS, PhotoSet, scan_photos
from livebrush.trainer.runs.kind import FileKind, Say
from livebrush.trainer.runs.parallel import all_or_none, is_first, own_part
from livebrush.trainer.runs.places import Job, RunFolder
from livebrush.trainer.runs.recipe import write_recipe
from livebrush.trainer.runs.run import TrainingRun

ENOUGH_PHOTOS = 500
WHERE_FROM = (
    "Your own will do, of people, streets, skies; so will COCO's val2017 (cocodataset.org: 5,000 in 1 GB)"
)


class TrainingInterrupted(LivebrushError):
    exit_code = 130


def run_job(job: Job, kind: type[FileKind], on_event: OnEvent) -> Path:
    """Train and export; within `parallel.processes()`, together with the other processes.

    on_event: told of the start, every step, every preview, what a person should know (notes), and the end; in the
              first process
    returns:  the .onnx file
    raises:   LivebrushError; TrainingInterrupted on Ctrl-C, with a checkpoint to resume from; EndedElsewhere when
              it is another process that raises these
    """
    tell = on_event if is_first() else _unheard
    with all_or_none():
        job.places.check(resume=job.resume, overwrite=job.overwrite)
        own_part(job.recipe.batch)
    with all_or_none():
        if job.download and is_first():
            fetch_loss_files(job.loss_networks, tell)
    with all_or_none():
        learner = kind.of(job, lambda line: tell(Note(line)))
        tell(Note(learner.describe()))
        run = TrainingRun(learner, RunFolder(job.places.run_folder, job.preview_every))
        if job.resume:
            run.resume()
        if is_first():
            run.folder.path.mkdir(parents=True, exist_ok=True)
            write_recipe(learner.recipe, run.folder.path / "recipe.toml")
    tell(Started(job.title, "step", learner.recipe.steps))
    try:
        run.train(tell)
    except KeyboardInterrupt:
        raise TrainingInterrupted(f"stopped at step {run.step}", code="stopped", remedy="go_on") from None
    with all_or_none():
        if is_first():
            learner.write(job)
    tell(Finished(job.places.output, {"steps": run.step, "run_folder": str(run.folder.path)}))
    return job.places.output


def _unheard(_: Event) -> None: ...


def scan(job: Job, crop: int, say: Say) -> tuple[PhotoSet, PhotoSet | None]:
    """The photos to train on, and those to judge by.

    crop:   pixels that they will be cropped to
    returns: those that ship, and none to judge by, where the job names no folder
    raises: LivebrushError when there are fewer than the job's least
    """
    places, names = job.places, frozenset[str]()
    if places.content is None:
        photos = scan_photos(SHIPPED_PHOTOS, crop)
        say(
            f"{len(photos.paths)} photos that ship; a folder of your own, with what it will paint, may do better"
        )
        return photos, None
    if places.held_out:
        try:
            names = frozenset(places.held_out.read_text(encoding="utf-8").split("\n")) - {""}
        except (OSError, UnicodeDecodeError) as error:
            raise LivebrushError(
                f"the list {places.held_out} cannot be read: {error}", code="unreadable"
            ) from error
    photos = scan_photos(places.content, crop, names)
    for path, reason in list(photos.skipped.items())[:10]:
        say(f"skipped {path.name}: {reason}")
    if len(photos.skipped) > 10:
        say(f"skipped {len(photos.skipped) - 10} more")
    count = len(photos.paths)
    if count < job.least_photos:
        raise LivebrushError(
            f"{places.content} has {count} photos fit for training, expected {job.least_photos} or more: a net "
            f"that saw few paints others badly. {WHERE_FROM}",
            code="invalid",
            remedy="few_photos",
        )
    if count < ENOUGH_PHOTOS:
        say(f"only {count} photos: {ENOUGH_PHOTOS} or more of all kinds paint better. {WHERE_FROM}")
    return photos, scan_photos(places.content, crop, only=names) if names else None
