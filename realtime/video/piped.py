"""A film that comes through a pipe: kept in a file of its own, since it is read in several places."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import LivebrushError


@contextmanager
def as_file(path: Path) -> Iterator[Path]:
    """The file itself, or for a pipe (a FIFO, /dev/stdin, <( )) a copy of all that comes out of it.

    raises: LivebrushError when the copy finds no room
    """
    if path.is_file() or path.is_dir() or not path.exists():
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="livebrush-") as copy:
        try:
            with path.open("rb") as pipe:
                shutil.copyfileobj(pipe, copy)
            copy.flush()
        except OSError as error:
            raise LivebrushError(
                f"{path}: could not be read to its end into {copy.name} ({error.strerror}); set TMPDIR to a folder "
                "with more room"
            ) from error
        if copy.tell() == 0:
            raise LivebrushError(f"{path}: nothing came out of it, expected a video")
        yield Path(copy.name)
