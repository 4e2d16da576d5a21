"""Videos that FFmpeg cannot read where they are, kept as a copy that it can: those from pipes, and animated WebP."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.animated_webp import is_animated_webp, write_matroska


@contextmanager
def readable_file(path: Path) -> Iterator[Path]:
    """The file itself, or a copy: of all that comes out of a pipe (a FIFO, /dev/stdin, <( )), of WebP's frames.

    raises: LivebrushError when the copy finds no room
    """
    if is_animated_webp(path):
        with tempfile.NamedTemporaryFile(prefix="livebrush-", suffix=".mkv") as copy:
            write_matroska(path, Path(copy.name))
            yield Path(copy.name)
        return
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
                "with more room",
                code="disk_full",
            ) from error
        if copy.tell() == 0:
            raise LivebrushError(f"{path}: nothing came out of it, expected a video", code="unreadable")
        yield Path(copy.name)
