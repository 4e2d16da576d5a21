"""A picture that is learnt while it is painted after."""

import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from livebrush.models.errors import LivebrushError
from livebrush.models.events import OnEvent, Progress
from livebrush.realtime.live import learning
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.session import LiveSession
from livebrush.realtime.live.settings import LiveOptions, PaintSettings
from livebrush.realtime.made.asked import find_styles
from livebrush.realtime.made.picture_style import learnt_file, sha256_of_pixels, style_pixels
from livebrush.realtime.workers.local import LocalWorkers
from livebrush.realtime.workers.port import Message, Task
from livebrush.realtime.workers.process import outcome_of
from tests.realtime.live.scripted_source import ScriptedSource
from tests.realtime.live.styles import write_grey
from tests.realtime.workers.here import Here

pytestmark = pytest.mark.usefixtures("no_thread_stays")
GREY = 77
_going_on = threading.Event()


def quick(picture: str, folder: str, on_event: OnEvent) -> dict[str, Any]:
    """In place of the training: half of it, and the rest when a test says so."""
    on_event(Progress(250, 500))
    assert _going_on.wait(10)
    target = learnt_file(sha256_of_pixels(style_pixels(Path(picture))))
    target.parent.mkdir(parents=True)
    write_grey(target, GREY)
    return {}


def failing(picture: str, folder: str, on_event: OnEvent) -> dict[str, Any]:
    raise LivebrushError("PyTorch is not installed", code="not_installed")


class InThreads(Here):
    """Tells of a task while it is being done."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._told: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._do)

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def give(self, task: Task) -> None:
        super().give(task)
        self._thread.start()

    def next(self, timeout_s: float) -> Message | None:
        try:
            return self._told.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _do(self) -> None:
        self._told.put(outcome_of(self.given[0], self._told.put, threading.Event()))


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveSession]:
    """Of a picture and a style, with workers that are threads."""
    monkeypatch.setattr(learning, "LocalWorkers", InThreads)
    monkeypatch.setattr(learning, "FUNCTION", f"{__name__}:quick")
    _going_on.clear()
    pixels = np.random.default_rng(2).integers(0, 256, (80, 100, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "mine.png")
    deck = Deck(
        [find_styles(str(tmp_path / "mine.png")), find_styles(str(write_grey(tmp_path / "grey.onnx", 5)))],
        "cpu",
        1,
    )
    frames = (np.full((48, 64, 3), number % 256, np.uint8) for number in itertools.count())
    source = ScriptedSource(frames)
    made = LiveSession(
        source, deck, PaintSettings("mine", net_size="full"), options=LiveOptions(crossfade_s=0)
    )
    yield made
    _going_on.set()
    made.stop()


def wait_for(what: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 20
    while not what():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def test_a_picture_is_learnt_and_paints_better_at_once(session: LiveSession) -> None:
    with session:
        session.controls.do("learn")
        wait_for(lambda: session.state().learnt_share == 0.475)
        assert session.state().as_json()["learning"] == "mine"
        with pytest.raises(LivebrushError, match="mine is being learnt: one at a time"):
            session.controls.do("learn")
        _going_on.set()
        wait_for(lambda: session.last is not None and bool((session.last.painted == GREY).all()))
        wait_for(lambda: session.state().learning is None)
        assert "mine learnt" in session.state().notices
        assert session.deck.names == ("mine", "grey")
        with pytest.raises(LivebrushError, match="mine is learnt already"):
            session.controls.do("learn")
        session.deck.picture_of("mine").unlink()
        with pytest.raises(LivebrushError, match=r"mine\.png"):
            session.controls.do("learn")


def test_a_style_that_is_no_picture_is_refused(session: LiveSession) -> None:
    with session:
        session.controls.do("style", "grey")
        with pytest.raises(LivebrushError, match="grey is no picture: pictures are learnt"):
            session.controls.do("learn")


def test_why_it_is_not_learnt_is_said(session: LiveSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "FUNCTION", f"{__name__}:failing")
    with session:
        session.controls.do("learn")
        wait_for(lambda: "mine.png is not learnt: PyTorch is not installed" in session.state().notices)
        assert session.state().learning is None


def test_a_show_that_ends_ends_the_learning(session: LiveSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "LocalWorkers", LocalWorkers)
    monkeypatch.setattr(learning, "FUNCTION", "livebrush.realtime.workers.process:main")  # never returns
    with session:
        session.controls.do("learn")
        assert session.state().learning == "mine"
    assert session.learning and not session.learning.is_alive()
