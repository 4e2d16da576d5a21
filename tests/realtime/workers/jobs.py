"""Functions that tasks of the tests name."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note, OnEvent, Progress

ADD, FAIL, SLIP, DIE, COUNT, CORES = (
    f"{__name__}:{name}" for name in ("add", "fail", "slip", "die", "count", "cores")
)


def add(one: int, other: int, on_event: OnEvent) -> dict[str, Any]:
    print("a library speaks up")  # noqa: T201
    on_event(Note("adding", "sum", "leave_out", {"field": "one"}))
    return {"sum": one + other, "process": os.getpid()}


def fail(on_event: OnEvent) -> dict[str, Any]:
    raise LivebrushError("no gif", code="conflict", remedy="leave_out", field="keep_colours")


def slip(on_event: OnEvent) -> dict[str, Any]:
    return {"share": 1 / 0}


def die(on_event: OnEvent) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def cores(on_event: OnEvent) -> dict[str, Any]:
    """Those that the process is held to."""
    return {"cores": psutil.Process().cpu_affinity()}


def count(until: str, on_event: OnEvent) -> dict[str, Any]:
    """Goes on until a file is there."""
    done = 0
    while not Path(until).exists():
        done += 1
        on_event(Progress(done, None))
        time.sleep(0.02)
    return {"counted": done}
