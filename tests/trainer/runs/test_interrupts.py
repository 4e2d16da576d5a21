"""Trainings that are stopped at any moment and resumed end where unbroken ones do."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from livebrush.trainer.runs.parallel import all_or_none, interrupts_wait
from tests.soak.train_stops import stop_and_resume

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.parametrize(("kind", "stops", "images"), [("painting", 3, 80), ("photo", 1, 20)])
def test_a_stopped_training_resumes_exactly(tmp_path: Path, kind: str, stops: int, images: int) -> None:
    assert not stop_and_resume(tmp_path, kind, stops, seed=2, images=images).faults


def test_interrupts_wait_until_they_do_no_harm() -> None:
    steps: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupts_wait():
        with all_or_none(interruptible=False):
            signal.raise_signal(signal.SIGINT)
            steps.append("a step is taken whole")
        with all_or_none():
            steps.append("never")
    assert steps == ["a step is taken whole"]
    assert signal.getsignal(signal.SIGINT) == before


def test_an_interrupt_that_nobody_lets_in_is_raised_at_the_end() -> None:
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupts_wait():
        signal.raise_signal(signal.SIGTERM)
        steps.append("done")
    assert steps == ["done"]


def test_an_interrupt_of_work_that_is_ending_does_not_end_the_next() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts_wait(), all_or_none():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)
    steps: list[str] = []
    with interrupts_wait(), all_or_none():
        steps.append("the next work")
    assert steps == ["the next work"]


def test_a_second_interrupt_ends_at_once() -> None:
    code = (
        "import signal, time\n"
        "from livebrush.trainer.runs.parallel import interrupts_wait\n"
        "with interrupts_wait():\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    time.sleep(60)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=50, check=False).returncode == 130
