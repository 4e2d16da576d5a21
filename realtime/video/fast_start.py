"""MP4 and MOV with the index before the pictures, so that players on a network begin at once, and see all of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from livebrush.realtime.video.mp4_boxes import Box, boxes, content, with_chunks_moved
from livebrush.realtime.video.mp4_durations import with_all_pictures

_PIECE = 1 << 20


def move_index_first(path: Path) -> None:
    """Rewrites a complete MP4 file so that its `moov` box comes right behind `ftyp`, and what is free is gone.

    Its tracks last as long as their samples, see `with_all_pictures`.

    Small boxes come before large ones: subtitles lie in one of their own. Other files stay as they are.

    raises: OSError where there is no room for a second copy; the file is whole then, too
    """
    with path.open("rb") as file:
        found = list(boxes(file))
        kinds = [box.kind for box in found]
        if kinds[:1] != [b"ftyp"] or kinds.count(b"moov") != 1:
            return
        index = found[kinds.index(b"moov")]
        if b"mdat" in kinds[kinds.index(b"moov") :]:
            return
        rest = [box for box in found[1:] if box is not index and box.kind not in (b"free", b"skip")]
        rest.sort(key=lambda box: box.size)
        try:
            moov = _index_in_front(with_all_pictures(content(file, index)), found[0], rest)
        except ValueError:
            return
        copied = copy_beside(path)
        try:
            with copied.open("wb") as copy:
                _copy(file, copy, found[0])
                copy.write(moov)
                for box in rest:
                    _copy(file, copy, box)
            copied.replace(path)
        except BaseException:
            copied.unlink(missing_ok=True)
            raise


def copy_beside(path: Path) -> Path:
    """Where the copy is written: always the same place, so that one that a kill has left is found."""
    return path.with_name(path.name + ".front")


def _index_in_front(held: bytes, first: Box, rest: list[Box]) -> bytes:
    """The `moov` box for a file that is `first`, it, and `rest`; its own size moves what it points at."""
    size = 0
    while True:
        ends = list(_ends(first.size + size, rest))

        def moved(place: int, ends: list[int] = ends) -> int:
            for box, end in zip(rest, ends, strict=True):
                if box.start <= place < box.start + box.size:
                    return place - box.start - box.size + end
            raise ValueError(f"a chunk at {place} lies in no box")

        moov = with_chunks_moved(b"moov", held, moved)
        if len(moov) == size:
            return moov
        size = len(moov)


def _ends(start: int, laid_out: list[Box]) -> Iterator[int]:
    for box in laid_out:
        start += box.size
        yield start


def _copy(file: BinaryIO, copy: BinaryIO, box: Box) -> None:
    file.seek(box.start)
    left = box.size
    while left:
        piece = file.read(min(_PIECE, left))
        if not piece:
            raise OSError(f"{file.name} ends early")
        copy.write(piece)
        left -= len(piece)
