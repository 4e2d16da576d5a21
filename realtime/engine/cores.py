"""How many processor cores there are to compute on."""

import os


def usable_cores() -> int:
    """Cores that this process may run on: containers and taskset count."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
