"""Several processes train the net that one would, and end together."""

import csv
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from livebrush.realtime.cli import run
from livebrush.trainer.kinds.painting_recipe import PaintingRecipe
from livebrush.trainer.runs.recipe import write_recipe
from tests.trainer.small_vgg import write_npz

RECIPE = PaintingRecipe(
    images=24, batch=4, crop=64, style_size=64, style_layers=("relu1_1", "relu2_1"), layer_weights=(1.0, 1.0),
    content_layer="relu2_1", content_weight=90.0, precision="float32", mixed_precision=False, steady_weight=1.0,
    anneal_from=0.2, anneal_to=0.8, canvas=3.0, own_share=0.5,
)  # fmt: skip
LIVEBRUSH = "from livebrush.realtime.cli import main; main()"
FAULTY = """
import math, os, signal, torch
from livebrush.models.errors import LivebrushError
from livebrush.trainer.runs.content_photos import CropSampler
from livebrush.trainer.runs.run import TrainingRun

def spoil(kind, method):
    whole = getattr(kind, method)
    def spoiled(self, first, *rest):
        step = first if method == "batch" else self.step
        if step == {step} and os.environ["RANK"] == str(int(os.environ["WORLD_SIZE"]) - 1):
            {fault}
        return whole(self, first, *rest)
    setattr(kind, method, spoiled)

spoil({where})
"""
READING, TRAINING = "CropSampler, 'batch'", "TrainingRun, '_train_step'"
INTERRUPT = "os.kill(os.getpid(), signal.SIGINT)"
POISON = "torch.nn.init.constant_(self.kind.net.paint.bias, math.nan)"
TOLERANCE = 1e-4
"""of weights and Adam's moments, relative to the largest of a tensor"""
ROUNDED = 1e-6
"""of weights besides: Adam's steps are as large where a gradient is next to nothing, and so is what rounding makes of
them on some processors (3e-7 where weights began at zero, a ten-thousandth of a step); moments know no such excuse"""
LIMIT_S = 300
"""of a run that takes seconds: what hangs fails, what a busy machine slows down does not"""


@pytest.fixture
def arguments(tmp_path: Path, photo_folder: Path) -> list[str]:
    """`livebrush train painting` of six steps on stripes, in a folder `run` of its own."""
    pixels = np.zeros((80, 100, 3), np.uint8)
    pixels[..., 0] = 230
    pixels[::8, :, 1] = pixels[1::8, :, 1] = 220
    Image.fromarray(pixels).save(tmp_path / "stripes.png")
    write_recipe(RECIPE, tmp_path / "recipe.toml")
    return [
        "train", "painting", str(tmp_path / "stripes.png"), "--content", str(photo_folder), "--few-photos",
        "--recipe", str(tmp_path / "recipe.toml"), "--loss-net", str(write_npz(tmp_path / "vgg.npz", last="2_1")),
        "--device", "cpu", "-y", "-o", str(tmp_path / "mine.onnx"), "--run-dir", str(tmp_path / "run"),
        "--preview-every", "3",
    ]  # fmt: skip


