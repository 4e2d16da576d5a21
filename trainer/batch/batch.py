"""Train many styles: what the command line and other programs call."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from livebrush.models.contract import Style
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Note, OnEvent, Started, telling
from livebrush.models.folder_lock import FolderLock
from livebrush.realtime.interrupts import noticed
from livebrush.realtime.workers.choosing import workers_on
from livebrush.trainer.batch.plan import FAILED, READY, TRAINED, WAITING, make_plan, with_start
from livebrush.trainer.batch.report import TrainBatchFailed, TrainBatchStopped, TrainReport
from livebrush.trainer.batch.run import Run
from livebrush.trainer.batch.sheet import write_sheet
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.loss_networks.loss_files import fetch_loss_files
from livebrush.trainer.runs.places import LEAST_PHOTOS
from livebrush.trainer.runs.recipe import chosen_recipe


def train_batch(
    styles: Sequence[str | Path],
    output: str | Path,
    *,
    content: str | Path | None = None,
    on_event: OnEvent | None = None,
    engine: str = "local",
    address: str | None = None,
    workers: int | None = None,
    threads: int | None = None,
    retries: int = 1,
    recipe: PaintingRecipe | str | Path | None = None,
    start_from: str | None = "shipped",
    held_out: str | Path | None = None,
    loss_networks: Sequence[str] = ("builtin",),
    credit: Sequence[Style] = (),
    weights_licence: str = "",
    download: bool = False,
    preview_every: int = 250,
    least_photos: int = LEAST_PHOTOS,
    overwrite: bool = False,
    device: str = "auto",
    **recipe_values: Any,
) -> TrainReport:
    """Train a painting net for each of several paintings, as `train_painting` does, and export them.

    A style is ready when its style model is there and tells of the same picture and recipe: it is left alone. One that
    was stopped or killed goes on from its checkpoint. A run of another picture, recipe or photos is moved aside.

    styles:    the paintings; their files' names are the styles'
    output:    a folder, made where it is not there. It gets NAME.onnx and runs/NAME of each style, report.json and
               sheet.jpg; one batch at a time works in it
    engine, address, workers, threads: see `workers_on`, whose count and cores they are
    retries:   how often a style that fails is tried again, after all others
    credit:    what the style models say of the paintings, one for each; none: the names of their files
    overwrite: replace style models of another picture or recipe
    on_event:  told of the steps of all, each style that is ready, what a person should know, and the end

    All else as for `train_painting`, the same for every style.

    raises: TrainBatchFailed at the end, where styles failed; TrainBatchStopped on Ctrl-C; LivebrushError where nothing
            can begin
    """
    began_s = time.perf_counter()
    with telling(on_event) as tell, ExitStack() as stack:
        taken = chosen_recipe(recipe, PaintingRecipe(), recipe_values)
        pictures, folder = [Path(style) for style in styles], Path(output)
        credit = credit or [Style(picture.stem) for picture in pictures]
        if content is not None and not Path(content).is_dir():
            raise LivebrushError(f"the content folder {content} does not exist", code="not_found")
        stack.callback(FolderLock(folder, "another batch of trainings").close)
        items = make_plan(pictures, credit, folder, with_start(taken, start_from), overwrite)
        interrupt = stack.enter_context(noticed())
        if todo := [item for item in items if item.state == WAITING]:
            if download:
                fetch_loss_files(loss_networks, tell)  # once, before many workers want it
            tell(Started(_styles(len(todo)), "step", len(todo) * taken.steps))
            most = workers or (1 if engine == "local" else len(todo))
            port = workers_on(engine, min(most, len(todo)), threads, device != "cpu", address)
            options = {
                "start_from": start_from, "held_out": held_out and str(held_out), "device": device,
                "loss_networks": list(loss_networks), "weights_licence": weights_licence, "download": download,
                "preview_every": preview_every, "least_photos": least_photos,
            }  # fmt: skip
            told = {name: value for name, value in taken.as_dict().items() if name != "start_from"}
            arguments = {"content": content and str(content), "recipe": told, "options": options}
            with port:
                Run(todo, taken.steps, arguments, port, retries, tell).until_done(lambda: bool(interrupt))
        report = TrainReport(items, taken.batch, time.perf_counter() - began_s)
        report.write(folder / "report.json")
        write_sheet([item for item in items if item.state in (READY, TRAINED)], folder / "sheet.jpg")
        _judge(report, folder, tell)
        return report


def _judge(report: TrainReport, folder: Path, tell: OnEvent) -> None:
    """raises: TrainBatchStopped, TrainBatchFailed"""
    if ready := report.of(READY):
        tell(Note(f"{_styles(len(ready))} ready before: left alone", "ready"))
    if report.of(WAITING):
        raise TrainBatchStopped(report)
    if report.of(FAILED):
        raise TrainBatchFailed(report)
    tell(Finished(folder, {"styles": len(report.items), "seconds": round(report.wall_s, 3)}))


def _styles(count: int) -> str:
    return f"{count} style{'s' * (count != 1)}"
