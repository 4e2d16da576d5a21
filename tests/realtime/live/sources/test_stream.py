"""StreamSource: videos from a web server, live senders, and what can go wrong on the network."""

import functools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.address import without_password
from livebrush.realtime.live.sources.source import SourceEnded, SourceLost
from livebrush.realtime.live.sources.stream import StreamSource
from tests.realtime.live.hand_set_clock import HandSetClock
from tests.realtime.video.clips import Clip, make_clip, picture, psnr

LOSSLESS = Clip(codec="ffv1", pixel_format="bgr0")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a web server for tmp_path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sender() -> Iterator[Callable[..., str]]:
    """Starts a TCP server that runs a function with its first connection; returns the address."""
    threads: list[threading.Thread] = []

    def start(serve: Callable[[socket.socket], None]) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        server.settimeout(5)

        def run() -> None:
            with server:
                connection, _ = server.accept()
                with connection:
                    serve(connection)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"

    yield start
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def transport_stream(path: Path, clip: Clip) -> bytes:
    return make_clip(path, clip).read_bytes()


def read_all(source: StreamSource, clock: HandSetClock | None = None, limit: int = 2000) -> list[np.ndarray]:
    """Frames until it ends or is lost."""
    frames: list[np.ndarray] = []
    for _ in range(limit):
        try:
            delivered = source.read()
        except (SourceEnded, SourceLost):
            return frames
        if delivered is not None:
            frames.append(delivered.pixels)
        elif clock:
            clock.now += 0.2
    raise AssertionError("the stream did not end")


def test_a_video_on_a_web_server_is_played_at_its_own_speed(web, tmp_path):
    """Every frame, none before its time, and then the end; the pictures are those that were stored."""
    make_clip(tmp_path / "video.mkv", Clip(codec="ffv1", pixel_format="bgr0", pts=range(8)))
    clock, before = HandSetClock(50.0), threading.active_count()
    source = StreamSource(f"{web}/video.mkv", clock=clock)
    source.open()
    assert source.rate_hz == 25
    stamps: list[float] = []
    with pytest.raises(SourceEnded):
        for _ in range(200):
            delivered = source.read()
            if delivered is None:
                clock.now += 0.01
            else:
                assert np.array_equal(delivered.pixels, picture(len(stamps), 48, 64))
                assert delivered.captured_s == pytest.approx(50 + len(stamps) / 25)
                stamps.append(clock.now - 50)
    source.close()
    assert len(stamps) == 8
    for number, stamp in enumerate(stamps):
        assert number / 25 - 1e-6 <= stamp < number / 25 + 0.02
    assert threading.active_count() <= before + 1  # the server may still be ending


def test_frames_stored_out_of_order_are_delivered_in_order(web, tmp_path):
    make_clip(
        tmp_path / "video.mp4",
        Clip(pts=range(30), options={"bf": "3"}, container_options={"movflags": "faststart"}),
    )
    clock = HandSetClock(50.0)
    source = StreamSource(f"{web}/video.mp4", clock=clock)
    source.open()
    frames = read_all(source, clock)
    source.close()
    assert len(frames) == 30
    assert all(psnr(pixels, picture(number, 48, 64)) > 30 for number, pixels in enumerate(frames))


def test_a_video_that_fell_behind_goes_on_at_its_own_speed(web, tmp_path):
    """After a pause of the network nothing is played faster to make up for it."""
    make_clip(tmp_path / "video.mkv", LOSSLESS)
    clock = HandSetClock(50.0)
    source = StreamSource(f"{web}/video.mkv", clock=clock)
    source.open()
    assert source.read() is not None
    clock.now += 30
    assert source.read() is not None
    assert source.read() is None
    clock.now += 0.041
    assert source.read() is not None
    source.close()


def test_rotation_is_applied(web, tmp_path):
    make_clip(tmp_path / "turned.mp4", Clip(rotation=90, container_options={"movflags": "faststart"}))
    source = StreamSource(f"{web}/turned.mp4", clock=HandSetClock(50.0))
    source.open()
    delivered = source.read()
    source.close()
    assert delivered is not None and delivered.pixels.shape == (64, 48, 3)


