"""Whether files can be written: asked before the work, not after it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from models.errors import LivebrushError


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path], *, overwrite: bool) -> None:
    """raises: LivebrushError where a file cannot be written, would replace an input, or one that was not to be"""
    for path in outputs:
        if path.is_dir():
            raise LivebrushError(f"{path}: is a folder, expected a file name; choose another name")
        require_writable(path.absolute().parent)
    read = {path.resolve() for path in inputs}
    for path in outputs:
        if path.resolve() in read:
            raise LivebrushError(f"{path}: is an input, which is never changed; choose another name")
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise LivebrushError(f"two outputs are one file: {', '.join(map(str, outputs))}")
    for path in () if overwrite else outputs:
        if path.exists():
            raise LivebrushError(f"{path} exists: add -y to replace it, or name another file")


def require_writable(folder: Path) -> None:
    """raises: LivebrushError when it does not exist, is a file, or takes no files"""
    if not folder.exists():
        raise LivebrushError(f"the folder {folder} does not exist; create it first")
    if not folder.is_dir():
        raise LivebrushError(f"{folder}: is a file, expected a folder; choose another name")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise LivebrushError(f"{folder}: not writable ({error.strerror}); choose another folder") from error
