"""What every sink promises, asked of all of them: recordings, the network, the virtual camera.

The virtual camera has a backend that keeps what it is sent; receivers are on this machine.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import SOUND_HZ, Frame, PaintedFrame, SoundBlock
from livebrush.realtime.live.sinks.network import NetworkSink
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.sinks.registry import SINK_KINDS, SinkOptions, open_sink
from livebrush.realtime.live.sinks.sink import Sink
from livebrush.realtime.live.sinks.virtual_camera import VirtualCamera
from tests.realtime.live.camera_backend import KeptFrames
from tests.realtime.video.clips import frames as frames_in

pytestmark = pytest.mark.usefixtures("no_thread_stays")

Open = Callable[[], Sink]


@pytest.fixture
def mkv(tmp_path: Path) -> Open:
    return lambda: Recording(tmp_path / "night.mkv", 30)


@pytest.fixture
def mp4(tmp_path: Path) -> Open:
    return lambda: Recording(tmp_path / "night.mp4", 30)


@pytest.fixture
def udp() -> Iterator[Open]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        yield lambda: NetworkSink(f"udp://127.0.0.1:{receiver.getsockname()[1]}", 30)


@pytest.fixture
def tcp() -> Iterator[Open]:
    """A receiver that takes everything."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def receive() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(5)
                    while connection.recv(65536):
                        pass

        receiver = threading.Thread(target=receive)
        receiver.start()
        yield lambda: NetworkSink(f"tcp://secret@127.0.0.1:{server.getsockname()[1]}", 30)
        over.set()
        receiver.join()


@pytest.fixture
def virtual_camera(camera_backend: type[KeptFrames]) -> Open:
    return lambda: VirtualCamera(rate_hz=100)


@pytest.fixture(params=["mkv", "mp4", "udp", "tcp", "virtual_camera"])
def open_one(request: pytest.FixtureRequest) -> Open:
    return request.getfixturevalue(request.param)


def painted(number: int, size: tuple[int, int] = (48, 64)) -> PaintedFrame:
    pixels = np.full((*size, 3), 10 + number % 200, np.uint8)
    pixels.flags.writeable = False  # a sink that changed it would change what the others get
    return PaintedFrame(Frame(pixels, time.monotonic(), number), pixels, "grey", 0.0)


def test_every_kind_that_can_be_named_is_under_this_contract() -> None:
    assert {kind.name for kind in SINK_KINDS} == {"recording", "network", "virtual camera"}


def test_a_with_block_closes_it_and_all_is_well(open_one: Open) -> None:
    with open_one() as sink:
        assert isinstance(sink, Sink)
        for number in range(10):
            sink.show(painted(number))
            time.sleep(0.01)
    assert (sink.problem, sink.trouble) == ("", "")
    assert "\n" not in sink.outcome()


def test_showing_never_waits(open_one: Open) -> None:
    with open_one() as sink:
        started = time.monotonic()
        for number in range(300):
            sink.show(painted(number))
        assert time.monotonic() - started < 2  # the frames alone take a while to make


def test_without_a_frame_there_is_nothing(open_one: Open, tmp_path: Path) -> None:
    with open_one() as sink:
        pass
    assert sink.problem == "" and not list(tmp_path.glob("night.*"))


def test_closing_twice_is_closing_once_and_later_frames_are_nothing(open_one: Open) -> None:
    sink = open_one()
    for number in range(5):
        sink.show(painted(number))
    sink.close()
    outcome = sink.outcome()
    sink.show(painted(6))
    sink.close()
    assert (sink.problem, sink.outcome()) == ("", outcome)


def test_frames_of_another_size_are_taken_as_well(open_one: Open) -> None:
    with open_one() as sink:
        for size in ((48, 64), (30, 50), (49, 65), (48, 64)):
            for number in range(3):
                sink.show(painted(number, size))
                time.sleep(0.01)
    assert sink.problem == ""


def test_it_says_where_frames_go_and_gives_no_secret_away(open_one: Open, tmp_path: Path) -> None:
    with open_one() as sink:
        sink.show(painted(0))
        deadline = time.monotonic() + 10
        while not sink.target:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        assert sink.name in ("recording", "network", "virtual camera")
        assert "secret" not in sink.target


def sound(seconds: float = 0.02) -> SoundBlock:
    samples = np.full((round(seconds * SOUND_HZ), 2), 0.5, np.float32)
    samples.flags.writeable = False
    return SoundBlock(samples, time.monotonic())


def test_sound_is_taken_at_any_time_and_never_waited_for(open_one: Open) -> None:
    """Before the first frame, after it, between frames for long, and after the end; expected or not."""
    for expected in (True, False):
        with open_one() as sink:
            assert sink.takes_sound in (True, False)
            sink.with_sound = expected
            started = time.monotonic()
            for _ in range(300):
                sink.hear(sound())
            assert time.monotonic() - started < 2
            for number in range(5):
                sink.show(painted(number))
                sink.hear(sound())
                time.sleep(0.01)
            for _ in range(1000):
                sink.hear(sound())
        sink.hear(sound())
        assert (sink.problem, sink.trouble) == ("", "")
        if isinstance(sink, Recording):
            with av.open(sink.target) as container:
                assert len(container.streams.audio) == expected and container.streams.video
            Path(sink.target).unlink()


@pytest.mark.parametrize(
    "broken",
    [
        lambda folder: NetworkSink("tcp://127.0.0.1:9", 30),
        lambda folder: VirtualCamera(rate_hz=100),
    ],
)
def test_one_that_fails_says_why_and_takes_no_more(
    broken: Callable[[Path], Sink], tmp_path: Path, camera_backend: type[KeptFrames]
) -> None:
    camera_backend.refusal = "No device found."
    with broken(tmp_path) as sink:
        deadline = time.monotonic() + 10
        while not sink.problem:
            assert time.monotonic() < deadline
            sink.show(painted(0))
            time.sleep(0.005)
        sink.show(painted(1))
    assert sink.problem and "\n" not in sink.problem
    assert camera_backend.opened == []


def test_a_text_names_a_sink(tmp_path: Path, camera_backend: type[KeptFrames]) -> None:
    said: list[str] = []
    with open_sink(str(tmp_path / "a.mkv"), SinkOptions(25, said.append)) as recording:
        assert isinstance(recording, Recording)
        for number, size in enumerate([(48, 64), (20, 20)]):
            recording.show(painted(number, size))
    assert len(frames_in(tmp_path / "a.mkv")) == 3 and "20x20" in said[0]
    with open_sink("udp://127.0.0.1:5000") as network:
        assert isinstance(network, NetworkSink)
    with open_sink("virtual-camera:/dev/video10") as camera:
        assert isinstance(camera, VirtualCamera) and camera.target == "/dev/video10"


@pytest.mark.parametrize(
    ("text", "message"),
    [("ftp://somewhere", "cannot send by ftp"), ("night.gif", "a recording cannot have the suffix '.gif'")],
)
def test_a_text_that_names_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(LivebrushError, match=message):
        open_sink(text)
