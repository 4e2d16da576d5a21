"""The boxes that MP4 and MOV files are made of, and an index whose chunks have moved: ISO/IEC 14496-12, section 4.2."""

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

_WITH_CHUNKS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}


class Box(NamedTuple):
    """A part of a file.

    start, size: in bytes, with the header; header: bytes before what it holds
    """

    kind: bytes
    start: int
    size: int
    header: int


def boxes(file: BinaryIO) -> Iterator[Box]:
    """The boxes of a file, one behind the other, as far as they are whole."""
    start, end = 0, file.seek(0, 2)
    while end - start >= 8:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1:
            size, header = int.from_bytes(file.read(8)), 16
        elif size == 0:
            size = end - start
        if not header <= size <= end - start:
            return
        yield Box(kind, start, size, header)
        start += size


def content(file: BinaryIO, box: Box) -> bytes:
    """What a box holds, without its header."""
    file.seek(box.start + box.header)
    return file.read(box.size - box.header)


def packed(kind: bytes, held: bytes) -> bytes:
    """A box, with its header."""
    return struct.pack(">I4s", 8 + len(held), kind) + held


def children(held: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and content of the boxes that a box holds.

    raises: ValueError where they do not fill it
    """
    found, place = [], 0
    while place < len(held):
        if len(held) - place < 8:
            raise ValueError("a box has no header")
        size, kind = struct.unpack_from(">I4s", held, place)
        if not 8 <= size <= len(held) - place:
            raise ValueError(f"a box of {size} bytes among {len(held) - place}")
        found.append((kind, held[place + 8 : place + size]))
        place += size
    return found


def with_chunks_moved(kind: bytes, held: bytes, moved: Callable[[int], int]) -> bytes:
    """A `moov` or `trak` box, or one inside, for a file whose chunks lie elsewhere.

    moved: place of a chunk before -> after; beyond 4 GiB the table gets 64 bits an entry
    raises: ValueError where the box is damaged
    """
    if kind in _WITH_CHUNKS:
        return packed(kind, b"".join(with_chunks_moved(*child, moved) for child in children(held)))
    if kind not in (b"stco", b"co64"):
        return packed(kind, held)
    try:
        version, count = struct.unpack_from(">II", held)
        places = struct.unpack_from(f">{count}{'I' if kind == b'stco' else 'Q'}", held, 8)
    except struct.error as error:
        raise ValueError(f"a table of chunks is damaged ({error})") from error
    places = [moved(place) for place in places]
    is_wide = kind == b"co64" or max(places, default=0) >= 1 << 32
    kind, form = (b"co64", "Q") if is_wide else (b"stco", "I")
    return packed(kind, struct.pack(f">II{count}{form}", version, count, *places))
