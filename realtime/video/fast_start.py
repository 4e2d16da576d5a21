"""MP4 and MOV with the index before the pictures, so that players on a network begin at once."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_WITH_CHUNKS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_PIECE = 1 << 20


class _Box(NamedTuple):
    """A part of the file: ISO/IEC 14496-12, section 4.2.

    start, size: in bytes, with the header; header: bytes before what it holds
    """

    kind: bytes
    start: int
    size: int
    header: int


def move_index_first(path: Path) -> None:
    """Rewrites a complete MP4 file so that its `moov` box comes right behind `ftyp`.

    Others, and files in which an offset would outgrow its 32 bits, stay as they are.

    raises: OSError where there is no room for a second copy; the file is whole then, too
    """
    with path.open("rb") as file:
        boxes = list(_boxes(file, 0, file.seek(0, 2)))
        kinds = [box.kind for box in boxes]
        if kinds[:1] != [b"ftyp"] or kinds.count(b"moov") != 1:
            return
        index = boxes[kinds.index(b"moov")]
        if b"mdat" in kinds[kinds.index(b"moov") :]:
            return
        file.seek(index.start)
        moov = bytearray(file.read(index.size))
        if not _shift_chunks(moov, _Box(b"moov", 0, index.size, index.header), index.start):
            return
        copied = copy_beside(path)
        try:
            with copied.open("wb") as copy:
                _copy(file, copy, boxes[0])
                copy.write(moov)
                for box in boxes[1:]:
                    if box is not index:
                        _copy(file, copy, box)
            copied.replace(path)
        except BaseException:
            copied.unlink(missing_ok=True)
            raise


def copy_beside(path: Path) -> Path:
    """Where the copy is written: always the same place, so that one that a kill has left is found."""
    return path.with_name(path.name + ".front")


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    while end - start >= 8:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1:
            (size,), header = struct.unpack(">Q", file.read(8)), 16
        elif size == 0:
            size = end - start
        if not header <= size <= end - start:
            return
        yield _Box(kind, start, size, header)
        start += size


def _shift_chunks(moov: bytearray, box: _Box, behind: int) -> bool:
    """Moves the offsets that lie in front of `behind` by the size of `moov`; False where one does not fit."""
    place, end = box.start + box.header, box.start + box.size
    while end - place >= 8:
        size, kind = struct.unpack_from(">I4s", moov, place)
        if size < 8 or size > end - place:
            return False
        if kind in _WITH_CHUNKS and not _shift_chunks(moov, _Box(kind, place, size, 8), behind):
            return False
        if kind in (b"stco", b"co64"):
            form = "I" if kind == b"stco" else "Q"
            (count,) = struct.unpack_from(">I", moov, place + 12)
            table = struct.Struct(f">{count}{form}")
            moved = [at + len(moov) if at < behind else at for at in table.unpack_from(moov, place + 16)]
            if moved and form == "I" and max(moved) >= 1 << 32:
                return False
            table.pack_into(moov, place + 16, *moved)
        place += size
    return True


def _copy(file: BinaryIO, copy: BinaryIO, box: _Box) -> None:
    file.seek(box.start)
    left = box.size
    while left:
        piece = file.read(min(_PIECE, left))
        if not piece:
            raise OSError(f"{file.name} ends early")
        copy.write(piece)
        left -= len(piece)
