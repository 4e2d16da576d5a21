"""Many styles trained: `livebrush train batch` and `train_batch`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from livebrush.models.contract import Style, read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, Progress, Started
from livebrush.models.folder_lock import FolderLock
from livebrush.realtime.cli import run as run_command
from livebrush.trainer.batch.batch import train_batch
from livebrush.trainer.batch.report import TrainBatchFailed, TrainBatchStopped, TrainReport
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.runs.checkpoint import read_run_state
from livebrush.trainer.runs.recipe import write_recipe
from tests.realtime.workers.here import Here
from tests.trainer.small_vgg import write_npz

RECIPE = PaintingRecipe(
    images=12, batch=2, crop=64, style_size=64, style_layers=("relu1_1", "relu2_1"), layer_weights=(1.0, 1.0),
    content_layer="relu2_1", precision="float32",
)  # fmt: skip
STEPS = 6


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, photo_folder: Path
) -> tuple[Path, TrainReport, list[Event], Here]:
    """A batch of a picture that is broken, one of red stripes, and one that is missing: each test begins with a copy of
    its folder, since every export takes seconds."""
    folder = tmp_path_factory.mktemp("batch")
    for channel, name in ((0, "red"), (2, "blue")):
        pixels = np.full((80, 100, 3), 40, np.uint8)
        pixels[::8, :, 1] = pixels[1::8, :, channel] = 220
        pixels[..., channel] = 230
        Image.fromarray(pixels).save(folder / f"{name}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    write_npz(folder / "vgg.npz", last="2_1")
    heard: list[Event] = []
    workers = Here()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(TrainBatchFailed) as failed:
        patch.setattr("livebrush.trainer.batch.batch.workers_on", lambda *_: workers)
        credit = [Style("broken"), Style("red", "Red"), Style("missing")]
        train(folder, photo_folder, "broken", "red", "missing", credit=credit, on_event=heard.append)
    assert str(failed.value).startswith("2 of 3 styles failed: broken: ")
    return folder, failed.value.report, heard, workers


@pytest.fixture
def folder(trained: tuple[Path, TrainReport, list[Event], Here], tmp_path: Path) -> Path:
    return shutil.copytree(trained[0], tmp_path / "batch")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Here]:
    """Has the next batches done by workers of this process; given what `Here` takes, returns them."""

    def use(**given: Any) -> Here:
        workers = Here(**given)
        monkeypatch.setattr("livebrush.trainer.batch.batch.workers_on", lambda *_: workers)
        return workers

    use()
    return use


def train(
    folder: Path, photos: Path, *names: str, recipe: PaintingRecipe = RECIPE, **more: Any
) -> TrainReport:
    return train_batch(
        [folder / f"{name}.png" for name in names], folder / "nets", content=photos, recipe=recipe, start_from=None,
        least_photos=1, device="cpu", loss_networks=[str(folder / "vgg.npz")], preview_every=3, **more,
    )  # fmt: skip


def states(report: TrainReport) -> dict[str, str]:
    return {item.name: item.state for item in report.items}


def stopping(here: Callable[..., Here]) -> None:
    """Has the user stop the next batch in the first step of its first training."""

    def stop(_: object) -> None:
        workers.stop()
        signal.raise_signal(signal.SIGINT)

    workers = here(before=stop)


def step_of(run: Path) -> int:
    return read_run_state(run / "last.safetensors").step


def test_a_style_that_fails_is_tried_again_and_does_not_block_the_rest(
    trained: tuple[Path, TrainReport, list[Event], Here],
) -> None:
    folder, report, heard, workers = trained
    assert states(report) == {"broken": "failed", "red": "trained", "missing": "failed"}
    order = ["broken (1)", "red (1)", "missing (1)", "broken (2)", "missing (2)"]
    assert [task.name for task in workers.given] == order
    assert read_style_model(folder / "nets" / "red.onnx").metadata.styles == (Style("red", "Red"),)
    again = [event.text for event in heard if isinstance(event, Note) and "tried again" in event.text]
    assert len(again) == 2 and again[0].startswith("broken: ")
    assert heard[0] == Started("3 styles", "step", 3 * STEPS)
    last = [event for event in heard if isinstance(event, Progress)][-1]
    assert (last.done, last.of, last.values) == (STEPS, STEPS, {"styles": 1})
    assert [event.path.name for event in heard if isinstance(event, Finished)] == ["red.onnx"]


def test_the_report_has_the_losses_and_the_reasons(
    trained: tuple[Path, TrainReport, list[Event], Here],
) -> None:
    folder, report, _, _ = trained
    broken, red, _ = json.loads((folder / "nets" / "report.json").read_text())["styles"]
    assert (red["name"], red["by"], red["images"], red["error"]) == ("red", "preview", 12, "")
    assert red["total"] >= red["content"] + red["style"] + red["palette"] > 0
    assert "broken.png" in broken["error"] and broken["file"] == broken["total"] == ""
    lines = report.table().splitlines()
    assert len(lines) == 6 and lines[-2].startswith("  broken: ") and lines[-1].startswith("  missing: ")


def test_the_sheet_shows_the_picture_and_what_is_painted_like_it(
    trained: tuple[Path, TrainReport, list[Event], Here],
) -> None:
    sheet = np.asarray(Image.open(trained[0] / "nets" / "sheet.jpg").convert("RGB")).astype(int)
    assert sheet.shape == (2 * 192, 7 * 192, 3)
    assert sheet[:180, :180].min() > 250  # the photos have no picture on their left
    red, _, blue = sheet[192:330, :192].mean((0, 1))
    assert red > blue + 100


def test_what_is_ready_is_left_alone_until_its_picture_or_recipe_changes(
    folder: Path, photo_folder: Path, here: Callable[..., Here]
) -> None:
    runs, workers = folder / "nets" / "runs", here()
    before = (folder / "nets" / "red.onnx").stat().st_mtime_ns
    report = train(folder, photo_folder, "red")
    assert states(report) == {"red": "ready"} and report.rows()[0]["images"] == 12
    with pytest.raises(LivebrushError, match=r"red\.onnx is of another picture or recipe") as refused:
        train(folder, photo_folder, "red", images=8)
    assert refused.value.code == "exists"
    Image.linear_gradient("L").save(folder / "red.png")
    with pytest.raises(LivebrushError, match="is of another picture or recipe"):
        train(folder, photo_folder, "red")
    assert workers.given == [] and (folder / "nets" / "red.onnx").stat().st_mtime_ns == before

    heard: list[Event] = []
    changes: list[tuple[int, dict[str, Any]]] = [(1, {}), (2, {"images": 8})]
    for number, recipe_values in changes:  # another picture, then another recipe
        stopping(here)
        with pytest.raises(TrainBatchStopped):
            train(folder, photo_folder, "red", overwrite=True, on_event=heard.append, **recipe_values)
        assert step_of(runs / f"red.{number}") == (STEPS if number == 1 else 1) and step_of(runs / "red") == 1
    assert sum(isinstance(event, Note) and event.code == "moved" for event in heard) == 2


def test_a_batch_that_was_stopped_goes_on_from_its_checkpoint(
    folder: Path, photo_folder: Path, here: Callable[..., Here]
) -> None:
    stopping(here)
    with pytest.raises(TrainBatchStopped, match="stopped: 0 trained, 1 unfinished") as stopped:
        train(folder, photo_folder, "red", "blue")
    assert states(stopped.value.report) == {"red": "ready", "blue": "unfinished"}
    assert step_of(folder / "nets" / "runs" / "blue") == 1

    here()
    heard: list[Event] = []
    assert states(train(folder, photo_folder, "red", "blue", on_event=heard.append))["blue"] == "trained"
    last = [event for event in heard if isinstance(event, Progress)][-1]
    assert (last.done, last.of, last.values) == (STEPS - 1, STEPS - 1, {"styles": 1})
    with Image.open(folder / "nets" / "sheet.jpg") as sheet:
        assert sheet.height == 3 * 192


def test_a_batch_that_was_killed_goes_on_from_its_checkpoint(
    folder: Path, photo_folder: Path, here: Callable[..., Here]
) -> None:
    recipe = replace(RECIPE, images=4000)
    write_recipe(recipe, folder / "recipe.toml")
    run = folder / "nets" / "runs" / "blue"
    batch = subprocess.Popen(
        [
            sys.executable, "-m", "livebrush", "train", "batch", "blue.png", "--content", str(photo_folder),
            "-o", "nets", "--recipe", "recipe.toml", "--start-from", "random", "--few-photos",
            "--loss-net", "vgg.npz", "--device", "cpu", "--preview-every", "1", "--progress", "none",
        ],
        cwd=folder, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    ends_s = time.monotonic() + 300
    while not (run / "preview_000001.png").is_file() and batch.poll() is None and time.monotonic() < ends_s:
        time.sleep(0.05)
    os.killpg(batch.pid, signal.SIGKILL)  # with its worker, as a power cut does
    batch.wait()
    step = step_of(run)
    assert step > 0
    stopping(here)
    with pytest.raises(TrainBatchStopped):
        train(folder, photo_folder, "blue", recipe=recipe)
    assert step_of(run) == step + 1 and not run.with_name("blue.1").exists()


def test_two_pictures_of_one_name_and_missing_photos_are_refused_at_once(
    folder: Path, photo_folder: Path, here: Callable[..., Here]
) -> None:
    workers = here()
    with pytest.raises(LivebrushError, match="two pictures are called red"):
        train(folder, photo_folder, "red", "other/red")
    with pytest.raises(LivebrushError, match="the content folder none does not exist"):
        train(folder, Path("none"), "red")
    assert workers.given == []


def test_one_batch_at_a_time_works_in_a_folder(
    folder: Path, photo_folder: Path, here: Callable[..., Here]
) -> None:
    workers = here()
    lock = FolderLock(folder / "nets", "another batch of trainings")
    with pytest.raises(LivebrushError, match="is in use by another batch of trainings, process") as refused:
        train(folder, photo_folder, "red", images=8, overwrite=True)
    assert (refused.value.code, workers.given) == ("in_use", [])
    lock.close()
    assert states(train(folder, photo_folder, "red")) == {"red": "ready"}


def test_the_command_tells_of_all_in_a_table(
    folder: Path, photo_folder: Path, here: object, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the command's own would outlive the test
    write_recipe(RECIPE, folder / "recipe.toml")
    command = [
        "train", "batch", str(folder / "red.png"), "--content", str(photo_folder), "-o", str(folder / "nets"),
        "--recipe", str(folder / "recipe.toml"), "--start-from", "random", "--few-photos", "--loss-net",
        str(folder / "vgg.npz"), "--device", "cpu", "--progress", "none",
    ]  # fmt: skip
    assert run_command(command) == 0
    note, header, row = capsys.readouterr().err.splitlines()
    assert note == "note: 1 style ready before: left alone"
    assert header.split() == [
        "name", "state", "by", "content", "style", "palette", "total", "images", "minutes", "file",
    ]  # fmt: skip
    assert row.split()[:3] == ["red", "ready", "preview"] and row.endswith("red.onnx")
    assert run_command([*command, str(folder / "broken.png")]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in said[-4:-2]] == ["ready", "failed"]
    assert said[-2].startswith("  broken: ") and said[-1] == "livebrush: 1 of 2 styles failed"
    assert run_command([*command, "--images", "6"]) == 1
    assert "red.onnx is of another picture or recipe: add -y to replace it" in capsys.readouterr().err
