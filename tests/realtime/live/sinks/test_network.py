"""Sending over the network, to real receivers on this machine: there, not there, gone, and stuck."""

import io
import queue
import socket
import threading
import time
from contextlib import suppress
from fractions import Fraction

import av
import numpy as np
import pytest
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.sinks import network
from livebrush.realtime.live.sinks import sink as sinks
from livebrush.realtime.live.sinks.network import NetworkSink
from livebrush.realtime.video.colour import Colour, RgbReader
from tests.realtime.video.clips import picture, psnr

SHOWN = picture(3, 48, 64)
NOISE = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("livebrush")]


def painted(pixels: np.ndarray, at_s: float) -> PaintedFrame:
    return PaintedFrame(Frame(pixels, at_s, 0), pixels, "style", 0.0)


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def feed_until(sink: NetworkSink, done, pixels: np.ndarray = SHOWN) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline, sink.problem
        sink.show(painted(pixels, time.monotonic()))
        if pixels is not SHOWN:
            pixels = np.roll(pixels, 99, axis=1)  # what repeats costs the encoder nothing
        time.sleep(0.01)


def receive(url: str, frames: "queue.Queue[av.VideoFrame]", options: dict[str, str]) -> threading.Thread:
    """Puts decoded frames there until the stream ends or five have come."""

    def work():
        with suppress(FFmpegError), av.open(url, options=options, timeout=15) as container:
            for frame in container.decode(video=0):
                frames.put(frame)
                if frames.qsize() >= 5:
                    return

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def assert_shows(frame: av.VideoFrame, pixels: np.ndarray) -> None:
    assert (frame.height, frame.width) == pixels.shape[:2]
    read, _ = RgbReader(Colour.of(frame), (frame.height, frame.width), alpha=False).read(frame)
    assert psnr(read, pixels) > 30


def test_udp_arrives_with_size_and_colour(monkeypatch):
    monkeypatch.setattr(network, "_KEYFRAME_S", 0.2)
    url, frames = f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}", queue.Queue()
    thread = receive(url, frames, {"analyzeduration": "200000"})
    sink = NetworkSink(url, 30)
    feed_until(sink, lambda: not thread.is_alive())
    sink.close()
    assert sink.problem == "" and frames.qsize() == 5
    assert_shows(frames.get(), SHOWN)


def test_udp_goes_in_datagrams_that_networks_carry():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        for query, most in (("", 1316), ("?pkt_size=376", 376)):
            sink = NetworkSink(f"udp://127.0.0.1:{receiver.getsockname()[1]}{query}", 30)
            sink.show(painted(NOISE, 0))
            sizes = {len(receiver.recv(65536)) for _ in range(20)}
            sink.close()
            assert max(sizes) == most and all(size % 188 == 0 for size in sizes)
            receiver.settimeout(0.1)
            with suppress(TimeoutError):
                while receiver.recv(65536):
                    pass
            receiver.settimeout(10)


def test_udp_never_fails():
    sink = NetworkSink(f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}", 30)
    for number in range(5):
        sink.show(painted(SHOWN, number / 30))
        time.sleep(0.01)
    sink.close()
    assert sink.problem == ""


def test_pictures_keep_the_times_at_which_they_were_captured():
    captured = [Fraction(0), Fraction(7, 90), Fraction(1, 2), Fraction(5, 2)]
    with socket.create_server(("127.0.0.1", 0)) as server:
        sink = NetworkSink(f"tcp://127.0.0.1:{server.getsockname()[1]}", 30)
        connected, received = None, b""
        for number, at_s in enumerate(captured):
            sink.show(painted(picture(number, 48, 64), 1000 + float(at_s)))
            connected = connected or server.accept()[0]
            connected.settimeout(10)
            received += connected.recv(1 << 20)  # one at a time: none is dropped
        sink.close()
        with connected:  # type: ignore[union-attr]
            while more := connected.recv(1 << 20):  # type: ignore[union-attr]
                received += more
    with av.open(io.BytesIO(received), "r", format="mpegts") as container:
        times = [(frame.pts or 0) * frame.time_base for frame in container.decode(video=0)]  # type: ignore[operator]
    assert [time - times[0] for time in times] == captured
    assert (sink.problem, sink.dropped) == ("", 0)


def test_keyframes_come_by_time_not_by_count():
    with socket.create_server(("127.0.0.1", 0)) as server:
        sink = NetworkSink(f"tcp://127.0.0.1:{server.getsockname()[1]}", 30)
        sink.show(painted(SHOWN, 0))
        connection, received = server.accept()[0], b""
        with connection:
            connection.settimeout(10)
            for number in range(1, 9):
                received += connection.recv(1 << 20)
                sink.show(painted(SHOWN, number * 0.7))
            sink.close()
            while more := connection.recv(1 << 20):
                received += more
    with av.open(io.BytesIO(received), "r", format="mpegts") as container:
        keys = [frame.key_frame for frame in container.decode(video=0)]
    assert keys == [number % 3 == 0 for number in range(9)]


def test_a_size_that_changes_is_letterboxed_into_the_first(monkeypatch):
    monkeypatch.setattr(network, "_KEYFRAME_S", 0.1)
    url, frames = f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}", queue.Queue()
    thread = receive(url, frames, {"analyzeduration": "200000"})
    sink = NetworkSink(url, 30)
    sink.show(painted(picture(0, 47, 63), time.monotonic()))
    feed_until(sink, lambda: not thread.is_alive(), np.full((16, 64, 3), 255, np.uint8))
    sink.close()
    last = [frames.get() for _ in range(5)][-1].to_ndarray(format="rgb24")
    assert last.shape == (48, 64, 3)
    assert last[:12].max() < 30 and last[20:28].min() > 225 and last[36:].max() < 30