@pytest.mark.parametrize("end", ["", "#EXT-X-ENDLIST\n"])
def test_a_playlist_is_played_at_its_own_speed(web, tmp_path, end):
    """HLS arrives in pieces of seconds, live ones too: as it comes, it would jerk."""
    make_clip(tmp_path / "piece.ts", Clip(pts=range(50)))
    (tmp_path / "live.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\npiece.ts\n{end}")
    clock = HandSetClock(50.0)
    source = StreamSource(f"{web}/live.m3u8", clock=clock)
    source.open()
    assert source.read() is not None
    for _ in range(3):
        assert source.read() is None
        clock.now += 0.0401
        assert source.read() is not None
    source.close()


def test_a_live_stream_is_delivered_as_it_comes(sender, tmp_path):
    """Time stands still here: a frame that waited for its time would never come."""
    data = transport_stream(tmp_path / "a.ts", Clip())
    source = StreamSource(sender(lambda connection: connection.sendall(data)), clock=HandSetClock(50.0))
    source.open()
    frames = read_all(source)
    with pytest.raises(SourceLost):
        source.read()
    source.close()
    assert len(frames) == 25 and source.damaged == 0
    assert all(psnr(pixels, picture(number, 48, 64)) > 30 for number, pixels in enumerate(frames))


def test_the_end_of_a_live_stream_is_a_loss(sender, tmp_path):
    data = transport_stream(tmp_path / "a.ts", Clip(pts=range(5)))
    source = StreamSource(sender(lambda connection: connection.sendall(data)))
    source.open()
    with pytest.raises(SourceLost, match="the sender stopped"):
        for _ in range(10):
            source.read()
    source.close()


