"""Files under URLs such as s3://bucket/film.mp4, by fsspec: fetched before they are painted, delivered whole."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from livebrush.models.errors import LivebrushError

_URL = re.compile(r"([a-z][a-z0-9+.-]+)://", re.I)
_STREAMS = {"http", "https", "rtsp", "rtmp", "srt", "udp", "tcp"}
_TEMPORARY = "livebrush-batch-"


def is_remote(name: str) -> bool:
    """Whether a name is a URL of stored files; those of streams are none.

    raises: LivebrushError for a stream's
    """
    found = _URL.match(name)
    if found and found[1].lower() in _STREAMS:
        raise LivebrushError(
            f"{name}: a batch paints files that it can look for again, not streams; give files, folders or a bucket",
            code="unsupported",
        )
    return found is not None


def file_system(url: str) -> tuple[Any, str]:
    """fsspec's file system for a URL, and the path in it.

    raises: LivebrushError where it is not installed or cannot be reached
    """
    try:
        import fsspec
    except ImportError as error:
        raise _not_installed(url) from error
    try:
        return fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:  # ValueError: an unknown protocol
        raise _not_installed(url) from error


def files_under(url: str, output: str) -> Iterator[tuple[str, str, int, int]]:
    """All files under a URL, or the one that it names: URL, name below it, bytes, time of change in ns.

    output: where paintings go; where that lies below the URL, what is there is left out
    raises: LivebrushError where it cannot be reached, or there is nothing
    """
    fs, root = file_system(url)
    with _told(url):
        found = fs.find(root, detail=True)
    if not found:
        raise LivebrushError(f"{url}: nothing is there; check the name", code="not_found")
    left_out = _folder_below(fs, root, output)
    for path, told in found.items():
        if left_out and path.startswith(left_out):
            continue
        name = path.removeprefix(root).lstrip("/") or Path(path).name
        changed: Any = told.get("LastModified") or told.get("created") or told.get("mtime") or 0
        seconds = changed.timestamp() if hasattr(changed, "timestamp") else float(changed)
        yield fs.unstrip_protocol(path), name, int(told["size"]), round(seconds * 1e9)


def _folder_below(fs: Any, root: str, output: str) -> str:
    """The output as a folder of a file system, with a slash, where it lies below a root; "" where it does not."""
    if not is_remote(output):
        return ""
    other, path = file_system(output)
    folder = f"{path.rstrip('/')}/"
    above = f"{root.rstrip('/')}/"
    return folder if type(other) is type(fs) and folder.startswith(above) and folder != above else ""


def sizes_under(url: str) -> dict[str, int]:
    """Name below the URL -> bytes, of all files there.

    raises: LivebrushError where it cannot be reached
    """
    fs, root = file_system(url)
    with _told(url):
        fs.invalidate_cache()
        found = fs.find(root, detail=True)
    return {path.removeprefix(root).lstrip("/"): int(told["size"]) for path, told in found.items()}


@contextmanager
def opened(url: str) -> Iterator[Any]:
    """A file under a URL, to read parts of. raises: LivebrushError where it cannot be reached"""
    fs, path = file_system(url)
    with _told(url), fs.open(path) as file:
        yield file


@contextmanager
def fetched(source: str) -> Iterator[Path]:
    """A source as a file of this machine: itself, or a copy that goes when the block ends."""
    if not is_remote(source):
        yield Path(source)
        return
    with _temporary_folder() as folder:
        fs, path = file_system(source)
        copy = folder / Path(path).name
        with _told(source):
            fs.get_file(path, str(copy))
        yield copy


@contextmanager
def delivered(target: str) -> Iterator[Path]:
    """Where to write what is to be a target: itself, or a file that is sent there when the block ends.

    An object of a bucket appears when all of it has arrived, as a file appears when it is renamed.
    """
    if not is_remote(target):
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path
        return
    with _temporary_folder() as folder:
        fs, path = file_system(target)
        file = folder / Path(path).name
        yield file
        with _told(target):
            fs.put_file(str(file), path)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder that is gone after the block, or, where the process is killed, when another comes this way."""
    for left in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*"):
        owner = left.name.removeprefix(_TEMPORARY).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_TEMPORARY}{os.getpid()}-") as folder:
        yield Path(folder)


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Errors of all kinds of storage as one of ours: libraries raise their own, most of them no OSError."""
    try:
        yield
    except LivebrushError:
        raise
    except Exception as error:
        told = " ".join(str(error).split()) or type(error).__name__
        raise LivebrushError(
            f"{url}: cannot be reached ({told}); check the name, the keys and the endpoint",
            code="unavailable",
        ) from error


def _not_installed(url: str) -> LivebrushError:
    protocol = url.partition("://")[0]
    return LivebrushError(
        f"{url}: fsspec's package for {protocol} is missing", code="not_installed", remedy="scale_extra"
    )
