"""Processes of this machine: which cores each runs on."""

import psutil
import pytest

from livebrush.realtime.workers.local import LocalWorkers, shares_of
from livebrush.realtime.workers.port import Done, Lost, Task
from tests.realtime.workers.jobs import CORES, DIE
from tests.realtime.workers.test_contract import ROOT

PATIENCE_S = 120


def test_workers_share_the_cores() -> None:
    assert shares_of([0, 1, 2, 3], 2) == [[0, 2], [1, 3]]
    assert shares_of([5, 7], 3) == [[5], [7], [5]]
    assert shares_of([], 2) == [[], []]


@pytest.mark.skipif(not hasattr(psutil.Process, "cpu_affinity"), reason="macOS holds nothing to cores")
def test_each_is_held_to_its_share_and_so_is_what_replaces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the functions of `jobs` are not installed
    usable = psutil.Process().cpu_affinity() or []
    with LocalWorkers(2) as workers:
        assert cores_of(workers) == sorted(map(list, shares_of(usable, 2)))
        workers.give(Task("a", DIE))
        assert isinstance(workers.next(PATIENCE_S), Lost)
        assert cores_of(workers) == sorted(map(list, shares_of(usable, 2)))
    with LocalWorkers(1) as workers:
        assert cores_of(workers) == [usable]


def cores_of(workers: LocalWorkers) -> list[list[int]]:
    """Of all of them, which are at work at once."""
    for number in range(workers.count):
        workers.give(Task(f"cores {number}", CORES))
    heard = [workers.next(PATIENCE_S) for _ in range(workers.count)]
    return sorted([*done.values["cores"]] for done in heard if isinstance(done, Done))
