"""Many files as one zip that is made while it is sent, of any size in little memory."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

_PIECE = 1 << 20


class _Pipe(io.RawIOBase):
    """Keeps what was written until it is taken; nothing can go back in it."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        written = bytes(self._written)
        self._written.clear()
        return written


def zipped(files: Sequence[tuple[str, Path]]) -> Iterator[bytes]:
    """The bytes of the zip. files: names and paths; pictures and videos are stored as they are"""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files:
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
                while piece := source.read(_PIECE):
                    target.write(piece)
                    yield pipe.taken()
    yield pipe.taken()
