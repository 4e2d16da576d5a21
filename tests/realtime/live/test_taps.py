"""Painted frames to every sink; recordings that come and go."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.taps import Taps


class RememberingSink:
    name = "remembering"

    def __init__(self) -> None:
        self.problem, self.trouble, self.shown, self.closed = "", "", 0, 0

    def show(self, painted: PaintedFrame) -> None:
        self.shown += 1

    def close(self) -> None:
        self.closed += 1


def painted(number: int) -> PaintedFrame:
    pixels = np.full((48, 64, 3), 10 * number, np.uint8)
    return PaintedFrame(Frame(pixels, number / 10, number), pixels, "grey", 0.0)


@pytest.fixture
def sink() -> RememberingSink:
    return RememberingSink()


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture
def taps(tmp_path: Path, sink: RememberingSink, notices: Notices) -> Iterator[Taps]:
    taps = Taps([sink], notices, lambda: Recording(tmp_path / "night.mkv", 10, clock=lambda: 0.5))
    yield taps
    taps.close()


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_every_sink_gets_every_frame_and_is_closed(taps: Taps, sink: RememberingSink) -> None:
    for number in range(3):
        taps.show(painted(number))
    taps.close()
    assert (sink.shown, sink.closed) == (3, 1)


def test_a_recording_holds_what_was_painted_while_it_was_on(
    taps: Taps, tmp_path: Path, notices: Notices
) -> None:
    taps.show(painted(0))
    taps.start_recording()
    for number in range(1, 5):
        taps.show(painted(number))
    taps.stop_recording()
    taps.show(painted(5))
    assert taps.recording is None
    taps.close()
    assert frames_in(tmp_path / "night.mkv") == 5  # and the last one again, for its duration
    assert notices.current()[0] == f"recording to {tmp_path / 'night.mkv'}"
    assert notices.current()[-1].startswith("recorded 0.4 s to")


def test_starting_twice_is_starting_once(taps: Taps) -> None:
    taps.start_recording()
    first = taps.recording
    taps.start_recording()
    assert taps.recording is first


def test_a_sink_with_a_problem_is_left_out_and_the_rest_goes_on(
    taps: Taps, sink: RememberingSink, notices: Notices
) -> None:
    sink.problem = "unplugged"
    taps.report_problems()
    taps.report_problems()
    taps.show(painted(0))
    assert (sink.shown, sink.closed) == (0, 1)
    assert notices.current() == ["remembering stopped: unplugged"]


def test_a_recording_with_a_problem_stops_and_another_can_start(
    taps: Taps, notices: Notices, tmp_path: Path
) -> None:
    taps.start_recording()
    assert taps.recording is not None
    taps.recording.problem = "disk full"
    taps.report_problems()
    assert taps.recording is None
    assert notices.current()[-1] == "recording stopped: disk full"
    taps.start_recording()
    assert taps.recording is not None


def test_a_recording_that_is_still_on_is_completed_at_the_end(taps: Taps, tmp_path: Path) -> None:
    taps.start_recording()
    taps.show(painted(1))
    taps.close()
    assert frames_in(tmp_path / "night.mkv") == 2
