"""Ray gives a node thirty seconds to start, which a machine that trains nets meanwhile may not keep."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def unless_too_busy() -> Iterator[None]:
    """Skips the tests where Ray itself gave up waiting within the block."""
    try:
        yield
    except Exception as error:
        if "timed out during startup" in str(error):
            pytest.skip("the machine is too busy to start Ray within the time that it allows")
        raise
