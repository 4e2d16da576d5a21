"""What stands on disk for videos that are elsewhere: copies of those from pipes and of animated WebP, and addresses."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.realtime.address import Address
from livebrush.realtime.video.animated_webp import is_animated_webp, write_matroska
from livebrush.realtime.video.media_file import ADDRESS_SUFFIX


@contextmanager
def readable_file(source: Path | Address) -> Iterator[Path]:
    """What `open_media` takes: the file itself, a file that holds the address, or a copy: of all that comes out of a
    pipe (a FIFO, /dev/stdin, <( )), of WebP's frames.

    raises: LivebrushError when the copy finds no room
    """
    if isinstance(source, Address):
        with tempfile.TemporaryDirectory(prefix="livebrush-") as folder:
            standing_in = Path(folder, f"video{ADDRESS_SUFFIX}")
            standing_in.write_text(source.url, encoding="utf-8")
            yield standing_in
        return
    path = source
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