def start(program: list[str], count: int = 2) -> list[subprocess.Popen[str]]:
    """What torchrun does, with processes that can be told apart. program: arguments of the interpreter"""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    shared = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    quiet = {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"}
    return [
        subprocess.Popen(
            [sys.executable, *program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **shared, **quiet, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(count)
    ]  # fmt: skip


def end(running: list[subprocess.Popen[str]]) -> tuple[list[int], list[str]]:
    """Exit code of each process, and what it said."""
    try:
        output = ["".join(process.communicate(timeout=LIMIT_S)) for process in running]
        return [process.returncode for process in running], output
    finally:
        for process in running:
            process.kill()


def faulty(where: str, step: int, fault: str) -> str:
    """The program `livebrush`, in whose last process something goes wrong at a step."""
    return FAULTY.format(where=where, step=step, fault=fault) + LIVEBRUSH


def losses(run_folder: Path) -> list[list[float]]:
    with (run_folder / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name not in ("kind", "images_per_s")]
    return [[float(row[name] or 0) for name in names] for row in rows]


def assert_same_run(one: Path, other: Path) -> None:
    """The same losses, and the same net and Adam within TOLERANCE."""
    np.testing.assert_allclose(losses(other), losses(one), rtol=2e-4, atol=1e-7)  # five digits are logged
    tensors = load_file(other / "last.safetensors")
    for name, expected in load_file(one / "last.safetensors").items():
        atol = TOLERANCE * float(expected.abs().max()) + (ROUNDED if name.startswith("net.") else 0)
        torch.testing.assert_close(tensors[name], expected, rtol=0, atol=atol, msg=name)


def test_torchrun_trains_the_net_of_one_process(arguments: list[str], tmp_path: Path) -> None:
    assert run([*arguments, "--run-dir", str(tmp_path / "alone")]) == 0
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--no-python"]
    codes, output = end(start([*torchrun, sys.executable, "-c", LIVEBRUSH, *arguments], count=1))
    assert codes == [0], output
    assert output[0].count("mine.onnx is ready") == 1
    assert_same_run(tmp_path / "alone", tmp_path / "run")
    assert (tmp_path / "run" / "preview_000003.png").exists() and (tmp_path / "mine.onnx").exists()


def test_two_processes_go_on_where_one_stopped(arguments: list[str], tmp_path: Path) -> None:
    """And one goes on where two stopped: steps 1 and 2 by one, step 3 by two, the rest by one."""
    assert run([*arguments, "--run-dir", str(tmp_path / "alone")]) == 0
    codes, output = end(start(["-c", faulty(TRAINING, 1, INTERRUPT), *arguments], count=1))
    assert codes == [130] and "stopped at step 2" in output[0]
    codes, output = end(start(["-c", faulty(TRAINING, 2, INTERRUPT), *arguments, "--resume"]))
    assert codes == [130, 130] and "".join(output).count("livebrush: ") == 1
    assert "livebrush: stopped at step 3: the same command with --resume continues from there" in output[0]
    assert run([*arguments, "--resume"]) == 0
    assert_same_run(tmp_path / "alone", tmp_path / "run")


@pytest.mark.parametrize(
    ("where", "fault", "speaker", "message"),
    [
        (READING, "raise LivebrushError('photo3.png is gone')", 1, "livebrush: photo3.png is gone"),
        (TRAINING, POISON, 0, "stopped at step 2: the content loss is nan"),
        (TRAINING, "os._exit(9)", 0, "process 0 of this training, counted from 0, lost the others"),
    ],
)
def test_what_fails_in_one_process_ends_both(
    arguments: list[str], tmp_path: Path, where: str, fault: str, speaker: int, message: str
) -> None:
    codes, output = end(start(["-c", faulty(where, 2, fault), *arguments]))
    assert all(codes), output
    assert message in output[speaker] and "".join(output).count("livebrush: ") == 1, output
    assert not (tmp_path / "mine.onnx").exists()


def test_a_batch_that_cannot_be_shared(arguments: list[str], tmp_path: Path) -> None:
    codes, output = end(start(["-c", LIVEBRUSH, *arguments, "--batch", "3"]))
    assert codes == [1, 1] and "".join(output).count("livebrush: ") == 1
    assert "a batch of 3 cannot be shared by 2 processes: use a --batch that divides by 2" in output[0]
    assert not (tmp_path / "run").exists()


TRAIN_PHOTO = """
import sys
from pathlib import Path
import numpy as np
from livebrush.trainer.kinds.photo import Photo
from livebrush.trainer.kinds.photo_recipe import PhotoRecipe
from livebrush.trainer.loss_networks.loss_network import load_loss_network
from livebrush.trainer.runs.content_photos import scan_photos
from livebrush.trainer.runs.parallel import processes
from livebrush.trainer.runs.places import RunFolder
from livebrush.trainer.runs.run import TrainingRun

weights, photos, folder = map(Path, sys.argv[1:])
recipe = PhotoRecipe(
    images=6, batch=2, style_layers=("conv1_1",), content_layer="conv2_1", precision="float32"
)
style = np.random.default_rng(0).normal((180, 90, 50), 30, (90, 120, 3)).clip(0, 255).astype(np.uint8)
regions = np.full((4, 4, 10), 25, np.uint8)
with processes():
    kind = Photo(recipe, style, regions, scan_photos(photos, 64), load_loss_network([weights]))
    TrainingRun(kind, RunFolder(folder)).train(lambda event: None)
"""


def test_two_processes_train_the_photo_net_of_one(photo_folder: Path, tmp_path: Path) -> None:
    weights = write_npz(tmp_path / "vgg.npz", last="2_1")
    for count, name in ((1, "alone"), (2, "run")):
        program = ["-c", TRAIN_PHOTO, str(weights), str(photo_folder), str(tmp_path / name)]
        codes, output = end(start(program, count))
        assert codes == [0] * count, output
    assert_same_run(tmp_path / "alone", tmp_path / "run")
