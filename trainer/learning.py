"""A picture that paints at once, learnt: a short training, after which it paints better wherever it is named."""

from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from PIL import Image

from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Progress, Started, telling
from livebrush.models.writing import require_writable, whole_file
from livebrush.realtime.made.picture_style import learnt_file, sha256_of_pixels, style_pixels
from livebrush.trainer.runs.job import TrainingInterrupted
from livebrush.trainer.training import train_painting

IMAGES = 500
"""photos that a picture is learnt on: some minutes on two cores"""
_NICENESS = 10


class LearningStopped(LivebrushError):
    exit_code = TrainingInterrupted.exit_code


def learn(
    picture: str | Path,
    *,
    on_event: OnEvent | None = None,
    content: str | Path | None = None,
    images: int = IMAGES,
    device: str = "auto",
    overwrite: bool = False,
) -> Path:
    """Train a net on a picture. From then on it is what paints wherever the picture is named as a style.

    on_event:  told of the start, every step, and the end
    content:   a folder of photos to practise on; None: those that ship
    images:    how many photos, repeats included
    overwrite: learn anew what was learnt before
    returns:   the style model, which is kept beside the user's own styles
    raises:    LivebrushError for a picture that cannot carry a style, and as `train_painting` does
    """
    picture = Path(picture)
    with telling(on_event) as tell:
        pixels = style_pixels(picture)
        target = learnt_file(sha256_of_pixels(pixels))
        if target.is_file() and not overwrite:
            tell(Note(f"{picture.name} is learnt already", "learnt", "learn_anew"))
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        require_writable(target.parent)
        with TemporaryDirectory() as folder:
            seen, style = Path(folder) / f"{picture.stem}.png", Path(folder) / f"{picture.stem}.onnx"
            Image.fromarray(pixels).save(seen)
            try:
                train_painting(
                    seen, style, content=content, on_event=_on_its_way(tell), run_folder=Path(folder) / "run",
                    credit=Style(picture.stem), least_photos=1, images=images, device=device,
                )  # fmt: skip
            except TrainingInterrupted as stopped:
                raise LearningStopped(
                    f"{stopped} of {images}: nothing is kept, it takes some minutes only", code="stopped"
                ) from None
            with whole_file(target) as partial:
                partial.write_bytes(style.read_bytes())
        tell(Finished(target))
    return target


def learn_gently(picture: str, on_event: OnEvent) -> dict[str, str]:
    """In a process of its own, beside a show: it takes what the show leaves of the processor.

    returns: the style model's path
    """
    psutil.Process().nice(
        getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", _NICENESS)
    )  # which Windows alone has
    return {"path": str(learn(picture, on_event=on_event))}


def _on_its_way(tell: OnEvent) -> OnEvent:
    """Of a training all but its end and its files, which are gone by then."""

    def heard(event: Event) -> None:
        if isinstance(event, Started | Progress | Note):
            tell(event)

    return heard
