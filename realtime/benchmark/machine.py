"""The machine that a measurement was made on, and what else it was busy with meanwhile."""

import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from livebrush.realtime.engine.cores import usable_cores

BUSY_CORES = 0.25  # with this much taken by others, figures are no longer to be relied on
_VERSIONS_OF = ("livebrush", "onnxruntime-gpu", "onnxruntime", "torch", "av", "opencv-python", "numpy")


@dataclass(frozen=True)
class Machine:
    """Hardware and software, as far as they decide how fast a net is.

    cores:     that this process may use
    memory_mb: of the machine, in units of 1e6 bytes
    gpu:       its name, None where none was used
    versions:  of the packages that do the work, by name; those not installed are left out
    """

    cpu: str
    cores: int
    memory_mb: float
    gpu: str | None
    system: str
    python: str
    versions: dict[str, str]


def describe_machine(uses_gpu: bool) -> Machine:
    """The machine that this runs on."""
    versions = {}
    for package in _VERSIONS_OF:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return Machine(
        cpu=_cpu_name(),
        cores=usable_cores(),
        memory_mb=round(psutil.virtual_memory().total / 1e6),
        gpu=(_first_line("nvidia-smi", "--query-gpu=name", "--format=csv,noheader") or "unknown")
        if uses_gpu
        else None,
        system=platform.platform(),
        python=platform.python_version(),
        versions=versions,
    )


def _cpu_name() -> str:
    """As its maker calls it; the kind of processor where the system does not tell."""
    name = ""
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    elif sys.platform == "darwin":
        name = _first_line("sysctl", "-n", "machdep.cpu.brand_string")
    return name or platform.processor() or platform.machine()


def _first_line(*command: str) -> str:
    """What a program says, "" where it cannot be run."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.strip().split("\n")[0]


class OtherLoad:
    """How many cores everything but this process and its ended children kept busy since this was made.

    Read from the system's own books: all time that the processors were not idle, less what this process took.
    On a virtual machine, time that the host gave to somebody else counts as well.
    """

    def __init__(
        self,
        busy_s: Callable[[], float] | None = None,
        own_s: Callable[[], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._busy_s, self._own_s, self._clock = busy_s or _busy_s, own_s or _own_s, clock
        self._start = self._busy_s(), self._own_s(), self._clock()

    def cores(self) -> float:
        """CPU seconds a second."""
        busy_s, own_s, start_s = self._start
        wall_s = self._clock() - start_s
        others_s = (self._busy_s() - busy_s) - (self._own_s() - own_s)
        return max(0.0, others_s) / wall_s if wall_s > 0 else 0.0


def _busy_s() -> float:
    """CPU seconds of all processes since the machine started."""
    spent = psutil.cpu_times()._asdict()
    # Linux counts a guest's time within user and nice already
    return sum(
        seconds for what, seconds in spent.items() if what not in ("idle", "iowait", "guest", "guest_nice")
    )


def _own_s() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
