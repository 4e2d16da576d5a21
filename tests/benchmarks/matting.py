"""The matrix-free matting Laplacian beside the sparse matrix: seconds and memory, in one run.

    python -m tests.benchmarks.matting

A photo's loss and gradient, once (as when a photo is new) and again (as in every step of an optimisation).
"""

import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import psutil
import pymatting
import torch
from PIL import Image

from livebrush.trainer.losses.matting import MattingLaplacian

PHOTO = Path(__file__).parents[2] / "examples" / "photos" / "stream.jpg"
ROUNDS = 7


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def row(name: str, build: Callable[[], Callable[[], object]]) -> str:
    before = psutil.Process().memory_info().rss
    started = time.perf_counter()
    evaluate = build()
    built = time.perf_counter() - started
    evaluate()
    held = (psutil.Process().memory_info().rss - before) / 1e6
    again = float(np.median([seconds(evaluate) for _ in range(ROUNDS)]))
    return f"| {name} | {built:.2f} | {1e3 * again:.0f} | {held:.0f} |"


def main() -> None:
    click.echo("| | built, s | loss and gradient, ms | held, MB |\n|---|---|---|---|")
    pymatting.cf_laplacian(np.random.default_rng(0).random((16, 16, 3)))  # compiles
    with Image.open(PHOTO) as image:
        for height, width in ((256, 256), (816, 1224)):
            pixels = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)) / 255
            edited = np.clip(pixels**1.2 + 0.02, 0, 1)
            size = f"{width}x{height}"

            def sparse(pixels: np.ndarray = pixels, edited: np.ndarray = edited) -> Callable[[], object]:
                matrix, flat = pymatting.cf_laplacian(pixels, epsilon=1e-7).tocsr(), edited.reshape(-1, 3)

                def evaluate() -> float:
                    product = matrix @ flat
                    return float((flat * product).sum())

                return evaluate

            def ours(pixels: np.ndarray = pixels, edited: np.ndarray = edited) -> Callable[[], object]:
                photo, image = (
                    torch.from_numpy(p.transpose(2, 0, 1)[None].astype(np.float32)) for p in (pixels, edited)
                )
                laplacian = MattingLaplacian(photo)
                return lambda: laplacian.energy_and_product(image)

            click.echo(row(f"{size}, sparse matrix, float64", sparse))
            click.echo(row(f"{size}, matrix-free, float32", ours))


if __name__ == "__main__":
    main()
