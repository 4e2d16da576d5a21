"""Files that are written: whether they can be, asked before the work, and whole under their names after it."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from livebrush.models.errors import LivebrushError

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MEANWHILE = ".livebrush-"  # what is written comes from folders of such names
_LONGEST_NAME = 255  # bytes, of nearly all file systems


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path], *, overwrite: bool) -> None:
    """raises: LivebrushError where a file cannot be written, would replace an input, or one that was not to be"""
    check_names(outputs, inputs, overwrite=overwrite)
    for folder in dict.fromkeys(path.absolute().parent for path in outputs):
        require_writable(folder)


def check_names(
    outputs: Sequence[Path], inputs: Sequence[Path], *, overwrite: bool, remedy: str = "overwrite"
) -> None:
    """The same without the folders, which may not be there yet.

    remedy: what to do where files exist
    """
    for path in outputs:
        if path.is_dir():
            raise LivebrushError(
                f"{path}: is a folder, expected a file name; choose another name", code="unwritable"
            )
    read = {_identity(path) for path in inputs}
    for path in outputs:
        if _identity(path) in read:
            raise LivebrushError(
                f"{path}: is an input, which is never changed; choose another name", code="conflict"
            )
    if len({_identity(path) for path in outputs}) < len(outputs):
        raise LivebrushError(f"two outputs are one file: {', '.join(map(str, outputs))}", code="conflict")
    if not overwrite and (existing := [path for path in outputs if path.exists()]):
        told = (
            f"{existing[0]} exists"
            if len(existing) == 1
            else f"{existing[0]} and {len(existing) - 1} more exist"
        )
        raise LivebrushError(told, code="exists", remedy=remedy)


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


def claim(path: Path, wanted: Path | None = None) -> None:
    """Create the empty file, under a name that nobody else has: that under which something will be written.

    wanted: what the error names, where the person asked for another name than `path`
    raises: FileExistsError when there is one; LivebrushError when none can be created there
    """
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        raise
    except OSError as error:
        raise unwritable(wanted or path, error) from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write meanwhile: what is there becomes `path` when the block ends, and is gone when it is left.

    A link stays one: the file that it names is replaced. What is written has the name of `path`, in a folder beside it.

    raises: LivebrushError for the block's OSErrors: it cannot be written there, or not moved
    """
    target = behind_link(path)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=_MEANWHILE) as folder:
            partial = Path(folder) / target.name
            yield partial
            partial.replace(target)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: Exception) -> LivebrushError:
    """The error for a file that the system does not let be written.

    error: an OSError, or one of FFmpeg's, which says as much
    """
    # safetensors tells the system's number in its words alone
    full = getattr(error, "errno", None) in DISK_FULL or f"(os error {errno.ENOSPC})" in str(error)
    reason = getattr(error, "strerror", None) or error
    what_next = "free some space or write elsewhere" if full else "choose another folder"
    return LivebrushError(
        f"{path}: cannot be written ({reason}); {what_next}",
        code="disk_full" if full else "unwritable",
    )


def remove_leftovers(folder: Path) -> None:
    """Removes what killed processes had half written with `whole_file`, in a folder that one at a time writes in."""
    for path in folder.glob(f"{_MEANWHILE}*"):
        shutil.rmtree(path, ignore_errors=True)


def fitting_name(stem: str, ending: str) -> str:
    """stem + ending, the stem shortened where no file system would take the whole."""
    room = _LONGEST_NAME - len(os.fsencode(ending))
    while stem and len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return stem + ending


def behind_link(path: Path) -> Path:
    """The file that a link names, which is what is written; other paths are themselves."""
    return _resolved(path) if path.is_symlink() else path


def _identity(path: Path) -> object:
    """What two names of one file share: hard links of one that is there, any spelling of one that is not."""
    try:
        found = path.stat()
    except OSError:
        return _resolved(path)
    return found.st_dev, found.st_ino


def _resolved(path: Path) -> Path:
    """raises: LivebrushError for a link that leads back to itself"""
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise LivebrushError(
            f"{path}: is a link that leads back to itself; name a file", code="unwritable"
        ) from error
