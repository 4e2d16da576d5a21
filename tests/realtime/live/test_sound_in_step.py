"""Sound in recordings and sends, in step with the pictures: a video's own and a microphone's.

Videos flash and beep. Everything is read off what was recorded; however late threads come, times stay true.
"""

import importlib
import io
import os
import queue
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.error import FFmpegError

from livebrush.models.catalogue import Choice
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.deck import Deck
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.session import LiveSession
from livebrush.realtime.live.settings import LiveOptions, PaintSettings
from livebrush.realtime.live.sinks.network import NetworkSink
from livebrush.realtime.live.sinks.recording import Recording
from livebrush.realtime.live.sinks.sink import Sink
from livebrush.realtime.live.sources.microphone import Microphone
from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceEnded
from livebrush.realtime.live.sources.stream import StreamSource
from livebrush.realtime.live.sources.test_pattern import TestPattern as Pattern
from livebrush.realtime.live.sources.video_file import VideoFileSource
from tests.realtime.live.flashes import FLASHES_S, RATE, Recorded, make_video, picture, recorded, tone
from tests.realtime.live.sound_card import SoundCard
from tests.realtime.live.styles import write_grey

pytestmark = pytest.mark.usefixtures("no_thread_stays")

IN_STEP_S = 0.04
ENOUGH_S = 60.0  # for a busy machine


@pytest.fixture
def deck(tmp_path: Path) -> Deck:
    return Deck([Choice(read_style_model(write_grey(tmp_path / "grey.onnx", 100)))], "cpu", 1)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("video") / "video.mkv")


