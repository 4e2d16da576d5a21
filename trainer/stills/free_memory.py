"""Memory that tiles no longer need, given back to the system."""

import ctypes
import functools
import sys
from collections.abc import Callable
from contextlib import suppress


def give_back_free_memory() -> None:
    """Return what is free to the system. glibc keeps blocks of up to 32 MB, which tiles have by the dozen.

    Elsewhere than on glibc it does nothing.
    """
    trim = _glibc_trim()
    if trim:
        trim(0)


@functools.cache
def _glibc_trim() -> Callable[[int], int] | None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            return ctypes.CDLL("libc.so.6").malloc_trim
    return None
