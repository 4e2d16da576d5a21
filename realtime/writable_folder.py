"""Whether files can be written to a folder: asked before the work, not after it."""

import tempfile
from pathlib import Path

from models.errors import LivebrushError


def require_writable(folder: Path) -> None:
    """raises: LivebrushError when it does not exist, is a file, or takes no files"""
    if not folder.exists():
        raise LivebrushError(f"the folder {folder} does not exist; create it first")
    if not folder.is_dir():
        raise LivebrushError(f"{folder}: is a file, expected a folder; choose another -o")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise LivebrushError(f"{folder}: not writable ({error.strerror}); choose another -o") from error
