"""Free memory goes back to the system, and where there is no glibc nothing happens."""

import sys
from pathlib import Path

import numpy as np
import pytest

from livebrush.trainer.stills import free_memory
from livebrush.trainer.stills.free_memory import give_back_free_memory


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(free_memory._glibc_trim() is None, reason="no glibc here")
def test_blocks_below_a_block_in_use_are_given_back() -> None:
    np.ones(30_000_000, np.uint8)  # freed, it teaches glibc to keep blocks of this size
    blocks = [np.ones(10_000_000, np.uint8) for _ in range(20)]
    last = blocks[-1]
    before = resident_mb()
    del blocks
    give_back_free_memory()
    assert resident_mb() < before - 150
    assert last.all()


def test_nothing_happens_without_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    free_memory._glibc_trim.cache_clear()
    monkeypatch.setattr(sys, "platform", "win32")
    give_back_free_memory()
    assert free_memory._glibc_trim() is None
    free_memory._glibc_trim.cache_clear()
