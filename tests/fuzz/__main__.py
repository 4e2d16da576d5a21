"""Damaged inputs of every kind: python -m tests.fuzz --inputs 100000 --seed 0 [KIND ...]

Each kind has a worker with 2 GB of memory and twenty seconds for an input. What goes wrong is printed with its seed:
the same seed gives the same input again.
"""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence

import click

from tests.fuzz.targets import TARGETS

LIMIT_S = 20.0
START_S = 240.0
"""to import what reads, and to make sound inputs"""


def problems_of(kind: str, first: int, count: int) -> Iterator[tuple[int, str]]:
    """Seeds and what went wrong with them; a worker that hangs or dies costs only the input that it died of."""
    end = first + count
    while first < end:
        command = [sys.executable, "-m", "tests.fuzz.worker", kind, str(first), str(end - first)]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lines: queue.Queue[str | None] = queue.Queue()
        reader = threading.Thread(target=_pass_on, args=[worker, lines])
        reader.start()
        seed, limit_s, verdict = first - 1, START_S, ""
        while True:
            try:
                line = lines.get(timeout=limit_s)
            except queue.Empty:
                verdict = f"took longer than {limit_s:g} s"
                break
            if line is None:
                verdict = f"the worker died ({worker.wait()})" if seed < end - 1 or worker.wait() else ""
                break
            said = json.loads(line)
            if "began" in said:
                seed, limit_s = said["began"], LIMIT_S
            elif said["problem"]:
                yield said["ended"], said["problem"]
        worker.kill()
        reader.join()
        worker.wait()
        if worker.stdout:
            worker.stdout.close()
        if not verdict:
            return
        yield seed, verdict
        if seed < first:
            return  # not one input was begun
        first = seed + 1


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
    kinds = kinds or list(TARGETS)
    wrong = 0
    for kind in kinds:
        count = max(1, inputs // len(kinds))
        found = 0
        for at, problem in problems_of(kind, seed, count):
            click.echo(f"{kind}, seed {at}: {problem}")
            found += 1
        click.echo(f"{kind}: {count} inputs, {found} wrong")
        wrong += found
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
