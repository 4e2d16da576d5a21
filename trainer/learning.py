"""A picture that paints at once, learnt: a short training, after which it paints better wherever it is named."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from PIL import Image

from livebrush.models.catalogue import PICTURES, find_style, picture_named
from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Progress, Started, telling
from livebrush.models.folder_lock import FolderLock
from livebrush.models.writing import require_writable, unwritable, whole_file
from livebrush.realtime.made.picture_style import is_learnt, learnt_file, sha256_of_pixels, style_pixels
from livebrush.trainer.kinds.painting_recipe import LEARNT_ON
from livebrush.trainer.runs.job import TrainingInterrupted
from livebrush.trainer.training import train_painting

_NICENESS = 10
_SPARE_BYTES = 16_000_000
"""on a disk, before it is begun: the training's own files take a third of that, the style model 0.3 MB"""


class LearningStopped(LivebrushError):
    exit_code = TrainingInterrupted.exit_code


def learn(
    picture: str | Path,
    *,
    on_event: OnEvent | None = None,
    content: str | Path | None = None,
    images: int = LEARNT_ON,
    device: str = "auto",
    overwrite: bool = False,
) -> Path:
    """Train a net on a picture. From then on it is what paints wherever the picture is named as a style.

    picture:   a file, or a name in the folder of the user's own styles
    on_event:  told of the start, every step, and the end
    content:   a folder of photos to practise on; None: those that ship
    images:    how many photos, repeats included
    overwrite: learn anew what was learnt before
    returns:   the style model, which is kept beside the user's own styles
    raises:    LivebrushError for a picture that cannot carry a style, or is just being learnt, a style that is trained
               already, disks that take no files, and as `train_painting` does
    """
    with telling(on_event) as tell:
        path = _picture(str(picture))
        pixels = style_pixels(path)
        of_picture = sha256_of_pixels(pixels)
        target = learnt_file(of_picture)
        if is_learnt(of_picture) and not overwrite:
            tell(Note(f"{path.name} is learnt already", "learnt", "learn_anew"))
            tell(Finished(target))
            return target
        with _room_for(target), _alone(target, path.name), tempfile.TemporaryDirectory() as folder:
            seen, style = Path(folder) / "picture.png", Path(folder) / "style.onnx"
            Image.fromarray(pixels).save(seen)
            try:
                train_painting(
                    seen, style, content=content, on_event=_on_its_way(tell), run_folder=Path(folder) / "run",
                    credit=Style(path.stem), least_photos=1, images=images, device=device,
                )  # fmt: skip
            except (KeyboardInterrupt, TrainingInterrupted):
                raise LearningStopped(
                    f"stopped: nothing is kept of {path.name}, which is learnt in one go", code="stopped"
                ) from None
            with whole_file(target) as partial:
                partial.write_bytes(style.read_bytes())
        tell(Finished(target))
    return target


def learn_gently(picture: str, folder: str, on_event: OnEvent) -> dict[str, str]:
    """In a process of its own, beside a show: it takes what the show leaves of the processor.

    folder:  for what is needed meanwhile; whoever gives it removes it, however the process ends
    returns: the style model's path
    """
    tempfile.tempdir = folder
    psutil.Process().nice(
        getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", _NICENESS)
    )  # which Windows alone has
    return {"path": str(learn(picture, on_event=on_event))}


def _picture(text: str) -> Path:
    """raises: LivebrushError for a style that is no picture, and for an unknown name"""
    path = Path(text)
    if path.exists() or path.suffix.lower() in PICTURES or path.name != text:
        return path
    if (found := picture_named(text)) is not None:
        return found
    find_style(text)
    raise LivebrushError(f"{text} is trained already: pictures are learnt", code="unsupported")


@contextmanager
def _room_for(target: Path) -> Iterator[None]:
    """raises: LivebrushError where the disks take no files, or few, and for the block's OSErrors"""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(target.parent, error) from error
    require_writable(target.parent)
    for place in (target.parent, Path(tempfile.gettempdir())):
        free = shutil.disk_usage(place).free
        if free < _SPARE_BYTES:
            raise LivebrushError(
                f"{place} has {free / 1e6:.1f} MB left, expected {_SPARE_BYTES / 1e6:.0f} or more: free some space",
                code="disk_full",
            )
    try:
        yield
    except OSError as error:
        raise unwritable(Path(error.filename or tempfile.gettempdir()), error) from error


@contextmanager
def _alone(target: Path, picture: str) -> Iterator[None]:
    """raises: LivebrushError where another process learns the same picture, as a show may"""
    folder = target.with_suffix(".learning")
    try:
        lock = FolderLock(folder, f"what learns {picture}")
    except LivebrushError as error:
        if error.code != "in_use":
            raise
        raise LivebrushError(f"{picture} is being learnt already", code="in_use") from error
    try:
        yield
    finally:
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)


def _on_its_way(tell: OnEvent) -> OnEvent:
    """Of a training all but its end and its files, which are gone by then."""

    def heard(event: Event) -> None:
        if isinstance(event, Started | Progress | Note):
            tell(event)

    return heard
