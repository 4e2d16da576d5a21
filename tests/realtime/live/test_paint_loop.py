"""The painting thread: newest frame in, every painting delivered, errors kept."""

import queue
from pathlib import Path

import numpy as np
import pytest

from livebrush.models.catalogue import Choice
from livebrush.models.contract import read_style_model
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.net_size import NetSizer
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.paint_loop import PaintLoop
from livebrush.realtime.live.painter import Painter
from livebrush.realtime.live.settings import PaintSettings
from tests.realtime.live.styles import write_grey
from tests.tiny_models import write_stateful_model


def frame(number: int) -> Frame:
    return Frame(np.full((6, 8, 3), number, np.uint8), float(number), number)


@pytest.fixture
def painter(tmp_path: Path) -> Painter:
    write_stateful_model(tmp_path / "count.onnx")
    paths = [write_grey(tmp_path / "dark.onnx", 10), tmp_path / "count.onnx"]
    deck = Deck([Choice(read_style_model(path)) for path in paths], "cpu", 1)
    return Painter(deck, NetSizer(30), Notices(), crossfade_s=0)


def test_what_comes_is_painted_and_measured_until_it_is_closed(painter: Painter) -> None:
    mailbox: Mailbox[Frame] = Mailbox()
    delivered: queue.Queue[PaintedFrame] = queue.Queue()
    loop = PaintLoop(mailbox, painter, lambda: PaintSettings("dark"), delivered.put)
    loop.start()
    for number in range(5):
        mailbox.put(frame(number))
        painted = delivered.get(timeout=10)
        assert painted.frame.number == number
        assert painted.painted.max() == 10
    loop.close()
    assert not loop.is_alive()
    assert loop.paint_s.percentile(0.5) >= loop.net_s.percentile(0.5) > 0


def test_settings_take_effect_on_the_next_frame(painter: Painter) -> None:
    mailbox: Mailbox[Frame] = Mailbox()
    delivered: queue.Queue[PaintedFrame] = queue.Queue()
    settings = [PaintSettings("dark")]
    loop = PaintLoop(mailbox, painter, lambda: settings[0], delivered.put)
    loop.start()
    mailbox.put(frame(1))
    delivered.get(timeout=10)
    settings[0] = PaintSettings("dark", original=True)
    mailbox.put(frame(2))
    assert delivered.get(timeout=10).painted.max() == 2
    loop.close()


def test_a_restart_starts_state_anew(painter: Painter) -> None:
    mailbox: Mailbox[Frame] = Mailbox()
    delivered: queue.Queue[PaintedFrame] = queue.Queue()
    loop = PaintLoop(mailbox, painter, lambda: PaintSettings("count", net_size="full"), delivered.put)
    loop.start()
    counted = []
    for number in range(4):
        if number == 2:
            loop.restart()
        mailbox.put(frame(number))
        counted.append(int(delivered.get(timeout=10).painted.max()))
    loop.close()
    assert counted == [0, 1, 0, 1]


def test_an_error_ends_the_loop_and_is_kept(painter: Painter) -> None:
    def refuse(_painted: PaintedFrame) -> None:
        raise RuntimeError("no")

    mailbox: Mailbox[Frame] = Mailbox()
    loop = PaintLoop(mailbox, painter, lambda: PaintSettings("dark"), refuse)
    loop.start()
    mailbox.put(frame(1))
    loop.join(10)
    assert not loop.is_alive()
    assert isinstance(loop.error, RuntimeError)
    assert not loop.busy