def test_a_receiver_that_is_not_there_is_said():
    port = free_port()
    sink = NetworkSink(f"tcp://127.0.0.1:{port}", 30)
    feed_until(sink, lambda: sink.problem)
    sink.close()
    assert sink.problem == (
        f"tcp://127.0.0.1:{port}: Connection refused; start the receiver, then livebrush again"
    )


def test_a_receiver_that_goes_away_is_said():
    with socket.create_server(("127.0.0.1", 0)) as server:
        sink = NetworkSink(f"tcp://127.0.0.1:{server.getsockname()[1]}", 30)
        sink.show(painted(NOISE, 0))
        connection = server.accept()[0]
        connection.recv(1000)
        connection.close()
    feed_until(sink, lambda: sink.problem, NOISE)
    sink.close()
    assert "start the receiver, then livebrush again" in sink.problem


def test_a_receiver_that_had_taken_and_comes_back_is_sent_to_again(monkeypatch):
    monkeypatch.setattr(sinks, "LASTED_S", 0.2)
    monkeypatch.setattr(sinks, "FIRST_PAUSE_S", 0.2)
    port, told = free_port(), []
    with socket.create_server(("127.0.0.1", port)) as server:
        sink = NetworkSink(f"tcp://127.0.0.1:{port}", 30)
        sink.show(painted(SHOWN, 0))
        connection = server.accept()[0]
        end = time.monotonic() + 0.5
        feed_until(sink, lambda: time.monotonic() > end)
    connection.close()
    feed_until(sink, lambda: "refused" in sink.trouble and "tried again in 0.8 s" in sink.trouble, NOISE)
    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(0.01)

        def came() -> bool:
            with suppress(TimeoutError):
                told.append(server.accept()[0])
            return bool(told)

        feed_until(sink, came)
        data = b""
        while len(data) < 1000:
            sink.show(painted(SHOWN, time.monotonic()))
            data += told[0].recv(1000)
        feed_until(sink, lambda: sink.trouble == "network goes on")
        told[0].close()
    assert sink.problem == "" and data[0] == 0x47  # a transport stream from its beginning
    sink.close()


def test_a_receiver_that_takes_nothing_does_not_hang_the_end(monkeypatch):
    monkeypatch.setattr(network, "_PATIENCE_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sink = NetworkSink(f"tcp://127.0.0.1:{server.getsockname()[1]}", 30)
        sink.show(painted(NOISE, 0))
        with server.accept()[0]:
            feed_until(sink, lambda: sink.problem, NOISE)
            sink.close()
    assert "did not answer for 0.3 s" in sink.problem


def test_rtmp_arrives_and_its_end_is_said(monkeypatch):
    monkeypatch.setattr(network, "_KEYFRAME_S", 0.2)
    url, frames = f"rtmp://127.0.0.1:{free_port()}/live/key", queue.Queue()
    thread = receive(url, frames, {"listen": "1", "analyzeduration": "200000"})
    sink = NetworkSink(url, 30)
    while not thread.join(0.01) and thread.is_alive():
        sink.show(painted(SHOWN, time.monotonic()))
        if "refused" in sink.problem and thread.is_alive():  # the receiver is not listening yet
            sink.close()
            sink = NetworkSink(url, 30)
    assert frames.qsize() == 5
    assert_shows(frames.get(), SHOWN)
    feed_until(sink, lambda: sink.problem)
    sink.close()
    assert "start the receiver, then livebrush again" in sink.problem


@pytest.mark.parametrize("scheme", ["rtmp", "rtsp"])
def test_a_server_that_does_not_answer_neither_freezes_nor_hangs(monkeypatch, scheme):
    monkeypatch.setattr(network, "_PATIENCE_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        sink = NetworkSink(f"{scheme}://127.0.0.1:{port}/live/secret", 30)
        feed_until(sink, lambda: sink.problem, NOISE)
        sink.close()
    assert (
        sink.problem
        == f"{scheme}://127.0.0.1:{port} did not answer for 0.5 s; check the address and the network"
    )


def test_a_stream_key_is_not_shown():
    port = free_port()
    sink = NetworkSink(f"rtmp://user:word@127.0.0.1:{port}/live/secret", 30)
    feed_until(sink, lambda: sink.problem)
    sink.close()
    assert sink.problem.startswith(f"rtmp://127.0.0.1:{port}: Connection refused")


def test_closing_without_a_frame_connects_to_nothing():
    sink = NetworkSink(f"tcp://127.0.0.1:{free_port()}", 30)
    sink.close()
    sink.close()
    assert sink.problem == ""


@pytest.mark.parametrize(
    "url, message",
    [
        ("http://127.0.0.1:80", "cannot send by http; use udp://host:port, tcp://host:port, rtmp://"),
        ("127.0.0.1:80", "cannot send by"),
        ("painted.mp4", "cannot send by no protocol"),
        ("udp://127.0.0.1", "names no port"),
        ("tcp://:80", "names no host"),
        ("tcp://host:99999", "is no address"),
        ("tcp://host:80?listen=1", "listen=1 is not understood; tcp takes nothing"),
        ("udp://host:80?pkt_size=9", r"pkt_size=9 is not understood; udp takes pkt_size \(188 to 65507\)"),
        ("srt://host:80", "built without srt"),
    ],
)
def test_addresses_that_are_refused_at_once(monkeypatch, url, message):
    monkeypatch.setattr(network, "_speaks_srt", lambda: False)
    with pytest.raises(LivebrushError, match=message):
        NetworkSink(url, 30)
