"""The published VGG19: only fetched when asked for, only kept when whole."""

import hashlib
import io
from pathlib import Path

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.cli import run
from livebrush.trainer.loss_networks import vgg19_file


class Answer(io.BytesIO):
    headers = {"Content-Length": "9"}  # noqa: RUF012


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> bytes:
    content = b"weights!!"
    monkeypatch.setattr("urllib.request.urlopen", lambda url, timeout: Answer(content))
    return content


def ignore(_done: int, _total: int) -> None: ...


def test_a_download_with_the_right_hash_is_kept(served: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vgg19_file, "SHA256", hashlib.sha256(served).hexdigest())
    seen: list[tuple[int, int]] = []
    path = vgg19_file.fetch_vgg19(lambda done, total: seen.append((done, total)))
    assert path == vgg19_file.require_vgg19() and path.read_bytes() == served
    assert seen == [(9, 9)]


@pytest.mark.parametrize("agreeing", [0, 8, 63])
def test_a_download_with_another_hash_is_thrown_away(
    served: bytes, agreeing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = hashlib.sha256(served).hexdigest()
    other = right[:agreeing] + "".join("1" if digit == "0" else "0" for digit in right[agreeing:])
    monkeypatch.setattr(vgg19_file, "SHA256", other)
    with pytest.raises(LivebrushError, match=f"expected {other}"):
        vgg19_file.fetch_vgg19(ignore)
    assert not list(vgg19_file.vgg19_file().parent.iterdir())


def test_a_file_that_was_put_there_is_checked_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    path = vgg19_file.vgg19_file()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"other weights")
    with pytest.raises(LivebrushError, match="delete it and fetch it again"):
        vgg19_file.require_vgg19()
    monkeypatch.setattr(vgg19_file, "SHA256", hashlib.sha256(b"other weights").hexdigest())
    assert vgg19_file.require_vgg19() == path


def test_the_hash_is_the_one_that_the_name_begins() -> None:
    assert len(vgg19_file.SHA256) == 64
    assert vgg19_file.URL.endswith(f"-{vgg19_file.SHA256[:8]}.pth")


def test_no_network_says_where_to_put_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(url: str, timeout: float) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", fail)
    with pytest.raises(LivebrushError, match=r"no route to host\nfetch it by other means and put it at"):
        vgg19_file.fetch_vgg19(ignore)


def test_only_https(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LivebrushError, match="https only"):
        vgg19_file.fetch_vgg19(ignore, "http://example.org/vgg19.pth")


def test_nothing_is_fetched_unasked(
    tmp_path: Path, photo_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr("urllib.request.urlopen", forbidden)
    style = str(next(photo_folder.iterdir()))
    options = [
        "--content",
        str(photo_folder),
        "-o",
        str(tmp_path / "a.onnx"),
        "--loss-net",
        "vgg19",
        "--few-photos",
        "--crop",
        "64",
    ]
    assert run(["train", "painting", style, *options]) == 1
    assert "add --download to fetch it once" in capsys.readouterr().err
