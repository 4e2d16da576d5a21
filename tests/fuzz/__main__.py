"""Damaged inputs of every kind: python -m tests.fuzz --inputs 100000 --seed 0 [KIND ...]

Each kind has a worker with 2 GB of memory and, for an input, twenty seconds of a core within five minutes. What goes
wrong is printed with its seed: the same seed gives the same input again. Stopped early it says how far it came.
"""

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
import psutil

from tests.fuzz.targets import TARGETS

LIMIT_CPU_S = 20.0
LIMIT_S = 300.0
"""for one that waits without working; where the machine is busy, twenty seconds of a core may take so long"""
START_S = 1200.0
"""to import what reads, and to make sound inputs"""


def verdicts(kind: str, first: int, count: int) -> Iterator[tuple[int, str]]:
    """Seeds and what went wrong with them, or ""; a worker that hangs or dies costs only the input that it died of."""
    end = first + count
    while first < end:
        seed, verdict = first - 1, ""
        with _worker(kind, first, end) as (worker, lines):
            limits = Limits(worker.pid, START_S, START_S)
            while not (verdict := limits.broken()):
                try:
                    line = lines.get(timeout=1)
                except queue.Empty:
                    continue
                if line is None:
                    verdict = f"the worker died ({worker.wait()})" if seed < end - 1 or worker.wait() else ""
                    break
                said = json.loads(line)
                if "began" in said:
                    seed, limits = said["began"], Limits(worker.pid, LIMIT_S, LIMIT_CPU_S)
                else:
                    yield said["ended"], said["problem"]
        if not verdict:
            return
        yield seed, verdict
        if seed < first:
            return  # not one input was begun
        first = seed + 1


class Limits:
    """Of one input, from now on: seconds, and seconds of a core."""

    def __init__(self, pid: int, most_s: float, most_cpu_s: float) -> None:
        self._process, self._most_s, self._most_cpu_s = psutil.Process(pid), most_s, most_cpu_s
        self._began_s, self._began_cpu_s = time.monotonic(), self._cpu_s()

    def broken(self) -> str:
        """Which, or ""."""
        if self._cpu_s() - self._began_cpu_s > self._most_cpu_s:
            return f"took longer than {self._most_cpu_s:g} s of a core"
        if time.monotonic() - self._began_s > self._most_s:
            return f"took longer than {self._most_s:g} s"
        return ""

    def _cpu_s(self) -> float:
        try:
            return sum(self._process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            return 0.0


@contextmanager
def _worker(
    kind: str, first: int, end: int
) -> Iterator[tuple[subprocess.Popen[str], queue.Queue[str | None]]]:
    """A process that reads inputs, and what it says, line by line, None at its end; it ends with the block."""
    command = [sys.executable, "-m", "tests.fuzz.worker", kind, str(first), str(end - first)]
    lines: queue.Queue[str | None] = queue.Queue()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as worker:
        reader = threading.Thread(target=_pass_on, args=[worker, lines])
        reader.start()
        try:
            yield worker, lines
        finally:
            worker.kill()
            reader.join()


def _pass_on(worker: "subprocess.Popen[str]", lines: "queue.Queue[str | None]") -> None:
    assert worker.stdout
    for line in worker.stdout:
        lines.put(line)
    lines.put(None)


@click.command()
@click.option("--inputs", default=1000, show_default=True, help="In all, spread over the kinds.")
@click.option("--seed", default=0, show_default=True, help="Of the first input.")
@click.argument("kinds", nargs=-1, type=click.Choice(list(TARGETS)))
def main(inputs: int, seed: int, kinds: Sequence[str]) -> None:
    """Read damaged inputs; exit code 1 when one was not read or refused in a sentence."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped early"))
    kinds = kinds or list(TARGETS)
    wrong = 0
    for kind in kinds:
        done = found = 0
        try:
            for at, problem in verdicts(kind, seed, max(1, inputs // len(kinds))):
                done += 1
                if problem:
                    click.echo(f"{kind}, seed {at}: {problem}")
                    found += 1
        finally:
            click.echo(f"{kind}: {done} inputs, {found} wrong")
        wrong += found
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
