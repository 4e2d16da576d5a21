"""What tests of the real-time part share."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from livebrush.realtime.engine import regions
from tests.realtime.person_nets import write_red_finder


@pytest.fixture
def no_thread_stays() -> Iterator[None]:
    """Every thread that the test started has ended with it."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def person_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the person net lies that ships with this test: what is red is a person."""
    path = write_red_finder(tmp_path / "packaged" / "regions" / "persons.onnx")
    monkeypatch.setattr(regions, "packaged_folder", lambda: tmp_path / "packaged")
    regions.shared_person_finder.cache_clear()
    yield path
    regions.shared_person_finder.cache_clear()
