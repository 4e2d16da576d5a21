"""`livebrush train` stopped at random moments and resumed, again and again: python -m tests.soak.train_stops

However often a training was stopped, its checkpoint and style model are, bit for bit, those of one that ran through;
nobody hangs, and nothing but the run's own files is left in its folder.
"""

import csv
import random
import shutil
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.soak.stops import Outcome, run_to_end, stop_at_random
from tests.trainer.small_vgg import write_npz

RECIPES = {
    "painting": """
        batch = 2
        crop = 64
        style_size = 64
        style_layers = ["relu1_1", "relu2_1"]
        layer_weights = [1.0, 1.0]
        content_layer = "relu2_1"
        precision = "float32"
        """,
    "photo": """
        batch = 1
        style_layers = ["conv1_1", "conv2_1"]
        content_layer = "conv2_1"
        precision = "float32"
        """,
}
MORE = {"painting": ("--start-from", "random"), "photo": ()}
IMAGES = {"painting": 400, "photo": 100}
SIDE = 260
"""of the photos, in pixels: `train photo` takes none smaller than 256"""


def stop_and_resume(folder: Path, kind: str, stops: int, seed: int, images: int) -> Outcome:
    """Train the same style again and again until the runs were stopped so many times, and to its end.

    kind: painting or photo; images: photos that a training sees
    """
    moments, outcome = random.Random(seed), Outcome()
    _prepare(folder, kind, images)
    whole, broken = folder / "whole", folder / "broken"
    began_s = time.time()
    run_to_end(_command(folder, kind, whole))
    # Most stops come before the export, some while it runs
    trained_s = _checkpoint(whole).stat().st_mtime - began_s
    is_trained = False
    while not outcome.faults and not (is_trained and outcome.stops >= stops):
        command = _command(folder, kind, broken, *(["--resume"] if _checkpoint(broken).exists() else []))
        if outcome.stops < stops:
            code, _ = stop_at_random(command, trained_s, moments, outcome)
        else:
            code = run_to_end(command)
            outcome.counts["finished"] += 1
        is_trained = code == 0
        if is_trained:
            outcome.faults += _differences(broken, whole)
            shutil.rmtree(broken)
    return outcome


def _checkpoint(place: Path) -> Path:
    return place / "run" / "last.safetensors"


def _prepare(folder: Path, kind: str, images: int) -> None:
    """Photos, a style and weights of a small loss network."""
    draw = np.random.default_rng(0)
    (folder / "photos").mkdir()
    for name in ("style.png", *(f"photos/{n}.png" for n in range(3))):
        coarse = Image.fromarray(draw.integers(0, 256, (5, 7, 3), dtype=np.uint8))
        coarse.resize((SIDE + 20, SIDE), Image.Resampling.BICUBIC).save(folder / name)
    (folder / "recipe.toml").write_text(f"images = {images}\n{RECIPES[kind]}")
    write_npz(folder / "vgg.npz", last="2_1")


def _command(folder: Path, kind: str, place: Path, *more: str) -> list[str | Path]:
    """place: a folder for the run and its style model"""
    place.mkdir(exist_ok=True)
    return [
        "train", kind, folder / "style.png", "--content", folder / "photos", "--few-photos",
        "--recipe", folder / "recipe.toml", "--loss-net", folder / "vgg.npz", "--device", "cpu",
        "--preview-every", "10", "--run-dir", place / "run", "-o", place / "net.onnx", *MORE[kind], *more,
    ]  # fmt: skip


def _differences(broken: Path, whole: Path) -> list[str]:
    found = []
    one, other = (load_file(_checkpoint(place)) for place in (broken, whole))
    if differing := [name for name, value in other.items() if not torch.equal(one[name], value)]:
        found.append(f"{len(differing)} of {len(other)} tensors differ, {differing[0]} among them")
    if (broken / "net.onnx").read_bytes() != (whole / "net.onnx").read_bytes():
        found.append("another style model")
    if _logged(broken) != _logged(whole):
        found.append("another log")
    known = {path.name for path in (whole / "run").iterdir()} | {path.name for path in whole.iterdir()}
    left = {path.name for path in (*broken.iterdir(), *(broken / "run").iterdir())} - known
    return [*found, *(f"{name} is left" for name in left)]


def _logged(place: Path) -> list[tuple[str, str]]:
    """Step and loss of the rows of training."""
    with (place / "run" / "log.csv").open(encoding="utf-8") as file:
        return [(row["step"], row["total"]) for row in csv.DictReader(file) if row["kind"] == "train"]


@click.command()
@click.option("--stops", default=50, show_default=True, help="For each kind.")
@click.option("--seed", default=0, show_default=True)
def main(stops: int, seed: int) -> None:
    """Stop and resume `livebrush train` at random moments: paintings and photos."""
    faults = []
    for kind in RECIPES:
        with tempfile.TemporaryDirectory() as folder:
            outcome = stop_and_resume(Path(folder), kind, stops, seed, IMAGES[kind])
        click.echo("\n".join([f"{kind}: {dict(outcome.counts)}", *outcome.faults]))
        faults += outcome.faults
    if faults:
        raise click.ClickException(f"{len(faults)} faults")


if __name__ == "__main__":
    main()
