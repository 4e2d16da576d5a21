"""What all workers do alike: processes of this machine, and actors on a Ray cluster."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from livebrush.models.events import Note, Progress
from livebrush.realtime.workers.local import LocalWorkers
from livebrush.realtime.workers.port import Done, Lost, NotDone, Outcome, Task, Told, Workers
from tests.realtime.workers.here import Here
from tests.realtime.workers.jobs import ADD, COUNT, DIE, FAIL, SLIP
from tests.realtime.workers.ray_start import unless_too_busy

PATIENCE_S = 120
ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["local", "ray", "here"], scope="module")
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    if request.param == "ray":
        pytest.importorskip("ray", reason="Ray is not installed")
        from livebrush.realtime.workers.ray import RayWorkers

        made: Any = RayWorkers(1, 1, False, None)
    else:
        made = {"local": LocalWorkers, "here": Here}[request.param](1)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("PYTHONPATH", str(ROOT))  # the functions of `jobs` are not installed
        with unless_too_busy():
            ready = stack.enter_context(made)
        yield ready


def wait_for_one(workers: Workers) -> None:
    """Until a worker is free: an actor first needs a place on the cluster."""
    until_s = time.monotonic() + PATIENCE_S
    while not workers.free:
        assert time.monotonic() < until_s and workers.next(0.5) is None


def outcome(workers: Workers, *tasks: Task) -> tuple[Outcome, list[Any]]:
    """The outcome of the last of the tasks, and the events of all."""
    told = []
    for task in tasks:
        wait_for_one(workers)
        workers.give(task)
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            message = workers.next(0.5)
            if isinstance(message, Told):
                told.append(message.event)
            elif message is not None:
                break
        else:
            pytest.fail(f"{task} did not end")
        assert message.task == task.name
    return message, told


def test_a_task_is_done_and_its_events_are_told(workers: Workers) -> None:
    done, told = outcome(workers, Task("a", ADD, {"one": 1, "other": 2}))
    assert isinstance(done, Done) and done.values["sum"] == 3
    assert told == [Note("adding", "sum", "leave_out", {"field": "one"})]
    assert (workers.count, workers.free) == (1, 1)


def test_the_process_stays_for_the_next_task(workers: Workers) -> None:
    """What a function loaded is loaded once."""
    processes = {
        done.values["process"]
        for name in "ab"
        if isinstance(done := outcome(workers, Task(name, ADD, {"one": 1, "other": 2}))[0], Done)
    }
    assert len(processes) == 1


def test_an_error_arrives_with_its_code_and_remedy(workers: Workers) -> None:
    ended, _ = outcome(workers, Task("a", FAIL))
    assert isinstance(ended, NotDone) and str(ended.error) == "no gif"
    assert (ended.error.code, ended.error.advice) == ("conflict", "leave keep_colours out")


def test_a_fault_of_ours_ends_the_task_and_not_the_worker(workers: Workers) -> None:
    ended, _ = outcome(workers, Task("a", SLIP))
    assert isinstance(ended, NotDone) and "ZeroDivisionError" in str(ended.error)
    assert "in slip" in str(ended.error.values["traceback"])
    assert isinstance(outcome(workers, Task("b", ADD, {"one": 1, "other": 2}))[0], Done)


def test_a_worker_that_dies_is_replaced(workers: Workers) -> None:
    if isinstance(workers, Here):
        pytest.skip("it would take the tests along")
    ended, _ = outcome(workers, Task("a", DIE))
    assert isinstance(ended, Lost) and "SIGKILL" in ended.why
    assert isinstance(outcome(workers, Task("b", ADD, {"one": 1, "other": 2}))[0], Done)


def test_work_that_is_told_to_stop_ends_early(workers: Workers, tmp_path: Path) -> None:
    """And the worker takes the next task: a film that failed stops its other pieces, not the films behind it."""
    if isinstance(workers, Here):
        pytest.skip("it does one thing at a time")
    wait_for_one(workers)
    workers.give(Task("a", COUNT, {"until": str(tmp_path / "never")}))
    until_s = time.monotonic() + PATIENCE_S
    asked = False
    while time.monotonic() < until_s:
        message = workers.next(0.5)
        if isinstance(message, Told) and not asked:
            assert isinstance(message.event, Progress)
            workers.stop()
            asked = True
        elif isinstance(message, NotDone):
            break
    assert isinstance(message, NotDone) and message.error.code == "stopped"
    assert isinstance(outcome(workers, Task("b", ADD, {"one": 1, "other": 2}))[0], Done)
