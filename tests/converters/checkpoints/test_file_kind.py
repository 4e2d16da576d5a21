"""What a file is, by its content."""

from pathlib import Path

import pytest

from livebrush.converters.checkpoints import checkpoint
from livebrush.converters.checkpoints.file_kind import kind_of
from livebrush.models.errors import LivebrushError


def refusal(path: Path) -> str:
    with pytest.raises(LivebrushError) as caught:
        kind_of(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 6573\n", "Git LFS pointer"),
        (b"<!DOCTYPE html><html>Sign in</html>", "a web page"),
        (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"\x1c\x00\x00\x00TFL3", "TensorFlow Lite"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x93NUMPY\x01\x00", "one NumPy array"),
        (b"\0\0\0\x03\0\0\0\x01", "big-endian Torch7"),
        (b"4\n1\n3\nV 1\n", "written as text"),
        (b"\xff\x00\x11\x22", "of no kind that is known here"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_file_of_weights_is_called_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "mosaic.pth"
    path.write_bytes(content)
    assert said in refusal(path)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "mosaic.pth")


def test_two_gigabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.pth"
    with path.open("wb") as file:
        file.truncate(checkpoint.LARGEST_FILE)  # holds no blocks
    assert "2.1 GB" in refusal(path)


def test_the_name_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"\x80\x02}q\x00.")
    assert kind_of(path) == "pytorch"


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    from livebrush.converters.checkpoints.reading import read_checkpoint

    with pytest.raises(LivebrushError, match="holds no checkpoint"):
        read_checkpoint(tmp_path, kind_of(tmp_path))
