"""CPU seconds by stage, so that a run can be held against what the machine allows."""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")


class StageClock:
    """Adds up the CPU time that threads spend in named stages.

    The calling thread's time is measured everywhere. Threads that a codec starts by itself are counted
    towards its stage on Linux (see `adopt`); what ONNX Runtime's own threads take is only in
    `process_cpu_s`. Several threads may be in one stage.
    """

    def __init__(self) -> None:
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self._adding = threading.Lock()
        self._adopted: dict[int, str] = {}
        self._process_start_s = time.process_time()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Counts the calling thread's CPU time inside the block towards stage `name`."""
        start_s = time.thread_time()
        try:
            yield
        finally:
            taken_s = time.thread_time() - start_s
            with self._adding:
                self.cpu_s[name] += taken_s

    @contextmanager
    def adopt(self, name: str) -> Iterator[None]:
        """Threads that start inside the block are the stage's own: `settle` counts their CPU time too."""
        before = _thread_ids()
        yield
        self._adopted |= dict.fromkeys(_thread_ids() - before, name)

    def settle(self, name: str) -> None:
        """Adds what the stage's adopted threads took in all their life; call it once, while they live."""
        for thread_id in [i for i, owner in self._adopted.items() if owner == name]:
            with suppress(OSError):
                self.cpu_s[name] += time.clock_gettime(_cpu_clock(thread_id))
            del self._adopted[thread_id]

    @property
    def process_cpu_s(self) -> float:
        """CPU seconds of the whole process since this clock was made."""
        return time.process_time() - self._process_start_s


def _thread_ids() -> set[int]:
    return {int(task.name) for task in _TASKS.iterdir()} if sys.platform == "linux" else set()


def _cpu_clock(thread_id: int) -> int:
    """Linux's clock number for the CPU time of one thread (MAKE_THREAD_CPUCLOCK in the kernel)."""
    return (~thread_id << 3) | 0b110
