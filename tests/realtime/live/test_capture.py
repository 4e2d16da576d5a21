"""Capture: frames into the mailbox, losses and how they end, pauses, and threads that end."""

import queue
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.capture import Capture
from livebrush.realtime.live.frame import Frame
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.sources import camera as camera_module
from livebrush.realtime.live.sources.camera import CameraSource
from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceEnded, SourceLost
from tests.realtime.live.fake_camera import CAMERA, FakeCamera
from tests.realtime.live.hand_set_clock import HandSetClock

PIXELS = np.zeros((4, 4, 3), np.uint8)


class Script(LiveSource):
    """A source that does what the test says next: delivers pixels or None, or raises.

    refusals: errors that the next openings raise
    """

    name, rate_hz = "script", 30.0
    captured_s: float | None = None  # what it says of its frames

    def __init__(self) -> None:
        self.skipped = 0
        self.steps: queue.Queue[np.ndarray | Exception | None] = queue.Queue()
        self.refusals: list[Exception] = []
        self.opened: list[str] = []  # the thread that opened it, each time
        self.closed = 0

    def open(self) -> None:
        self.opened.append(threading.current_thread().name)
        if self.refusals:
            raise self.refusals.pop(0)

    def read(self) -> Delivered | None:
        try:
            step = self.steps.get(timeout=0.02)
        except queue.Empty:
            return None
        if isinstance(step, Exception):
            raise step
        return Delivered(step, self.captured_s) if step is not None else None

    def close(self) -> None:
        self.closed += 1


class Video(Script):
    """A source that can be paused and wound."""

    position_s, duration_s = 0.0, None

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[bool] = []
        self.notes: list[str] = []

    def pause(self, paused: bool) -> None:
        self.pauses.append(paused)

    def seek_by(self, seconds: float) -> None: ...


