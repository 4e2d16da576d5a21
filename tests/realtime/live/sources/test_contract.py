"""What every live source promises, asked of all of them: videos, streams, cameras, screens and the test pattern.

The camera is a stand-in for OpenCV's; streams come over this machine's own network; the screen is a virtual one.
"""

import itertools
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.camera import CameraSource
from livebrush.realtime.live.sources.registry import SOURCE_KINDS, SourceOptions, kind_of, make_source
from livebrush.realtime.live.sources.screen_grab import Area, ScreenSource
from livebrush.realtime.live.sources.source import Delivered, LiveSource, Playable, SourceEnded, SourceLost
from livebrush.realtime.live.sources.stream import StreamSource
from livebrush.realtime.live.sources.test_pattern import TestPattern as Pattern
from livebrush.realtime.live.sources.video_file import VideoFileSource
from tests.realtime.live.fake_camera import CAMERA, FakeCamera
from tests.realtime.live.screen.virtual_screen import Screen
from tests.realtime.video.clips import Clip, make_clip

pytestmark = pytest.mark.usefixtures("no_thread_stays")

SIZE = (48, 64)
_ENOUGH_S = 10.0  # for a busy machine


@pytest.fixture
def video(tmp_path: Path) -> LiveSource:
    clip = Clip(pts=range(75), audio_starts=())
    return VideoFileSource(make_clip(tmp_path / "video.mp4", clip), sound=False)


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[LiveSource]:
    """A sender that sends the same second of a transport stream to everybody, again and again, faster than life."""
    data = make_clip(tmp_path / "a.ts", Clip(pts=range(25))).read_bytes()
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def send() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                connection.settimeout(0.5)
                with connection:
                    try:
                        while not over.wait(0.02):
                            connection.sendall(data)
                    except OSError:  # the source has closed
                        continue

        sender = threading.Thread(target=send)
        sender.start()
        yield StreamSource(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        over.set()
        sender.join()


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> LiveSource:
    FakeCamera(modes=[(*SIZE, 30.0)], frame_s=0.01).install(monkeypatch)
    return CameraSource(CAMERA, SIZE, 30)


@pytest.fixture
def pattern() -> LiveSource:
    return Pattern(SIZE, 50)


@pytest.fixture
def screen() -> Iterator[LiveSource]:
    with Screen() as virtual:
        yield ScreenSource(Area(64, 48, 10, 20), 30, display=virtual.display)


ALL = ("video", "stream", "camera", "pattern", "screen")


@pytest.fixture(params=ALL)
def source(request: pytest.FixtureRequest) -> Iterator[LiveSource]:
    source = request.getfixturevalue(request.param)
    yield source
    source.close()


def frames(source: LiveSource, count: int) -> list[Delivered]:
    """The next so many, however often there is none yet."""
    got: list[Delivered] = []
    until_s = time.monotonic() + _ENOUGH_S
    while len(got) < count:
        assert time.monotonic() < until_s, f"only {len(got)} of {count} frames came"
        if (delivered := source.read()) is not None:
            got.append(delivered)
    return got


def test_every_kind_that_can_be_named_is_under_this_contract() -> None:
    kinds = {"video", "stream", "camera", "test pattern", "screen"}
    assert {kind.name for kind in SOURCE_KINDS} == kinds and len(kinds) == len(ALL)


def test_a_with_block_opens_and_closes_it(source: LiveSource) -> None:
    with source as opened:
        assert opened is source
        frames(source, 1)
    with pytest.raises(SourceLost):
        for _ in range(100):
            source.read()


def test_frames_are_rgb_bytes_of_their_own_that_nobody_touches_again(source: LiveSource) -> None:
    with source:
        got = frames(source, 6)
        kept = [delivered.pixels.copy() for delivered in got]
        frames(source, 6)
    for delivered, before in zip(got, kept, strict=True):
        pixels = delivered.pixels
        assert pixels.shape == (*SIZE, 3) and pixels.dtype == np.uint8
        assert np.array_equal(pixels, before)
    for one, other in itertools.combinations(got, 2):
        assert not np.shares_memory(one.pixels, other.pixels)


def test_a_frame_was_captured_before_it_came_and_after_the_one_before(source: LiveSource) -> None:
    with source:
        last_s = -math.inf
        for _ in range(5):
            (delivered,) = frames(source, 1)
            if delivered.captured_s is not None:
                assert last_s <= delivered.captured_s <= time.monotonic()
                last_s = delivered.captured_s


def test_reading_waits_a_moment_at_most(source: LiveSource) -> None:
    """Cameras and live streams wait for the next frame, which is the system's time."""
    with source:
        frames(source, 1)
        longest_s = 0.0
        for _ in range(5):
            started = time.monotonic()
            source.read()
            longest_s = max(longest_s, time.monotonic() - started)
    assert longest_s < 1


def test_it_says_who_it_is_before_and_after_it_is_open(source: LiveSource) -> None:
    for _ in range(2):
        assert source.name and "\n" not in source.name
        assert source.faces_viewer in (True, False)
        assert source.rate_hz is None or source.rate_hz > 0
        assert source.skipped >= 0
        source.open()


def test_closing_twice_and_without_opening_is_nothing(source: LiveSource) -> None:
    source.close()
    source.open()
    source.close()
    source.close()


def test_it_opens_again_after_closing_and_while_it_is_open(source: LiveSource) -> None:
    for close in (True, False, True):
        source.open()
        assert frames(source, 2)
        if close:
            source.close()


def test_it_can_be_closed_by_another_thread_than_the_one_that_reads(source: LiveSource) -> None:
    with source:
        frames(source, 1)
        closing = threading.Thread(target=source.close)
        closing.start()
        closing.join(10)
        assert not closing.is_alive()


@pytest.mark.parametrize(
    "unopenable",
    [
        lambda folder: VideoFileSource(folder / "missing.mp4"),
        lambda folder: StreamSource("tcp://127.0.0.1:9", open_timeout_s=1),
        lambda folder: CameraSource(CAMERA),
        lambda folder: ScreenSource(display=":1234"),
        lambda folder: ScreenSource(Area(99999, 99999), display=":1234"),
    ],
)
def test_what_does_not_open_says_so_in_a_line_and_may_be_closed(
    unopenable: Callable[[Path], LiveSource], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeCamera(refused=1000).install(monkeypatch)
    source = unopenable(tmp_path)
    with pytest.raises(LivebrushError) as caught:
        source.open()
    assert source.name in str(caught.value) and "\n" not in str(caught.value)
    source.close()


def test_a_video_ends_and_can_be_wound(video: LiveSource) -> None:
    assert isinstance(video, Playable)
    with video:
        frames(video, 1)
        video.pause(True)
        video.seek_by(1)
        assert video.position_s == pytest.approx(1, abs=0.1)
        frames(video, 1)
        assert video.read() is None
        video.pause(False)
        video.seek_by(100)
        with pytest.raises(SourceEnded):
            frames(video, 100)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("video.mp4", "video"),
        ("C:\\videos\\camera.mp4", "video"),
        ("./camera", "video"),
        ("rtsp://host/camera:1", "stream"),
        ("camera", "camera"),
        ("camera:Logitech C920: left", "camera"),
        ("screen", "screen"),
        ("screen:640x480+0+0", "screen"),
        ("test-pattern", "test pattern"),
    ],
)
def test_what_a_text_names(text: str, kind: str) -> None:
    assert kind_of(text).name == kind


def test_what_is_named_is_made_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livebrush.realtime.live.sources.camera_list.list_cameras", lambda: [CAMERA])
    with make_source("test-pattern", SourceOptions(90, 25)) as pattern:
        assert (frames(pattern, 1)[0].pixels.shape, pattern.rate_hz) == ((90, 160, 3), 25)
    clip = make_clip(tmp_path / "video.mp4", Clip(pts=range(50)))
    with make_source(str(clip), SourceOptions(24, start_s=1, sound=False)) as video:
        assert frames(video, 1)[0].pixels.shape == (24, 32, 3)
        assert isinstance(video, Playable) and video.position_s == pytest.approx(1, abs=0.1)
    assert make_source("camera:test").name == "Testcam"
    with pytest.raises(LivebrushError, match="no camera is called 'Logitech'"):
        make_source("camera:Logitech")
    with pytest.raises(LivebrushError, match="'640' is no part of a screen: write WIDTHxHEIGHT"):
        make_source("screen:640")
