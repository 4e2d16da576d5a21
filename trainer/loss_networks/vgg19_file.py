"""The published VGG19 of PyTorch's model zoo: found on disk, or fetched once when asked for."""

import hashlib
import urllib.request
from collections.abc import Callable
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.models.user_data import user_data_folder
from livebrush.models.writing import whole_file

URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
SHA256 = "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44"
"""of the file, whose name holds the first eight digits"""
BLOCK_BYTES = 1 << 20


def vgg19_file() -> Path:
    """Where the file lies, or would."""
    return user_data_folder() / "weights" / URL.rsplit("/", 1)[1]


def require_vgg19() -> Path:
    """The file, whoever put it there, checked by its hash.

    raises: LivebrushError saying how to get it when it is not there or is another
    """
    path = vgg19_file()
    if not path.is_file():
        raise LivebrushError(
            f"the loss network VGG19 is not at {path}", code="not_found", remedy="loss_network"
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _require_published(str(path), digest, "delete it and fetch it again")
    return path


def fetch_vgg19(progress: Callable[[int, int], object], url: str = URL) -> Path:
    """Download the file unless it is there, and check it.

    progress: called with bytes done and bytes in all (0 when unknown)
    raises:   LivebrushError when the download fails or the hash is wrong; nothing is kept then
    """
    path = vgg19_file()
    if path.is_file():
        return path
    if not url.startswith("https://"):
        raise LivebrushError(f"weights are fetched by https only, got {url}", code="invalid")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        try:
            digest = _download(url, partial, progress)
        except OSError as error:
            raise LivebrushError(
                f"{url} cannot be fetched: {getattr(error, 'reason', None) or error}",
                code="unavailable",
                remedy="fetch_by_hand",
                path=path,
            ) from error
        _require_published(url, digest, "the download is damaged, try again")
    return path


def _require_published(name: str, digest: str, advice: str) -> None:
    if digest != SHA256:
        raise LivebrushError(
            f"{name} has the SHA-256 {digest}, expected {SHA256}: {advice}", code="unreadable"
        )


def _download(url: str, target: Path, progress: Callable[[int, int], object]) -> str:
    """SHA-256 of what was written, in hex."""
    digest, done = hashlib.sha256(), 0
    with urllib.request.urlopen(url, timeout=30) as answer, target.open("wb") as file:
        total = int(answer.headers.get("Content-Length") or 0)
        while block := answer.read(BLOCK_BYTES):
            file.write(block)
            digest.update(block)
            done += len(block)
            progress(done, total)
    return digest.hexdigest()
