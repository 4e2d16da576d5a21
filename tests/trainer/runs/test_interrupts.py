"""Trainings that are stopped at any moment and resumed end where unbroken ones do."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from livebrush.trainer.runs.parallel import all_or_none, interrupts_wait
from tests.trainer.small_vgg import write_npz

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

RECIPE = """
images = 120
batch = 2
crop = 64
style_size = 64
style_layers = ["relu1_1", "relu2_1"]
layer_weights = [1.0, 1.0]
content_layer = "relu2_1"
precision = "float32"
"""


def start(folder: Path, photos: Path, name: str, *more: str) -> subprocess.Popen[str]:
    code = "import sys; from livebrush.realtime.cli import run; sys.exit(run(sys.argv[1:]))"
    arguments = [
        "train", "painting", str(folder / "style.png"), "--content", str(photos), "--few-photos",
        "--recipe", str(folder / "r.toml"), "--loss-net", str(folder / "vgg.npz"), "--start-from", "random",
        "--run-dir", str(folder / name),
        "-o", str(folder / f"{name}.onnx"), "--device", "cpu", *more,
    ]  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=subprocess.PIPE, text=True)


def test_a_stopped_training_resumes_exactly(tmp_path: Path, photo_folder: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "style.png")
    (tmp_path / "r.toml").write_text(RECIPE)
    write_npz(tmp_path / "vgg.npz", last="2_1")
    whole = start(tmp_path, photo_folder, "whole")
    moments, stopped, resume = random.Random(0), 0, ()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        run = start(tmp_path, photo_folder, "broken", *resume)
        assert run.stderr
        wait_for(tmp_path / "broken" / "log.csv", run)
        time.sleep(moments.uniform(0.05, 1.0))
        run.send_signal(number)
        _, said = run.communicate(timeout=120)
        if run.returncode == 0:  # it was quicker
            break
        assert run.returncode == 130 and "--resume" in said and "Traceback" not in said
        stopped, resume = stopped + 1, ("--resume",)
    assert stopped
    if run.returncode:
        last = start(tmp_path, photo_folder, "broken", "--resume")
        _, said = last.communicate(timeout=120)
        assert last.returncode == 0, said
    _, said = whole.communicate(timeout=120)
    assert whole.returncode == 0, said
    one, other = (load_file(tmp_path / name / "last.safetensors") for name in ("whole", "broken"))
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def wait_for(path: Path, run: subprocess.Popen[str]) -> None:
    """Until there is a file that a run writes, newer than the run."""
    started = time.time()
    while not (path.exists() and path.stat().st_mtime > started):
        assert run.poll() is None and time.time() < started + 120
        time.sleep(0.02)


def test_interrupts_wait_until_they_do_no_harm() -> None:
    steps: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupts_wait():
        with all_or_none(interruptible=False):
            signal.raise_signal(signal.SIGINT)
            steps.append("a step is taken whole")
        with all_or_none():
            steps.append("never")
    assert steps == ["a step is taken whole"]
    assert signal.getsignal(signal.SIGINT) == before


def test_an_interrupt_that_nobody_lets_in_is_raised_at_the_end() -> None:
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupts_wait():
        signal.raise_signal(signal.SIGTERM)
        steps.append("done")
    assert steps == ["done"]


def test_a_second_interrupt_ends_at_once() -> None:
    code = (
        "import signal, time\n"
        "from livebrush.trainer.runs.parallel import interrupts_wait\n"
        "with interrupts_wait():\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    time.sleep(60)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=50, check=False).returncode == 130