def until(condition: Callable[[], object], limit_s: float = 10) -> None:
    """Waits for another thread; the limit is for a machine that is very busy."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


@pytest.fixture
def play() -> Iterator[Callable[..., tuple[Capture, Mailbox[Frame]]]]:
    """Opens a source and starts capturing it; everything is closed at the end, and no thread is left."""
    begun: list[Capture] = []

    def start(source, **options) -> tuple[Capture, Mailbox[Frame]]:
        mailbox: Mailbox[Frame] = Mailbox()
        begun.append(Capture(source, mailbox, **{"retry_s": 0.01, **options}))
        begun[-1].open()
        begun[-1].start()
        return begun[-1], mailbox

    yield start
    for capture in begun:
        capture.close()
        capture.close()
    assert "livebrush-capture" not in {thread.name for thread in threading.enumerate()}


def test_frames_are_stamped_and_numbered(play):
    source, clock = Script(), HandSetClock()
    capture, mailbox = play(source, clock=clock)
    assert (capture.state, capture.trouble, capture.frames) == ("starting", "", 0)
    taken = []
    for _ in range(3):
        clock.now += 1
        source.steps.put(PIXELS)
        taken.append(mailbox.take(5))
    assert [(frame.number, frame.captured_s) for frame in taken] == [(0, 1), (1, 2), (2, 3)]
    assert taken[0].pixels is PIXELS
    assert (capture.state, capture.trouble, capture.frames) == ("playing", "", 3)


def test_a_source_that_knows_when_is_believed_as_far_as_it_can_be_true(play):
    source, clock = Script(), HandSetClock()
    _, mailbox = play(source, clock=clock)
    captured = []
    for now, own_s in ((10, 9.5), (11, 10.7), (12, 10.1), (13, 99.0), (14, None)):
        clock.now, source.captured_s = now, own_s
        source.steps.put(PIXELS)
        captured.append(mailbox.take(5).captured_s)
    assert captured == [9.5, 10.7, 10.7, 13, 14]  # not before the last one, and not to come


def test_the_newest_frame_wins_and_the_others_are_counted(play):
    source = Script()
    capture, mailbox = play(source)
    for value in range(5):
        source.steps.put(np.full((4, 4, 3), value, np.uint8))
    until(lambda: capture.frames == 5)
    frame = mailbox.take(0)
    assert frame is not None and frame.number == 4 and frame.pixels[0, 0, 0] == 4
    assert mailbox.dropped == 4


def test_the_first_opening_is_in_the_calling_thread_and_its_error_is_raised():
    source = Script()
    source.refusals = [LivebrushError("no camera")]
    capture = Capture(source, Mailbox())
    with pytest.raises(LivebrushError, match="no camera"):
        capture.open()
    capture.open()
    assert source.opened == [threading.current_thread().name] * 2
    capture.close()
    assert source.closed == 1


def test_a_lost_source_is_opened_again_until_it_works(play):
    source = Script()
    capture, mailbox = play(source)
    source.steps.put(PIXELS)
    assert mailbox.take(5)
    source.refusals = [LivebrushError("not there"), LivebrushError("still not there")]
    source.steps.put(SourceLost("cable out"))
    until(lambda: len(source.opened) == 4)
    assert source.opened[1:] == ["livebrush-capture"] * 3
    assert (capture.state, capture.trouble) == ("reconnecting", "still not there")
    source.steps.put(PIXELS)
    frame = mailbox.take(5)
    assert frame is not None and frame.number == 1
    assert (capture.state, capture.trouble) == ("playing", "")


def test_the_reason_of_the_loss_is_told_and_retries_are_spaced(play):
    source = Script()
    capture, _ = play(source, retry_s=60)
    source.steps.put(SourceLost("cable out"))
    until(lambda: capture.state == "reconnecting")
    assert capture.trouble == "cable out"
    assert source.closed == 1 and len(source.opened) == 1
    capture.close()  # does not wait for the minute
    assert source.opened == source.opened[:1]


def test_a_source_that_opens_but_is_lost_at_once_does_not_spin(play):
    class Flapping(Script):
        def read(self) -> Delivered | None:
            raise SourceLost("gone again")

    source = Flapping()
    capture, _ = play(source, retry_s=0.05)
    started = time.monotonic()
    until(lambda: len(source.opened) >= 4)
    assert time.monotonic() - started >= 3 * 0.05 * 0.9
    assert capture.state == "reconnecting"


def test_the_end_of_a_video_ends_it(play):
    source = Script()
    capture, mailbox = play(source)
    source.steps.put(PIXELS)
    source.steps.put(SourceEnded())
    until(lambda: capture.state == "ended")
    assert capture.trouble == "" and capture.error is None
    assert mailbox.take(0) is not None  # the last frame stays
    until(lambda: source.closed == 1)


def test_any_other_error_is_kept(play):
    source = Script()
    capture, _ = play(source)
    error = RuntimeError("decoder broken")
    source.steps.put(error)
    until(lambda: capture.state == "failed")
    assert capture.error is error and capture.trouble == "decoder broken"
    until(lambda: source.closed == 1)


def test_an_unexpected_error_while_reconnecting_is_kept_too(play):
    source = Script()
    capture, _ = play(source)
    source.refusals = [KeyError()]
    source.steps.put(SourceLost("cable out"))
    until(lambda: capture.state == "failed")
    assert isinstance(capture.error, KeyError) and capture.trouble == "KeyError"


def test_silence_is_a_stall_until_the_next_frame(play):
    source, clock = Script(), HandSetClock()
    capture, mailbox = play(source, clock=clock, stalled_s=3)
    clock.now += 2.9
    assert capture.state == "starting"
    clock.now += 0.2
    assert capture.state == "stalled" and capture.trouble == "script has delivered no picture for 3 s"
    source.steps.put(PIXELS)
    assert mailbox.take(5)
    assert (capture.state, capture.trouble) == ("playing", "")
    clock.now += 4
    assert capture.state == "stalled" and "4 s" in capture.trouble
    source.steps.put(SourceLost("cable out"))
    until(lambda: capture.state == "reconnecting")
    assert capture.trouble == "cable out"


def test_a_long_still_in_a_video_is_no_stall(play):
    source, clock = Video(), HandSetClock()
    capture, mailbox = play(source, clock=clock)
    source.steps.put(PIXELS)
    assert mailbox.take(5)
    clock.now += 60
    assert capture.state == "playing"


def test_a_paused_camera_is_read_but_nothing_is_put(play):
    source, clock = Script(), HandSetClock()
    capture, mailbox = play(source, clock=clock)
    capture.paused = True
    clock.now += 2
    for _ in range(3):
        source.steps.put(PIXELS)
    until(lambda: capture.frames == 3)
    clock.now += 2
    assert mailbox.take(0) is None and mailbox.dropped == 0
    assert capture.paused and capture.state == "playing"
    capture.paused = False
    source.steps.put(PIXELS)
    frame = mailbox.take(5)
    assert frame is not None and frame.number == 3


def test_a_video_is_paused_itself(play):
    """What it still delivers, the picture after a jump, is shown."""
    source = Video()
    capture, mailbox = play(source)
    capture.paused = True
    source.steps.put(PIXELS)
    assert mailbox.take(5) is not None
    capture.paused = False
    assert source.pauses == [True, False]


def test_the_rate_is_what_was_delivered_in_the_last_seconds(play):
    source, clock = Script(), HandSetClock()
    capture, mailbox = play(source, clock=clock)
    assert capture.rate_hz == 0

    def deliver(count: int, interval_s: float) -> None:
        for _ in range(count):
            clock.now += interval_s
            source.steps.put(PIXELS)
            assert mailbox.take(5)

    deliver(60, 1 / 25)
    assert capture.rate_hz == pytest.approx(25)
    deliver(30, 1 / 10)
    assert capture.rate_hz == pytest.approx(10)
    clock.now += 2.1
    assert capture.rate_hz == 0


def test_a_reader_that_hangs_does_not_hold_up_the_exit(monkeypatch):
    """And closes the source itself should it ever come back."""
    monkeypatch.setattr("livebrush.realtime.live.capture._JOIN_S", 0.1)
    release = threading.Event()

    class Hanging(Script):
        def read(self) -> Delivered | None:
            release.wait(10)
            return Delivered(PIXELS)

    source, mailbox = Hanging(), Mailbox[Frame]()
    capture = Capture(source, mailbox)
    capture.open()
    capture.start()
    started = time.monotonic()
    capture.close()
    assert time.monotonic() - started < 5 and source.closed == 0
    release.set()
    until(lambda: source.closed == 1)
    assert mailbox.take(0) is None


def test_a_camera_that_is_unplugged_comes_back(play, monkeypatch):
    """Camera source and capture together: pulled out, lost after ten reads, three failed attempts, then back."""
    monkeypatch.setattr(camera_module, "_FIRST_FRAME_S", 0.0)
    fake = FakeCamera(modes=((48, 64, 30.0),), failing=range(5, 18), frame_s=0.001).install(monkeypatch)
    capture, mailbox = play(CameraSource(CAMERA, (48, 64)))
    until(lambda: capture.frames >= 20)
    assert capture.state == "playing" and len(fake.opened) == 5
    frame = mailbox.take(5)
    assert frame is not None and frame.pixels.shape == (48, 64, 3)
    capture.close()
    assert fake.released == len(fake.opened)


def test_a_camera_that_hangs_in_its_driver_shows_as_stalled(play, monkeypatch):
    FakeCamera(modes=((48, 64, 30.0),), stalls={4: 0.4}, frame_s=0.001).install(monkeypatch)
    capture, _ = play(CameraSource(CAMERA, (48, 64)), stalled_s=0.1)
    until(lambda: capture.state == "stalled")
    assert "Testcam has delivered no picture" in capture.trouble
    until(lambda: capture.state == "playing")
