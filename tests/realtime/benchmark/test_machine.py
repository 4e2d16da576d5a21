"""The machine, and what else it is busy with."""

import pytest

from livebrush.realtime.benchmark.machine import OtherLoad, describe_machine
from livebrush.realtime.engine.cores import usable_cores


def test_others_are_what_is_busy_less_what_is_ours() -> None:
    busy, own, now = iter([100.0, 116.0]), iter([7.0, 11.0]), iter([0.0, 8.0])
    load = OtherLoad(lambda: next(busy), lambda: next(own), lambda: next(now))
    assert load.cores() == pytest.approx(1.5)


def test_coarse_books_never_give_less_than_nothing() -> None:
    busy, own, now = iter([100.0, 100.99]), iter([7.0, 8.0]), iter([0.0, 1.0])
    assert OtherLoad(lambda: next(busy), lambda: next(own), lambda: next(now)).cores() == 0


def test_the_load_just_after_the_start_is_a_number() -> None:
    assert OtherLoad(clock=lambda: 5.0).cores() == 0


def test_the_machine_is_described() -> None:
    machine = describe_machine(uses_gpu=False)
    assert machine.cpu and machine.cores == usable_cores() and machine.memory_mb > 100 and machine.gpu is None
    assert {"livebrush", "av"} <= set(machine.versions) and any("onnxruntime" in n for n in machine.versions)
