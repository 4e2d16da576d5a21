"""What tests of live sessions and of sinks share: a virtual camera without a device."""

import sys
from collections.abc import Iterator
from typing import ClassVar

import pytest

from tests.realtime.live.camera_backend import KeptFrames


@pytest.fixture
def camera_backend() -> Iterator[type[KeptFrames]]:
    """The only backend that pyvirtualcam has for the time of a test."""
    pyvirtualcam = pytest.importorskip("pyvirtualcam", reason="the virtualcam extra is not installed")
    backends = sys.modules["pyvirtualcam.camera"].BACKENDS
    before = dict(backends)

    class Backend(KeptFrames):
        opened: ClassVar[list[KeptFrames]] = []

    backends.clear()
    pyvirtualcam.register_backend("fake", Backend)
    yield Backend
    backends.clear()
    backends.update(before)
