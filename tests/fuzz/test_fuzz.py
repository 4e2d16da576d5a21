"""A thousand damaged inputs on every run; `python -m tests.fuzz` takes as many as there is time for."""

import subprocess
import sys
import time

import pytest

from tests.fuzz.__main__ import Limits, verdicts
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("kind", TARGETS)
def test_every_damaged_input_is_read_or_refused_in_a_sentence(kind: str) -> None:
    count = 60 if kind == "videos" else 140
    assert list(verdicts(kind, 0, count)) == [(seed, "") for seed in range(count)]


def test_the_same_seed_does_the_same_damage() -> None:
    data = bytes(range(256)) * 8
    assert mutated(data, 5) == mutated(data, 5) != mutated(data, 6)
    assert sum(mutated(data, seed) != data for seed in range(100)) > 90


@pytest.mark.parametrize(
    ("does", "most", "said"),
    [
        ("time.sleep(60)", (0.2, 50), "took longer than 0.2 s"),
        ("while True: pass", (50, 0.2), "0.2 s of a core"),
    ],
)
def test_one_that_waits_and_one_that_spins_are_noticed(
    does: str, most: tuple[float, float], said: str
) -> None:
    with subprocess.Popen([sys.executable, "-c", f"import time\n{does}"]) as process:
        limits, until_s = Limits(process.pid, *most), time.monotonic() + 40
        while not (broken := limits.broken()) and time.monotonic() < until_s:
            time.sleep(0.05)
        process.kill()
    assert said in broken
