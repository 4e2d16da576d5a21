"""What a batch costs beside a loop of the shell: python -m livebrush.realtime.benchmark.batch_overhead

The same films are painted in turns by a loop over `livebrush video`, by one `livebrush video` for all, by `livebrush
batch` with one worker and with two of one core each, and on Ray. The quickest of several rounds counts, in wall-clock
and in processor time, which other programs on the machine disturb less. Ray keeps servers of its own, whose processor
time is not counted.
"""

import itertools
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from livebrush.realtime.benchmark.file_to_file import RATE_HZ, pictures
from livebrush.realtime.commands.option_types import FullFrameSize
from livebrush.realtime.video.clip_of_pictures import write_clip

CONTENDERS = ("loop", "video", "batch", "batch 1x1", "batch 2x1", "ray 2x1")


class Cost(NamedTuple):
    """Seconds."""

    wall_s: float
    cpu_s: float


def runs_of(name: str, films: Sequence[Path], output: Path, style: str) -> list[list[str]]:
    """The commands, without `livebrush`, that a contender paints all films with."""
    end = ["-s", style, "--device", "cpu", "--progress", "none"]
    if name == "loop":
        return [["video", str(film), *end, "-o", str(output / film.name)] for film in films]
    folder = str(films[0].parent)
    if name == "video":
        return [["video", folder, *end, "-o", f"{output}/"]]
    engine, _, workers = name.partition(" ")
    more = ["--engine", "ray"] if engine == "ray" else []
    if workers:
        more += ["--workers", workers[0], "--threads", "1"]
    return [["batch", folder, *end, "-o", str(output), *more]]


def measured(commands: Sequence[Sequence[str]]) -> Cost:
    """raises: subprocess.CalledProcessError where a command fails"""
    began_s, before = time.perf_counter(), _children_s()
    for command in commands:
        subprocess.run([sys.executable, "-m", "livebrush", *command], check=True, capture_output=True)
    return Cost(time.perf_counter() - began_s, _children_s() - before)


def _children_s() -> float:
    """Processor time of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def in_turns(
    names: Sequence[str], films: Sequence[Path], style: str, rounds: int, tell: Callable[[str], None]
) -> dict[str, list[Cost]]:
    """Each contender once a round, into an empty folder."""
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for number, name in itertools.product(range(rounds), names):
        output = films[0].parent.with_name("painted")
        output.mkdir()
        cost = measured(runs_of(name, films, output, style))
        shutil.rmtree(output)
        costs[name].append(cost)
        tell(f"round {number + 1}, {name}: {cost.wall_s:.1f} s, {cost.cpu_s:.1f} s of processor time")
    return costs


def table(costs: dict[str, list[Cost]]) -> str:
    """The least of all rounds, and its ratio to the first contender's."""
    least = {
        name: Cost(*(min(column) for column in zip(*all_of, strict=True))) for name, all_of in costs.items()
    }
    first = next(iter(least.values()))
    lines = [f"{'':10} {'wall s':>8} {'ratio':>6} {'cpu s':>8} {'ratio':>6}"]
    for name, (wall_s, cpu_s) in least.items():
        lines.append(
            f"{name:10} {wall_s:8.1f} {wall_s / first.wall_s:6.3f} {cpu_s:8.1f} {cpu_s / first.cpu_s:6.3f}"
        )
    return "\n".join(lines)


@click.command()
@click.option("--films", default=60, show_default=True)
@click.option("--frames", default=100, show_default=True, help="Of each film.")
@click.option("--size", type=FullFrameSize(), default="640x480", show_default=True)
@click.option("-s", "--style", default="starry_night", show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option(
    "--only", multiple=True, type=click.Choice(CONTENDERS), default=CONTENDERS, help="Who is measured."
)
def main(
    films: int, frames: int, size: tuple[int, int], style: str, rounds: int, only: tuple[str, ...]
) -> None:
    """Paint the same films in several ways, in turns, and compare what that costs."""
    with tempfile.TemporaryDirectory() as name:
        footage = Path(name, "footage")
        footage.mkdir()
        clip = footage / "clip0.mp4"
        write_clip(itertools.islice(pictures(None, *size), frames), clip, RATE_HZ, "veryfast")
        copies = [clip, *(footage / f"clip{number}.mp4" for number in range(1, films))]
        for copy in copies[1:]:
            shutil.copy(clip, copy)
        costs = in_turns(only, copies, style, rounds, lambda line: click.echo(line, err=True))
    click.echo(table(costs))


if __name__ == "__main__":
    main()
