"""A process that does tasks: python -m livebrush.realtime.workers.process [CORE...]

CORE... are the cores that it may run on, by number; none: those of whoever started it. Standard input has a task or
"stop" a line, as JSON; standard output the messages, a line each. It ends when whoever started it ends, however that
ends: its standard input is then closed.
"""

import importlib
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import TextIO

import psutil

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, OnEvent, Progress
from livebrush.realtime.missing_library import missing_library
from livebrush.realtime.workers.port import Done, Message, NotDone, Outcome, Task, Told, message_as_json

PROGRESS_EVERY_S = 0.25
STOP = {"stop": True}
Send = Callable[[Message], None]


def outcome_of(task: Task, send: Send, stopping: threading.Event) -> Outcome:
    """Does a task. A fault of ours ends the task, not the worker.

    stopping: once it is set, the task's next progress ends it as Ctrl-C would
    """
    try:
        module, name = task.function.split(":")
        function = getattr(importlib.import_module(module), name)
        return Done(task.name, function(**task.arguments, on_event=_teller(task.name, send, stopping)))
    except KeyboardInterrupt:
        return NotDone(task.name, LivebrushError("stopped", code="stopped"))
    except Exception as error:
        return NotDone(task.name, as_told(error))


def as_told(error: Exception) -> LivebrushError:
    """What people are told of an exception of any kind that ended a job."""
    match error:
        case LivebrushError():
            return error
        case ImportError():
            return LivebrushError(missing_library(error), code="not_installed")
        case MemoryError():
            return LivebrushError(f"not enough memory ({error})", code="out_of_memory")
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return LivebrushError(f"{where}{error.strerror or error}", code="unreadable")
        case _:
            told = f"{type(error).__name__}: {error}"
            return LivebrushError(told, code="failed", traceback="".join(traceback.format_exception(error)))


def _teller(task: str, send: Send, stopping: threading.Event) -> OnEvent:
    """Sends events, of progress a few a second."""
    last_s = -PROGRESS_EVERY_S

    def tell(event: Event) -> None:
        nonlocal last_s
        if isinstance(event, Progress):
            if stopping.is_set():
                raise KeyboardInterrupt
            now_s = time.monotonic()
            if now_s - last_s < PROGRESS_EVERY_S and event.done != event.of:
                return
            last_s = now_s
        send(Told(task, event))

    return tell


def _hear(lines: TextIO, tasks: "queue.SimpleQueue[tuple[Task, threading.Event]]") -> None:
    """Reads standard input, also while a task is being done. A stop is meant for the task before it, no later one."""
    stopping = threading.Event()
    for line in lines:
        told = json.loads(line)
        if told == STOP:
            stopping.set()
        else:
            stopping = threading.Event()
            tasks.put((Task(**told), stopping))
    os._exit(0)  # nobody is left to work for: what is half done is gone on with by the next run


def main() -> None:
    for name in (
        "SIGINT",
        "SIGTERM",
        "SIGHUP",
    ):  # of a whole group: who started this process hears it, and says so
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if cores := [int(core) for core in sys.argv[1:]]:
        psutil.Process().cpu_affinity(cores)
    lines, answers = _own_pipes()
    tasks: queue.SimpleQueue[tuple[Task, threading.Event]] = queue.SimpleQueue()

    def send(message: Message) -> None:
        answers.write(f"{json.dumps(message_as_json(message), default=str)}\n")
        answers.flush()

    threading.Thread(target=_hear, args=(lines, tasks), name="livebrush-inbox", daemon=True).start()
    while True:
        task, stopping = tasks.get()
        stopped = NotDone(task.name, LivebrushError("stopped", code="stopped"))
        send(stopped if stopping.is_set() else outcome_of(task, send, stopping))


def _own_pipes() -> tuple[TextIO, TextIO]:
    """The two pipes, under numbers that no library knows: what one prints goes to standard error."""
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with open(os.devnull) as nothing:  # noqa: PTH123 - a device, not a path
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return lines, answers


if __name__ == "__main__":
    main()
