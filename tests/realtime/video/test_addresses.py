"""Videos on the network, from a server on this machine."""

import threading
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import livebrush
from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event
from livebrush.realtime import cli
from livebrush.realtime.address import Address, source_of
from tests.listener import Listener
from tests.realtime.video.clips import Clip, frames, make_clip, times


class Server(SimpleHTTPRequestHandler):
    """Files as they are, without ranges; what is asked for is kept."""

    asked: list[str]

    def __init__(self, *arguments: Any, asked: list[str], **options: Any) -> None:
        self.asked = asked
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def end_headers(self) -> None:
        if "streamed" in self.path:
            self.send_header("Connection", "close")
        super().end_headers()

    def send_header(self, keyword: str, value: str) -> None:
        if not ("streamed" in self.path and keyword == "Content-Length"):
            super().send_header(keyword, value)

    def log_message(self, *_: object) -> None: ...


class WebServer(ThreadingHTTPServer):
    """let_go: set when nobody waits any more"""

    def __init__(self, *arguments: Any) -> None:
        self.let_go = threading.Event()
        super().__init__(*arguments)


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def served(tmp_path: Path, asked: list[str], request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    """A folder, and the address that it is served at."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = getattr(request, "param", Server)
    server = WebServer(("127.0.0.1", 0), partial(handler, directory=str(folder), asked=asked))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.let_go.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", ["video.mkv", "streamed.mkv", "streamed.ts", "video.mp4"])
def test_a_video_on_a_server_is_painted_whole(
    served: tuple[Path, str], tmp_path: Path, tiny_model: Path, asked: list[str], name: str
) -> None:
    folder, url = served
    options = {"movflags": "faststart"} if name.endswith("mp4") else {}
    make_clip(folder / name, Clip(audio_starts=[Fraction(0)], container_options=options))
    report = livebrush.stylize_video(f"{url}/{name}", tmp_path / "out.mkv", str(tiny_model))
    assert report.frames == 25 and report.damage is None
    assert len(times(tmp_path / "out.mkv")) == 25
    assert set(asked) == {f"/{name}"}


def test_a_part_of_a_video_on_a_server_without_ranges(
    served: tuple[Path, str], tmp_path: Path, tiny_model: Path
) -> None:
    folder, url = served
    make_clip(folder / "video.mkv")
    painted = livebrush.stylize_video(
        f"{url}/video.mkv", tmp_path / "out.mkv", str(tiny_model), start_s=0.4, duration_s=0.2
    )
    assert painted.frames == 5


def test_the_painting_is_called_after_the_address(
    served: tuple[Path, str], tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, url = served
    make_clip(folder / "a video.mkv")
    make_clip(tmp_path / "local.mkv")
    monkeypatch.chdir(tmp_path)
    assert cli.run(["video", f"{url}/a%20video.mkv?key=1", "-s", str(tiny_model)]) == 0
    assert len(frames(tmp_path / "a film_invert.mp4")) == 25
    heard = Listener()
    livebrush.stylize_videos([f"{url}/a%20video.mkv", "local.mkv"], "out", str(tiny_model), on_event=heard)
    assert sorted(path.name for path in Path("out").iterdir()) == ["a film_invert.mp4", "local_invert.mp4"]


def test_what_does_not_open_is_said(served: tuple[Path, str], tmp_path: Path, tiny_model: Path) -> None:
    folder, url = served
    (folder / "page.html").write_text("<html>no video</html>")
    target = tmp_path / "out.mkv"
    for address, words in (
        (f"{url}/none.mp4", "has nothing under this name"),
        (f"{url.replace('://', '://anna:secret@')}/page.html", "no video that FFmpeg knows"),
        ("http://127.0.0.1:9/video.mp4", "nothing listens there"),
        ("nonsense://host/video.mp4", "does not know the protocol"),
    ):
        with pytest.raises(LivebrushError, match=words) as told:
            livebrush.stylize_video(address, target, str(tiny_model))
        assert "secret" not in str(told.value) and told.value.code == "unavailable"
    assert not list(tmp_path.glob("out*"))


def test_an_index_that_cannot_be_reached_is_said(
    served: tuple[Path, str], tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frames of noise: FFmpeg reads past what little lies before an index."""
    folder, url = served
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    monkeypatch.setattr("tests.realtime.video.clips.picture", lambda index, *_: np.roll(noise, index, 0))
    lossless = {"crf": "0", "preset": "ultrafast", "g": "1"}
    make_clip(folder / "video.mp4", Clip(480, 640, pts=range(8), options=lossless))
    with pytest.raises(LivebrushError, match="download it"):
        livebrush.stylize_video(f"{url}/video.mp4", tmp_path / "out.mkv", str(tiny_model))


def test_a_host_that_does_not_answer(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    monkeypatch.setattr("livebrush.realtime.video.media_file._ANSWER_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/video.mp4"
        with pytest.raises(LivebrushError, match=r"no answer in 0\.5 s"):
            livebrush.stylize_video(address, tmp_path / "out.mkv", str(tiny_model))


class Stalling(Server):
    """Half of a file, and then nothing."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        data = source.read()
        outputfile.write(data[: len(data) // 2])
        outputfile.flush()
        assert isinstance(self.server, WebServer)
        self.server.let_go.wait(20)


@pytest.mark.parametrize("served", [Stalling], indirect=True)
def test_a_video_that_stalls_is_kept_as_far_as_it_came(
    served: tuple[Path, str], tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("media_file", "network_packets"):
        monkeypatch.setattr(f"livebrush.realtime.video.{module}.MORE_S", 1.0)
    folder, url = served
    make_clip(folder / "video.ts", Clip(pts=range(100)))
    report = livebrush.stylize_video(f"{url}/video.ts", tmp_path / "out.mkv", str(tiny_model))
    assert 5 < report.frames < 100 and "nothing came for 1 s" in str(report.damage)


def test_a_video_from_a_server_can_be_gone_on_with(
    served: tuple[Path, str], tmp_path: Path, tiny_model: Path
) -> None:
    folder, url = served
    make_clip(folder / "video.mkv")
    heard = Listener()
    target = tmp_path / "out.mkv"

    def stop(event: Event) -> None:
        heard(event)
        if len(heard.progress) == 10:
            raise LivebrushError("enough", code="stopped")

    address = f"{url}/video.mkv"
    with pytest.raises(LivebrushError, match="enough"):
        livebrush.stylize_video(address, target, str(tiny_model), on_event=stop)
    livebrush.stylize_video(address, target, str(tiny_model), resume=True, on_event=heard)
    assert len(frames(target)) == 25


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("https://host/a.mp4", Address("https://host/a.mp4")),
        ("RTSP://host", Address("RTSP://host")),
        ("12:30.mp4", Path("12:30.mp4")),
        ("C:\\videos\\a.mp4", Path("C:\\videos\\a.mp4")),
    ],
)
def test_what_is_an_address(name: str, source: Path | Address) -> None:
    assert source_of(name) == source


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://h.org/videos/a%2Fb.mp4?x=1", "a_b.mp4"),
        ("rtsp://anna:secret@camera:554/", "camera"),
        ("srt://1.2.3.4:9000?mode=caller", "1.2.3.4"),
    ],
)
def test_what_a_painting_of_an_address_is_called_after(url: str, name: str) -> None:
    assert Address(url).path.name == name and "secret" not in str(Address(url))
