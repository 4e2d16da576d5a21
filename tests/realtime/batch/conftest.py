"""Footage, and workers of this process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.realtime.video.clips import Clip, make_clip
from tests.realtime.workers.here import Here

FRAMES = 12


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    """Three clips of FRAMES frames, one of them in a folder below."""
    folder = tmp_path / "footage"
    (folder / "day2").mkdir(parents=True)
    for name in ("a.mp4", "b.mp4", "day2/c.mkv"):
        make_clip(folder / name, Clip(pts=range(FRAMES)))
    return folder


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Here]:
    """Has the next batches done by workers of this process; given what `Here` takes, returns them."""

    def use(**given: Any) -> Here:
        workers = Here(**given)
        monkeypatch.setattr("livebrush.realtime.batch.batch.workers_on", lambda *_: workers)
        return workers

    use()
    return use