def test_a_sender_on_udp_is_received(tmp_path):
    """MPEG-TS pushed by PyAV, as `ffmpeg -f mpegts udp://` does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stop = threading.Event()

    def push() -> None:
        with av.open(f"udp://127.0.0.1:{port}?pkt_size=1316", "w", format="mpegts") as output:
            stream = output.add_stream("libx264", rate=50, options={"tune": "zerolatency", "g": "5"})
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            number = 0
            while not stop.wait(0.01):
                frame = av.VideoFrame.from_ndarray(
                    np.full((48, 64, 3), (200, 40, 90), np.uint8), format="rgb24"
                )
                frame.pts, frame.time_base, number = number, Fraction(1, 50), number + 1
                output.mux(stream.encode(frame))
            output.mux(stream.encode())

    thread = threading.Thread(target=push)
    thread.start()
    source = StreamSource(f"udp://127.0.0.1:{port}")
    try:
        source.open()
        frames = [source.read() for _ in range(5)]
    finally:
        stop.set()
        thread.join()
        source.close()
    for delivered in frames:
        assert delivered is not None and delivered.pixels.shape == (48, 64, 3)
        assert delivered.captured_s is None  # the stream does not say: arrival counts
        assert np.abs(delivered.pixels.mean((0, 1)) - (200, 40, 90)).max() < 6


def test_size_and_format_may_change_midway(sender, tmp_path):
    """A sender that starts again with another camera: the connection goes on."""
    small = transport_stream(tmp_path / "small.ts", Clip(pts=range(10)))
    large = transport_stream(
        tmp_path / "large.ts", Clip(pts=range(10, 20), height=96, width=128, pixel_format="yuv444p")
    )
    source = StreamSource(sender(lambda connection: connection.sendall(small + large)))
    source.open()
    frames = read_all(source)
    source.close()
    assert {pixels.shape for pixels in frames} == {(48, 64, 3), (96, 128, 3)}
    for pixels in frames:
        height, width = pixels.shape[:2]
        assert max(psnr(pixels, picture(number, height, width)) for number in range(10)) > 25


def test_damaged_packets_are_skipped_and_counted(web, tmp_path):
    path = make_clip(tmp_path / "video.mkv", Clip(codec="mjpeg", pixel_format="yuvj420p"))
    with av.open(str(path)) as container:
        stored = [
            (packet.pos, packet.size) for packet in container.demux(video=0) if packet.size and packet.pos
        ]
    data, noise = bytearray(path.read_bytes()), np.random.default_rng(0)
    for position, size in stored[8:13]:
        data[position + 12 : position + size - 4] = noise.bytes(size - 16)
    path.write_bytes(data)
    clock = HandSetClock(50.0)
    source = StreamSource(f"{web}/video.mkv", clock=clock)
    source.open()
    frames = read_all(source, clock)
    source.close()
    assert (len(frames), source.damaged) == (20, 5)


def test_a_stall_is_a_loss(sender, tmp_path):
    data = transport_stream(tmp_path / "a.ts", Clip())
    stop = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.sendall(data)
        stop.wait(10)

    source = StreamSource(sender(serve), read_timeout_s=0.3)
    source.open()
    with pytest.raises(SourceLost, match=r"nothing came for 0\.3 s"):
        for _ in range(100):
            source.read()
    stop.set()
    source.close()


def test_closing_under_a_waiting_reader_ends_it(sender, tmp_path):
    data = transport_stream(tmp_path / "a.ts", Clip())
    stop, caught = threading.Event(), []

    def serve(connection: socket.socket) -> None:
        connection.sendall(data)
        stop.wait(10)

    def read() -> None:
        try:
            while True:
                source.read()
        except SourceLost as error:
            caught.append(error)

    source = StreamSource(sender(serve), read_timeout_s=0.5)
    source.open()
    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.1)  # it is inside FFmpeg now, or about to be: either must be safe
    source.close()
    source.close()
    reader.join(5)
    stop.set()
    assert not reader.is_alive() and len(caught) == 1
    with pytest.raises(SourceLost, match="closed"):
        source.read()


def test_it_connects_again_after_a_loss(sender, tmp_path):
    data = transport_stream(tmp_path / "a.ts", Clip(pts=range(5)))
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(2):
            connection, _ = server.accept()
            with connection:
                connection.sendall(data)

    thread = threading.Thread(target=serve)
    thread.start()
    source = StreamSource(f"tcp://127.0.0.1:{server.getsockname()[1]}")
    for _ in range(2):
        source.open()
        assert len(read_all(source)) == 5
        source.close()
    thread.join()
    server.close()


def failing_open(url: str, **options) -> str:
    source = StreamSource(url, **options)
    with pytest.raises(LivebrushError) as caught:
        source.open()
    source.close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_a_sender_that_hangs_up_is_said(sender, tmp_path):
    data = transport_stream(tmp_path / "a.ts", Clip(pts=range(3)))  # too little to tell what it is
    assert "hung up at once" in failing_open(sender(lambda connection: connection.sendall(data)))


@pytest.mark.parametrize("scheme", ["http", "rtsp", "tcp", "rtmp"])
def test_a_refused_connection_says_that_nothing_listens(scheme):
    assert "nothing listens there" in failing_open(f"{scheme}://127.0.0.1:{free_port()}/video.mp4")


def test_an_unknown_host_is_named(monkeypatch):
    monkeypatch.setattr(av, "open", _raise(OSError(5, "Input/output error")))
    monkeypatch.setattr(socket, "getaddrinfo", _raise(socket.gaierror()))
    assert "there is no host 'camera.example'" in failing_open("rtsp://camera.example/live")


def _raise(error: Exception) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_an_unknown_protocol_says_which_there_are():
    said = failing_open("carrier-pigeon://127.0.0.1/x")
    assert "does not know the protocol" in said and "rtsp://" in said


def test_a_missing_video_is_named(web):
    assert "nothing under this name" in failing_open(f"{web}/no.mp4")


def test_what_is_no_video_is_said(web, tmp_path):
    (tmp_path / "video.mp4").write_bytes(b"no video" * 1000)
    assert "no video that FFmpeg knows" in failing_open(f"{web}/video.mp4")


def test_sound_alone_is_no_video(web, tmp_path):
    with av.open(str(tmp_path / "song.mka"), "w", format="matroska") as output:
        stream = output.add_stream("aac", rate=48000)
        sound = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        sound.sample_rate = 48000
        output.mux(stream.encode(sound))
        output.mux(stream.encode())
    said = failing_open(f"{web}/song.mka")
    assert "no video in it, only audio" in said


def test_a_sender_that_says_nothing_is_not_waited_for_for_ever(sender):
    stop = threading.Event()
    url = sender(lambda _: stop.wait(10))
    assert "no answer in 0.3 s" in failing_open(url, open_timeout_s=0.3)
    stop.set()


def test_passwords_are_never_shown():
    url = f"http://anna:secret@127.0.0.1:{free_port()}/video.mp4?x=1"
    assert StreamSource(url).name == without_password(url) == url.replace("anna:secret@", "")
    assert "secret" not in failing_open(url) and "anna" not in failing_open(url)
    assert without_password("rtsp://a:b@c@host/x") == "rtsp://host/x"
    assert "secret" not in failing_open("http://u:secret@[bad/x")
