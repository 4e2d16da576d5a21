"""Workers on this machine: processes, which stay from one task to the next."""

import json
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Self

import psutil

from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.workers.port import Lost, Message, Outcome, Task, Told, message_of
from livebrush.realtime.workers.process import STOP

_ENDS_S = 10.0
"""that an idle process takes to end, at most"""
_COMMAND = [sys.executable, "-P", "-m", "livebrush.realtime.workers.process"]


class LocalWorkers:
    """See `Workers`.

    count: how many processes; cores: for each; None: each is held to an equal share of those that there are
    """

    def __init__(self, count: int = 1, cores: int | None = None) -> None:
        self.count = self.expected = count
        self.cores = cores or (None if count == 1 else max(1, usable_cores() // count))
        self._shares = shares_of(_usable() if cores is None and count > 1 else [], count)
        self._messages: queue.SimpleQueue[tuple[_Process, Message | None]] = queue.SimpleQueue()
        self._processes: list[_Process] = []

    def __enter__(self) -> Self:
        self._start()  # the others when there is something for them to do
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.close()
        for process in self._processes:
            process.wait()
            self._shares.append(process.cores)
        self._processes.clear()

    @property
    def free(self) -> int:
        return self.count - sum(process.task is not None for process in self._processes)

    def give(self, task: Task) -> None:
        process = next((process for process in self._processes if process.task is None), None)
        if process is None:  # not needed so far, or dead
            process = self._start()
        process.give(task)

    def next(self, timeout_s: float) -> Message | None:
        try:
            process, message = self._messages.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if message is None:
            return self._bury(process)
        if not isinstance(message, Told):
            process.task = None
        return message

    def stop(self) -> None:
        for process in list(self._processes):
            if process.task is not None:
                process.tell(STOP)

    def _start(self) -> "_Process":
        process = _Process(self._messages, self._shares[0])
        del self._shares[0]
        self._processes.append(process)
        return process

    def _bury(self, dead: "_Process") -> Outcome | None:
        self._processes.remove(dead)
        self._shares.append(dead.cores)
        why = dead.why()
        return Lost(dead.task.name, why) if dead.task else None


class _Process:
    """One process; its messages go to a queue, None last.

    cores: that it is held to, by number; none: not held
    task: that it was given and that has not ended
    """

    def __init__(
        self, messages: "queue.SimpleQueue[tuple[_Process, Message | None]]", cores: Sequence[int]
    ) -> None:
        self.cores = cores
        self.task: Task | None = None
        self._errors: IO[str] = tempfile.TemporaryFile(  # noqa: SIM115 - as long as the process
            "w+", encoding="utf-8", errors="replace"
        )
        try:
            self._process = subprocess.Popen(
                [*_COMMAND, *map(str, cores)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=self._errors, text=True, encoding="utf-8",
            )  # fmt: skip
        except OSError as error:
            raise LivebrushError(
                f"a worker could not be started ({error.strerror})", code="unavailable"
            ) from error
        self._reader = threading.Thread(
            target=self._read, args=(messages,), name="livebrush-worker", daemon=True
        )
        self._reader.start()

    def give(self, task: Task) -> None:
        self.task = task
        self.tell(asdict(task))

    def tell(self, told: Mapping[str, object]) -> None:
        assert self._process.stdin
        with suppress(OSError):  # it has just died: that is told by its last message
            self._process.stdin.write(f"{json.dumps(told)}\n")
            self._process.stdin.flush()

    def why(self) -> str:
        """Of its end: the signal or exit code, and the last that it said."""
        code = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        self._release()
        ended = f"by signal {_signal_name(-code)}" if code < 0 else f"with exit code {code}"
        said = f": {lines[-1]}" if lines else ""
        return f"the worker's process ended {ended}{said}"

    def close(self) -> None:
        """Tells it to end at once; what it is doing is cut off."""
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.close()

    def wait(self) -> None:
        try:
            self._process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._release()

    def _release(self) -> None:
        self._reader.join()
        for file in (self._process.stdin, self._process.stdout, self._errors):
            with suppress(OSError):
                file.close()  # pyright: ignore[reportOptionalMemberAccess]

    def _read(self, messages: "queue.SimpleQueue[tuple[_Process, Message | None]]") -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with suppress(ValueError, KeyError):  # cut off by its end
                messages.put((self, message_of(json.loads(line))))
        messages.put((self, None))


def shares_of(cores: Sequence[int], workers: int) -> list[Sequence[int]]:
    """Which cores each worker gets: as many each as there are for all; more workers than cores share them."""
    return [cores[n % len(cores) :: workers] for n in range(workers)] if cores else [[]] * workers


def _usable() -> list[int]:
    """Which cores this process may use, by number; none where the system does not tell."""
    process = psutil.Process()
    return process.cpu_affinity() or [] if hasattr(process, "cpu_affinity") else []


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
