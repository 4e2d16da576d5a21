"""The task of a batch: train this style, or go on with it. Runs in a worker."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note, OnEvent
from livebrush.models.writing import whole_file
from livebrush.realtime.made.kept import sha256_of
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.training import train_painting

FUNCTION = f"{__name__}:train_style"
PICTURE = "picture.sha256"
"""in the run's folder: of the picture that it is trained on, which its checkpoint knows by name alone"""


def train_style(
    style: str,
    content: str | None,
    output: str,
    run_folder: str,
    credit: Mapping[str, Any],
    recipe: Mapping[str, Any],
    threads: int | None,
    options: Mapping[str, Any],
    on_event: OnEvent,
) -> dict[str, Any]:
    """Train a painting net, or go on where a worker before was stopped or killed.

    A run of another picture, recipe or photos that is in the folder is moved aside.

    credit:  fields of `Style`
    recipe:  fields of `PaintingRecipe`
    threads: CPU cores; None: as many as there are
    options: what else `train_painting` takes, as JSON can hold it
    returns: nothing; the run's folder has it
    raises:  LivebrushError
    """
    if threads:
        torch.set_num_threads(threads)
    folder, sha256 = Path(run_folder), sha256_of(Path(style))
    if folder.exists() and _picture_of(folder) != sha256:
        _move_aside(folder, on_event)
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / PICTURE) as partial:
        partial.write_text(sha256)

    def train(resume: bool) -> None:
        train_painting(
            style, output, content=content, run_folder=folder, credit=Style(**credit), resume=resume, overwrite=True,
            on_event=on_event, **options, **recipe,
        )  # fmt: skip

    begun = RunFolder(folder).checkpoint.is_file()
    try:
        train(resume=begun)
    except LivebrushError as error:
        if not begun or error.remedy != "another_run":
            raise
        _move_aside(folder, on_event)
        return train_style(style, content, output, run_folder, credit, recipe, threads, options, on_event)
    return {}


def _picture_of(folder: Path) -> str:
    file = folder / PICTURE
    return file.read_text().strip() if file.is_file() else ""


def _move_aside(folder: Path, on_event: OnEvent) -> None:
    """To the first name that is free: NAME.1, NAME.2, …"""
    number = 1
    while (aside := folder.with_name(f"{folder.name}.{number}")).exists():
        number += 1
    folder.rename(aside)
    on_event(
        Note(f"{folder} holds a run of another picture, recipe or photos: it is now {aside.name}", "moved")
    )
