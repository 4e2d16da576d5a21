"""Painted frames to every sink; sinks that come and go."""

import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.realtime.live.frame import Frame, PaintedFrame, SoundBlock
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.outputs import Outputs
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.sinks.sink import Sink

pytestmark = pytest.mark.usefixtures("no_thread_stays")


class RememberingSink(Sink):
    name = "remembering"

    def __init__(self) -> None:
        self.shown = self.closed = 0

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
def outputs(sink: RememberingSink, notices: Notices) -> Iterator[Outputs]:
    outputs = Outputs([sink], notices)
    yield outputs
    outputs.close()


def recording_to(path: Path) -> Recording:
    return Recording(path, 10, clock=lambda: 0.5)


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_every_sink_gets_every_frame_and_is_closed_once(outputs: Outputs, sink: RememberingSink) -> None:
    for number in range(3):
        outputs.show(painted(number))
    outputs.close()
    outputs.close()
    assert (sink.shown, sink.closed) == (3, 1)


def test_a_recording_holds_what_was_painted_while_it_was_there(
    outputs: Outputs, tmp_path: Path, notices: Notices
) -> None:
    outputs.show(painted(0))
    recording = recording_to(tmp_path / "night.mkv")
    outputs.add(recording)
    assert outputs.of(Recording) == [recording]
    for number in range(1, 5):
        outputs.show(painted(number))
    outputs.remove(recording)
    outputs.remove(recording)
    outputs.show(painted(5))
    assert outputs.of(Recording) == []
    outputs.close()
    assert frames_in(tmp_path / "night.mkv") == 5  # and the last one again, for its duration
    assert [line.partition(" to ")[0] for line in notices.current()] == ["recorded 0.4 s"]


class HearingSink(RememberingSink):
    takes_sound = True

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[float] = []

    def hear(self, block: SoundBlock) -> None:
        self.heard.append(block.time_s)


def test_a_sink_that_comes_later_hears_the_last_two_seconds(outputs: Outputs) -> None:
    """Its first frame is older than that by what painting takes."""
    first, later = HearingSink(), HearingSink()
    outputs.add(first)
    assert outputs.lack_sound
    outputs.expect_sound()
    assert first.with_sound and not outputs.lack_sound
    for number in range(50):
        outputs.hear(SoundBlock(np.zeros((6000, 2), np.float32), number / 8))
    outputs.add(later)
    outputs.hear(SoundBlock(np.zeros((6000, 2), np.float32), 6.25))
    assert later.with_sound
    assert first.heard == [number / 8 for number in range(51)]
    assert later.heard == [number / 8 for number in range(33, 51)]


def test_where_no_sound_comes_silence_is_heard_as_time_goes_by(outputs: Outputs) -> None:
    """Some seconds behind, so that sound that is late is not cut."""
    sink = HearingSink()
    outputs.add(sink)
    outputs.hear_silence(100)
    assert sink.heard == []  # nobody expects sound
    outputs.expect_sound()
    outputs.hear(SoundBlock(np.ones((48_000, 2), np.float32), 99))
    for tenths in range(1000, 1100):
        outputs.hear_silence(tenths / 10)
    assert sink.heard == [99, 100, 101, 102, 103, 104, 105, 106]
    outputs.hear(SoundBlock(np.ones((48_000, 2), np.float32), 109))
    outputs.hear_silence(110)
    assert sink.heard[-1] == 109


def test_removing_does_not_wait_for_what_is_completed(outputs: Outputs) -> None:
    class Slow(RememberingSink):
        def close(self) -> None:
            time.sleep(0.5)
            super().close()

    slow = Slow()
    outputs.add(slow)
    started = time.monotonic()
    outputs.remove(slow)
    assert time.monotonic() - started < 0.3 and slow not in outputs.sinks
    outputs.close()
    assert slow.closed == 1


def test_a_sink_with_a_problem_is_left_out_and_the_rest_goes_on(
    outputs: Outputs, sink: RememberingSink, notices: Notices
) -> None:
    other = RememberingSink()
    outputs.add(other)
    sink.problem = "unplugged"
    outputs.report_problems()
    outputs.report_problems()
    outputs.show(painted(0))
    outputs.close()
    assert (sink.shown, sink.closed, other.shown) == (0, 1, 1)
    assert outputs.lost_one
    assert notices.current() == ["remembering stopped: unplugged"]


def test_trouble_that_passes_is_told_once(outputs: Outputs, sink: RememberingSink, notices: Notices) -> None:
    said: list[str] = []
    outputs = Outputs([sink], Notices(said.append))
    for trouble in ("broken; tried again in 1 s", "broken; tried again in 1 s", "goes on"):
        sink.trouble = trouble
        outputs.report_problems()
    assert said == ["broken; tried again in 1 s", "goes on"] and sink in outputs.sinks


def test_a_recording_that_is_still_on_is_completed_at_the_end(outputs: Outputs, tmp_path: Path) -> None:
    outputs.add(recording_to(tmp_path / "night.mkv"))
    outputs.show(painted(1))
    outputs.close()
    assert frames_in(tmp_path / "night.mkv") == 2