def make_session(source: LiveSource, deck: Deck, *sinks: Sink, **options: Any) -> LiveSession:
    """The original is shown: flashes stay flashes."""
    paint = PaintSettings("grey", original=True)
    return LiveSession(source, deck, paint, sinks=sinks, options=LiveOptions(crossfade_s=0, **options))


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + ENOUGH_S
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def assert_in_step(what: str, found: Recorded, flashes: int = len(FLASHES_S)) -> None:
    apart_ms = [1000 * apart for apart in found.apart_s]
    listed = " ".join(f"{apart:.1f}" for apart in apart_ms)
    sys.stdout.write(f"\n{what}: tones behind flashes by {listed} ms\n")  # pytest -s shows it
    assert len(apart_ms) == flashes
    assert np.abs(apart_ms).max() < 1000 * IN_STEP_S


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".webm"])
def test_a_videos_own_sound_is_recorded_in_step(deck: Deck, video: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"a{suffix}"
    with make_session(VideoFileSource(video, mute=True), deck, Recording(target, RATE)) as session:
        assert session.state().sound == "video.mkv"
        assert session.wait(ENOUGH_S)
    found = recorded(target)
    assert_in_step(suffix, found)
    assert np.diff(found.flashes_s) == pytest.approx(np.diff(FLASHES_S), abs=0.005)  # the video's own times
    assert found.sound_s == pytest.approx(found.video_s, abs=0.15)


@pytest.mark.parametrize(("codec", "rate", "suffix"), [("aac", 44100, ".mp4"), ("mp2", 32000, ".ts")])
def test_other_tracks_of_sound(deck: Deck, tmp_path: Path, codec: str, rate: int, suffix: str) -> None:
    video = make_video(tmp_path / f"video{suffix}", sound=codec, sound_hz=rate)
    with make_session(
        VideoFileSource(video, mute=True), deck, Recording(tmp_path / "a.mkv", RATE)
    ) as session:
        assert session.wait(ENOUGH_S)
    assert_in_step(codec, recorded(tmp_path / "a.mkv"))


def test_without_a_sound_card_the_sound_is_recorded_all_the_same(
    deck: Deck, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with make_session(VideoFileSource(video), deck, Recording(tmp_path / "a.mkv", RATE)) as session:
        until(lambda: any("silently" in line for line in session.notices.current()))
        assert session.wait(ENOUGH_S)
    assert_in_step("no card", recorded(tmp_path / "a.mkv"))


def test_a_video_that_is_heard_is_recorded_as_it_is_heard(deck: Deck, video: Path, tmp_path: Path) -> None:
    """The video follows the card, whose clock is another; the recording follows the video."""
    from livebrush.realtime.live.sources.sound import VideoSound

    def make_sound(*asked: Any) -> VideoSound:
        return VideoSound(*asked, stream_class=PlayingCard)

    source = VideoFileSource(video, make_sound=make_sound)
    with make_session(source, deck, Recording(tmp_path / "a.mkv", RATE)) as session:
        assert session.wait(ENOUGH_S)
    assert_in_step("heard as well", recorded(tmp_path / "a.mkv"))


class PlayingCard:
    """Asks for sound half a per cent too fast."""

    samplerate, latency, active = 48_000.0, 0.1, True

    def __init__(self, callback: Any, **_: Any) -> None:
        self._callback, self._over = callback, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        from types import SimpleNamespace

        times = SimpleNamespace(currentTime=0.0, outputBufferDacTime=self.latency)
        begun_s, number = time.monotonic(), 0
        while not self._over.wait(max(0.0, begun_s + number * 0.01 / 1.005 - time.monotonic())):
            self._callback(np.zeros((480, 2), np.float32), 480, times, None)
            number += 1


def test_no_sound_is_no_track(deck: Deck, video: Path, tmp_path: Path) -> None:
    for source in (VideoFileSource(video, sound=False), Pattern((48, 64), 50)):
        target = tmp_path / f"{source.name}.mkv"
        with make_session(source, deck, Recording(target, RATE), duration_s=0.3) as session:
            assert session.state().sound == ""
            session.wait(ENOUGH_S)
        with av.open(str(target)) as container:
            assert not container.streams.audio and container.streams.video


def test_pausing_and_winding_keep_them_together(deck: Deck, video: Path, tmp_path: Path) -> None:
    with make_session(
        VideoFileSource(video, mute=True), deck, Recording(tmp_path / "a.mkv", RATE)
    ) as session:
        until(lambda: (session.state().position_s or 0) > 0.7)
        session.controls.do("pause")
        time.sleep(0.5)
        session.controls.do("pause")
        until(lambda: (session.state().position_s or 0) > 1.2)
        session.controls.do("seek", -1.1)
        assert session.wait(ENOUGH_S)
    found = recorded(tmp_path / "a.mkv")
    assert_in_step("paused and wound", found, len(FLASHES_S) + 2)  # two of them twice
    assert found.flashes_s[1] - found.flashes_s[0] > 0.52 + 0.45


def test_a_loop_goes_on_in_step(deck: Deck, tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mkv", 0.8)
    source = VideoFileSource(video, loop=True, mute=True)
    with make_session(source, deck, Recording(tmp_path / "a.mkv", RATE), duration_s=2.6) as session:
        assert session.wait(ENOUGH_S)
    found = recorded(tmp_path / "a.mkv")
    assert_in_step("looped", found, len(found.apart_s))
    assert len(found.flashes_s) >= 2
    assert np.diff(found.flashes_s) == pytest.approx(0.8, abs=0.005)


def test_a_recording_that_begins_in_the_middle_has_sound_from_its_first_picture(
    deck: Deck, video: Path, tmp_path: Path
) -> None:
    with make_session(VideoFileSource(video, mute=True), deck, out_dir=tmp_path) as session:
        slow_down(session, 0.15)  # frames come so much later than their sound
        until(lambda: (session.state().position_s or 0) > 0.7)
        session.controls.do("record")
        assert session.wait(ENOUGH_S)
    (target,) = tmp_path.glob("livebrush_*.mkv")
    found = recorded(target)
    assert_in_step("begun in the middle", found, len(found.apart_s))
    assert len(found.apart_s) >= 2


def slow_down(session: LiveSession, seconds: float) -> None:
    paint = session.painter.paint

    def slowly(*asked: Any) -> Any:
        time.sleep(seconds)
        return paint(*asked)

    session.painter.paint = slowly  # type: ignore[method-assign]


def test_a_net_that_is_slow_loses_frames_and_no_sound(deck: Deck, video: Path, tmp_path: Path) -> None:
    session = make_session(VideoFileSource(video, mute=True), deck, Recording(tmp_path / "a.mp4", RATE))
    slow_down(session, 0.1)
    with session:
        assert session.wait(ENOUGH_S)
    found = recorded(tmp_path / "a.mp4")
    assert session.report().dropped > 10
    assert np.diff(found.tones_s) == pytest.approx(np.diff(FLASHES_S), abs=0.005)
    assert_in_step("slow net", found)


def test_another_source_in_the_middle(deck: Deck, video: Path, tmp_path: Path) -> None:
    """Sound, silence, sound again: a recording has its tracks from its beginning."""
    recording = Recording(tmp_path / "a.mkv", RATE)
    with make_session(VideoFileSource(video, mute=True), deck, recording) as session:
        until(lambda: (session.state().position_s or 0) > 0.7)
        session.swap(Pattern((48, 64)))
        assert session.state().sound == ""
        seconds = recording.seconds
        until(lambda: recording.seconds > seconds + 0.5)
        session.swap(VideoFileSource(video, mute=True))
        assert session.wait(ENOUGH_S)
    found = recorded(tmp_path / "a.mkv", strict=False)
    flashes = [
        min(found.flashes_s, key=lambda flash_s: abs(flash_s - tone_s)) for tone_s in found.tones_s
    ]  # the pattern is light as well
    assert_in_step("swapped", Recorded(flashes, found.tones_s, 0, 0), 1 + len(FLASHES_S))
    assert found.sound_s == pytest.approx(found.video_s, abs=0.15)


def test_a_video_that_comes_too_late_for_a_track_is_said(deck: Deck, video: Path, tmp_path: Path) -> None:
    with make_session(Pattern((48, 64)), deck, Recording(tmp_path / "a.mkv", RATE)) as session:
        session.swap(VideoFileSource(video, mute=True))
        assert any(
            "video.mkv is not in what began without sound" in line for line in session.notices.current()
        )


def test_where_scripts_may_swap_there_is_a_track_from_the_beginning(
    deck: Deck, video: Path, tmp_path: Path
) -> None:
    session = make_session(Pattern((48, 64)), deck, Recording(tmp_path / "a.mkv", RATE), control="0")
    with session:
        session.swap(VideoFileSource(video, mute=True))
        assert session.wait(ENOUGH_S)
        assert not any("began without sound" in line for line in session.notices.current())
    assert len(recorded(tmp_path / "a.mkv", strict=False).tones_s) == len(FLASHES_S)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


def test_a_video_on_a_web_server_is_recorded_with_its_sound(deck: Deck, video: Path, tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(video.parent)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    source = StreamSource(f"http://127.0.0.1:{server.server_port}/{video.name}")
    with make_session(source, deck, Recording(tmp_path / "a.mkv", RATE)) as session:
        assert session.state().sound == source.name
        assert session.wait(ENOUGH_S)
    server.shutdown()
    thread.join()
    server.server_close()
    found = recorded(tmp_path / "a.mkv")
    assert_in_step("from a web server", found, len(found.apart_s))
    assert len(found.apart_s) >= 2


def test_a_live_stream_is_recorded_with_its_sound(deck: Deck, tmp_path: Path) -> None:
    """A sender that keeps to the time, more or less."""
    flashes_s = tuple(0.4 + 0.52 * number for number in range(10))
    video = make_video(tmp_path / "video.ts", 6.0, "mp2", flashes_s=flashes_s)

    def send(server: socket.socket) -> None:
        connection, _ = server.accept()
        trembling = np.random.default_rng(0)
        with connection, suppress(OSError):
            begun_s = time.monotonic()
            for at_s, data in in_time(video):
                late_s = trembling.uniform(0, 0.03)
                time.sleep(max(0.0, begun_s + at_s + late_s - time.monotonic()))
                connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = threading.Thread(target=send, args=(server,))
        sender.start()
        source = StreamSource(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        with make_session(source, deck, Recording(tmp_path / "a.mkv", RATE)) as session:
            until(lambda: session.capture.state == "reconnecting")
        sender.join()
    found = recorded(tmp_path / "a.mkv", flashes_s)
    # What was sent while it was found out what the stream holds comes at once
    flashes = [at_s for at_s in found.flashes_s if at_s > 1]
    settled = Recorded(flashes, [at_s for at_s in found.tones_s if at_s > 0.8], 0, 0)
    assert_in_step("live stream", settled, len(settled.flashes_s))
    assert len(settled.flashes_s) >= 2


def in_time(path: Path) -> Iterator[tuple[float, bytes]]:
    """A file as a sender sends it: when, in seconds, and what."""
    data, sent = path.read_bytes(), 0
    with av.open(str(path)) as container:
        places = [
            (float(packet.dts * packet.time_base), packet.pos)
            for packet in container.demux()
            if packet.dts is not None and packet.pos
        ]
    for at_s, place in places:
        yield at_s - min(places)[0], data[sent:place]
        sent = max(sent, place)
    yield 0.0, data[sent:]


class FlashingCamera(LiveSource):
    """Delivers the pictures of the test's video at the moments that it was told, and says when they were captured."""

    name, rate_hz = "flashing camera", float(RATE)

    def __init__(self, begins_s: float, seconds: float = 2.4) -> None:
        self.begins_s, self._count, self._number = begins_s, round(seconds * RATE), 0

    def open(self) -> None: ...

    def read(self) -> Delivered | None:
        now = time.monotonic()
        self._number = max(self._number, int((now - self.begins_s) * RATE))  # no old frames, as of a camera
        if self._number >= self._count:
            raise SourceEnded
        due_s = self.begins_s + self._number / RATE
        if due_s > now:
            time.sleep(min(due_s - now, 0.1))
            if time.monotonic() < due_s:
                return None
        self._number += 1
        return Delivered(picture(self._number - 1), due_s)

    def close(self) -> None: ...


MICROPHONES: dict[str, dict[str, Any]] = {
    "exact": {},
    "of 44100 Hz, stereo": {"rate": 44_100, "channels": 2},
    "too fast, late and trembling": {"fast": 300e-6, "late_s": lambda number: 0.03 * (number * 7 % 10) / 10},
    "with holes": {"lost": lambda number: 20 <= number % 100 < 25},
    "that does not say when": {"knows": False},
}


@pytest.mark.parametrize("kind", MICROPHONES)
def test_a_microphone_is_recorded_in_step_with_a_camera(deck: Deck, tmp_path: Path, kind: str) -> None:
    begins_s = time.monotonic() + 0.3
    card = SoundCard(lambda moments: tone(moments - begins_s), **MICROPHONES[kind])
    session = make_session(FlashingCamera(begins_s), deck, Recording(tmp_path / "a.mkv", RATE), mic="usb")
    session.microphone = Microphone("usb", library=card)
    with session:
        assert session.state().sound == "USB Microphone"
        assert session.wait(ENOUGH_S)
    found = recorded(tmp_path / "a.mkv")
    if kind == "with holes":  # of 50 ms, which is what a tone may begin later by, and be broken by
        began = [min(found.tones_s, key=lambda tone_s: abs(tone_s - flash_s)) for flash_s in found.flashes_s]
        assert found.flashes_s == pytest.approx(began, abs=0.06)
    else:
        assert_in_step(f"microphone {kind}", found, len(found.apart_s))
    assert len(found.apart_s) >= 3  # the first may come while styles are made ready


def test_a_microphone_takes_the_place_of_a_videos_sound(deck: Deck, video: Path, tmp_path: Path) -> None:
    card = SoundCard(lambda moments: np.full(len(moments), 0.05))
    session = make_session(
        VideoFileSource(video, mute=True), deck, Recording(tmp_path / "a.mkv", RATE), mic=""
    )
    session.microphone = Microphone("", library=card)
    with session:
        assert session.wait(ENOUGH_S)
    found = recorded(tmp_path / "a.mkv")
    assert found.tones_s == [] and found.sound_s > 2


def test_a_microphone_that_does_not_open_ends_it_before_it_begins(deck: Deck, tmp_path: Path) -> None:
    card = SoundCard(np.zeros_like)
    card.refusal = OSError("Device unavailable")
    session = make_session(Pattern((48, 64)), deck, Recording(tmp_path / "a.mkv", RATE), mic="")
    session.microphone = Microphone("", library=card)
    with pytest.raises(LivebrushError, match="USB Microphone does not open"), session:
        pass
    assert not (tmp_path / "a.mkv").exists()


def test_a_microphone_that_is_unplugged_is_said_and_the_recording_goes_on(
    deck: Deck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module(Microphone.__module__), "_DEAD_S", 0.3)
    card = SoundCard(lambda moments: np.full(len(moments), 0.5))
    recording = Recording(tmp_path / "a.mkv", RATE)
    session = make_session(Pattern((48, 64)), deck, recording, mic="")
    session.microphone = Microphone("", library=card)
    with session:
        until(lambda: recording.seconds > 0.3)
        card.unplugged = True
        until(lambda: any("delivers nothing" in line for line in session.notices.current()))
    found = recorded(tmp_path / "a.mkv", strict=False)
    assert found.sound_s == pytest.approx(found.video_s, abs=0.15)


def test_a_send_is_in_step(deck: Deck, video: Path) -> None:
    received, over = io.BytesIO(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def receive() -> None:
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(65536):
                    received.write(data)
            over.set()

        receiver = threading.Thread(target=receive)
        receiver.start()
        sink = NetworkSink(f"tcp://127.0.0.1:{server.getsockname()[1]}", RATE)
        with make_session(VideoFileSource(video, mute=True), deck, sink) as session:
            assert session.wait(ENOUGH_S)
        receiver.join()
    assert sink.problem == "" and over.is_set()
    assert_in_step("sent by tcp", recorded(received))


def test_a_send_by_rtmp_is_in_step(deck: Deck, video: Path, tmp_path: Path) -> None:
    """Through the relay, to FFmpeg that listens; what it receives goes into a file as it is."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    url, listening = f"rtmp://127.0.0.1:{port}/live/key", queue.Queue[None]()
    received = tmp_path / "received.mkv"

    def receive() -> None:
        listening.put(None)
        with (
            av.open(url, options={"listen": "1"}, timeout=ENOUGH_S) as source,
            av.open(str(received), "w") as output,
        ):
            streams = {stream: output.add_stream_from_template(stream) for stream in source.streams}
            with suppress(FFmpegError):  # the sender leaves
                for packet in source.demux():
                    if packet.dts is not None:
                        packet.stream = streams[packet.stream]
                        output.mux(packet)

    receiver = threading.Thread(target=receive)
    receiver.start()
    listening.get()
    time.sleep(0.3)
    sink = NetworkSink(url, RATE)
    with make_session(VideoFileSource(video, mute=True), deck, sink) as session:
        assert session.wait(ENOUGH_S)
    receiver.join()
    assert sink.problem == ""
    found = recorded(received)
    assert_in_step("sent by rtmp", found, len(found.apart_s))
    assert len(found.apart_s) >= 3


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_killed_program_leaves_picture_and_sound(video: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"a{suffix}"
    program = f"""
        import os, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path.cwd())!r})
        from livebrush.models.catalogue import Choice
        from livebrush.models.contract import read_style_model
        from livebrush.realtime.live.deck import Deck
        from livebrush.realtime.live.sinks.recording import Recording
        from livebrush.realtime.live.sources.video_file import VideoFileSource
        from tests.realtime.live.styles import write_grey
        from tests.realtime.live.test_sound_in_step import make_session

        grey = write_grey(Path({str(tmp_path)!r}) / "grey.onnx", 100)
        deck = Deck([Choice(read_style_model(grey))], "cpu", 1)
        recording = Recording(Path({str(target)!r}), 25)
        with make_session(VideoFileSource({str(video)!r}, loop=True, mute=True), deck, recording) as session:
            while recording.seconds < 4:
                session.wait(0.05)
            os._exit(9)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], env={**os.environ}, timeout=ENOUGH_S
    )
    assert run.returncode == 9
    found = recorded(target)
    assert found.video_s > 2 and found.sound_s > 1.5
    within = Recorded([at_s for at_s in found.flashes_s if at_s < found.sound_s - 0.1], found.tones_s, 0, 0)
    assert_in_step(f"killed, {suffix}", within, len(within.apart_s))
    assert len(within.apart_s) >= 2


def test_notices_are_few(deck: Deck, video: Path, tmp_path: Path) -> None:
    said: list[str] = []
    paint = PaintSettings("grey", original=True)
    recording = Recording(tmp_path / "a.mkv", RATE)
    source = VideoFileSource(video, mute=True)
    with LiveSession(source, deck, paint, sinks=[recording], notices=Notices(said.append)) as session:
        assert session.wait(ENOUGH_S)
    assert [line.partition(" ")[0] for line in said] == ["recorded"]
