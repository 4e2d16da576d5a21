"""What workers gain on a long film: python -m livebrush.realtime.benchmark.film_in_pieces film.mp4 -s great_wave

Three ways to the same painting take turns: as a whole on one core, as a whole on all cores, and by one worker a core.
Each is a process of its own that is held to its cores. Trust the ratios only where nothing else ran.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import psutil

from livebrush.models.errors import LivebrushError
from livebrush.realtime.benchmark.machine import OtherLoad


@dataclass(frozen=True)
class Way:
    """name: for people; cores: that it is held to, by number; workers: None: the film as a whole"""

    name: str
    cores: Sequence[int]
    workers: int | None


@dataclass(frozen=True)
class Row:
    """The best of all rounds of one way.

    wall_s, cpu_s: least seconds from start to end, and of all its processes
    gain: how many times as fast as the first way
    """

    way: str
    cores: int
    wall_s: float
    cpu_s: float
    gain: float


def ways(cores: Sequence[int]) -> list[Way]:
    """What is compared on some cores."""
    count = len(cores)
    return [
        Way("as a whole, 1 core", cores[:1], None),
        Way(f"as a whole, {count} cores", cores, None),
        Way(f"{count} workers of 1 core", cores, count),
    ]


def measure(film: Path, options: Sequence[str], cores: Sequence[int], rounds: int) -> list[Row]:
    """Paints a film in all ways, in turns. options: of `livebrush video`

    raises: LivebrushError when one fails
    """
    least: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for way in ways(cores):
            took = _run(film, options, way)
            before = least.get(way.name, took)
            least[way.name] = (min(took[0], before[0]), min(took[1], before[1]))
    one_s = next(iter(least.values()))[0]
    return [
        Row(way.name, len(way.cores), *least[way.name], one_s / least[way.name][0]) for way in ways(cores)
    ]


def _run(film: Path, options: Sequence[str], way: Way) -> tuple[float, float]:
    """Seconds of one run: by the clock, and of the processors."""
    with tempfile.TemporaryDirectory(prefix="livebrush-", dir=film.parent) as folder:
        target = Path(folder, "painted.mp4")
        command = [sys.executable, "-m", "livebrush", "video", str(film), "-o", str(target), *options]
        command += ["--progress", "none", *(["--workers", str(way.workers)] if way.workers else [])]
        start_s, start_cpu_s = time.perf_counter(), _children_s()
        with _held_to(way.cores):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LivebrushError(f"{way.name}: {done.stderr.strip()}", code="failed")
        return time.perf_counter() - start_s, _children_s() - start_cpu_s


@contextmanager
def _held_to(cores: Sequence[int]) -> Iterator[None]:
    """What is started inside the block runs on some cores only."""
    process = psutil.Process()
    before = process.cpu_affinity()
    process.cpu_affinity(list(cores))
    try:
        yield
    finally:
        process.cpu_affinity(before)


def _children_s() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("film", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.option("--cores", type=click.IntRange(min=2), default=2, show_default=True, help="As many as workers.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def main(film: Path, options: tuple[str, ...], cores: int, rounds: int, as_json: bool) -> None:
    """Measure what workers gain on FILM. OPTIONS are those of livebrush video, such as -s great_wave --steady."""
    usable = getattr(psutil.Process(), "cpu_affinity", list)()
    if len(usable) < cores:
        raise click.UsageError(f"{len(usable)} cores can be chosen here, expected {cores}")
    others = OtherLoad()
    try:
        rows = measure(film, options, usable[:cores], rounds)
    except LivebrushError as error:
        raise click.ClickException(str(error)) from error
    busy = others.cores()
    if as_json:
        click.echo(json.dumps({"others_cores": busy, "rows": [asdict(row) for row in rows]}))
        return
    click.echo("| | s | CPU s | times one core |\n|---|---|---|---|")
    for row in rows:
        click.echo(f"| {row.way} | {row.wall_s:.1f} | {row.cpu_s:.1f} | {row.gain:.2f} |")
    click.echo(f"other processes kept {busy:.2f} cores busy", err=True)


if __name__ == "__main__":
    main()
