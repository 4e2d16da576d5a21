"""A batch that is killed again and again: python -m tests.soak.batch_kills

`livebrush batch` and its workers are killed by -9, all of them at once, every so many seconds, and started again,
until a run comes to its end. Each film must then be painted once and whole, and nothing may be left beside them.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from tests.realtime.batch.kept import faults
from tests.realtime.video.clips import Clip, make_clip
from tests.tiny_models import write_tiny_model

MOST_RUNS = 200


def make_footage(folder: Path, films: int, frames: int) -> dict[str, int]:
    """Films in folders of fifty. returns: the name of each painting and its frames"""
    expected = {}
    for number in range(films):
        name = f"day{number // 50}/clip{number}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        length = frames + number % 7
        make_clip(folder / f"{name}.mp4", Clip(pts=range(length)))
        expected[f"{name}_invert.mp4"] = length
    return expected


def kill_until_done(
    arguments: Sequence[str | Path], every_s: float, chance: random.Random, temporary: Path
) -> int:
    """Runs a batch to its end, which is given every_s, half more or less, and then killed with its group.

    Each run gets a little longer than the one before: on a busy machine none might come to its first film.

    temporary: where it may keep temporary files
    returns:   how often it was killed
    raises:    AssertionError where a run fails by itself, or none comes to its end
    """
    temporary.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "livebrush", "batch", *map(str, arguments), "--progress", "none"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    for kills in range(MOST_RUNS):
        run = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            _, said = run.communicate(timeout=every_s * 1.05**kills * chance.uniform(0.5, 1.5))
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
            continue
        assert run.returncode == 0, said
        return kills
    raise AssertionError(f"not done after {MOST_RUNS} kills")


@click.command()
@click.option("--films", default=200, show_default=True)
@click.option("--frames", default=60, show_default=True, help="Of each film, up to six more.")
@click.option("--every", "every_s", default=20.0, show_default=True, help="Seconds between kills, about.")
@click.option("--workers", default=1, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(films: int, frames: int, every_s: float, workers: int, seed: int) -> None:
    """Kill a batch, start it again, and look at what came of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["LIVEBRUSH_HOME"] = str(folder / "home")
        write_tiny_model(folder / "invert.onnx")
        expected = make_footage(folder / "footage", films, frames)
        arguments = [
            folder / "footage",
            "-s",
            folder / "invert.onnx",
            "-o",
            folder / "painted",
            "--workers",
            str(workers),
        ]
        began_s = time.monotonic()
        kills = kill_until_done(arguments, every_s, random.Random(seed), folder / "tmp")
        seconds = time.monotonic() - began_s
        wrong = faults(folder / "painted", expected, folder / "tmp")
    click.echo(f"{films} films, {kills} kills in {seconds:.0f} s; {len(wrong)} faults")
    if wrong:
        raise click.ClickException("\n".join(wrong))


if __name__ == "__main__":
    main()
