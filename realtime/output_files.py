"""Files that are written: whether they can be, asked before the work, and whole under their names after it."""

import errno
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from livebrush.models.errors import LivebrushError

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LONGEST_NAME = 255  # bytes, of nearly all file systems


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path], *, overwrite: bool) -> None:
    """raises: LivebrushError where a file cannot be written, would replace an input, or one that was not to be"""
    for path in outputs:
        if path.is_dir():
            raise LivebrushError(
                f"{path}: is a folder, expected a file name; choose another name", code="unwritable"
            )
        require_writable(path.absolute().parent)
    read = {resolved(path) for path in inputs}
    for path in outputs:
        if resolved(path) in read:
            raise LivebrushError(
                f"{path}: is an input, which is never changed; choose another name", code="conflict"
            )
    if len({resolved(path) for path in outputs}) < len(outputs):
        raise LivebrushError(f"two outputs are one file: {', '.join(map(str, outputs))}", code="conflict")
    for path in () if overwrite else outputs:
        if path.exists():
            raise LivebrushError(f"{path} exists", code="exists", remedy="overwrite")


def require_writable(folder: Path) -> None:
    """raises: LivebrushError when it does not exist, is a file, or takes no files"""
    if not folder.exists():
        raise LivebrushError(f"the folder {folder} does not exist; create it first", code="not_found")
    if not folder.is_dir():
        raise LivebrushError(
            f"{folder}: is a file, expected a folder; choose another name", code="unwritable"
        )
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise LivebrushError(
            f"{folder}: not writable ({error.strerror}); choose another folder", code="unwritable"
        ) from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write meanwhile: what is there becomes `path` when the block ends, and is gone when it is left.

    A link stays one: the file that it names is replaced.

    raises: OSError when it cannot be moved there
    """
    target = behind_link(path)
    partial = target.with_name(fitting_name(f".{target.stem}", f".{os.getpid()}.partial{target.suffix}"))
    try:
        yield partial
        partial.replace(target)
    except BaseException:  # Ctrl-C too
        partial.unlink(missing_ok=True)
        raise


def remove_leftovers(folder: Path) -> None:
    """What processes that were killed had half written with `whole_file`; for a folder that one writes in at a time."""
    for path in folder.glob(".*.partial*"):
        path.unlink(missing_ok=True)


def fitting_name(stem: str, ending: str) -> str:
    """stem + ending, the stem shortened where no file system would take the whole."""
    room = _LONGEST_NAME - len(os.fsencode(ending))
    while stem and len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return stem + ending


def behind_link(path: Path) -> Path:
    """The file that a link names, which is what is written; other paths are themselves."""
    return resolved(path) if path.is_symlink() else path


def resolved(path: Path) -> Path:
    """raises: LivebrushError for a link that leads back to itself"""
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise LivebrushError(
            f"{path}: is a link that leads back to itself; name a file", code="unwritable"
        ) from error
