"""What tests of the real-time part share."""

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def no_thread_stays() -> Iterator[None]:
    """Every thread that the test started has ended with it."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
