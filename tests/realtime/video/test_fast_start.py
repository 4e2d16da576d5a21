"""The index of an MP4 in front: the same packets, offsets of 32 and 64 bits, and files that it leaves alone."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest

from livebrush.realtime.video.fast_start import move_index_first
from livebrush.realtime.video.mp4_boxes import with_chunks_moved
from tests.realtime.video.clips import Clip, make_clip


def kinds(path: Path) -> list[bytes]:
    data, place, found = path.read_bytes(), 0, []
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        found.append(kind)
        place += size
    return found


def packets(path: Path) -> list[tuple[int, bytes, int | None, int | None, int | None]]:
    with av.open(str(path)) as container:
        return [(p.stream.index, bytes(p), p.pts, p.dts, p.duration) for p in container.demux() if p.size]


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_the_index_comes_first_and_nothing_else_changes(tmp_path: Path, suffix: str) -> None:
    clip = Clip(pts=range(50), audio_starts=(Fraction(0),), options={"bf": "2"})
    path = make_clip(tmp_path / f"a{suffix}", clip)
    before = packets(path)
    assert kinds(path).index(b"moov") > kinds(path).index(b"mdat")
    move_index_first(path)
    assert kinds(path)[:2] == [b"ftyp", b"moov"] and packets(path) == before
    once = path.read_bytes()
    move_index_first(path)
    assert path.read_bytes() == once and [p.name for p in tmp_path.iterdir()] == [path.name]


def box(kind: bytes, *parts: bytes) -> bytes:
    held = b"".join(parts)
    return struct.pack(">I4s", 8 + len(held), kind) + held


def by_hand(table: bytes) -> bytes:
    """A file with one chunk table and no pictures."""
    chunks = box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table)))))
    return box(b"ftyp", b"isom") + box(b"mdat", b"pictures") + chunks


def test_offsets_of_64_bits_move(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(by_hand(box(b"co64", bytes(4), struct.pack(">IQ", 1, 20))))
    move_index_first(path)
    data = path.read_bytes()
    (offset,) = struct.unpack_from(">Q", data, data.index(b"co64") + 12)
    assert data[offset:] == b"pictures"


def test_offsets_that_outgrow_32_bits_get_64() -> None:
    table = box(b"stbl", box(b"stco", bytes(4), struct.pack(">III", 2, 20, 2**32 - 10)))
    moved = with_chunks_moved(b"moov", table, lambda place: place + 10)
    assert moved == box(b"moov", box(b"stbl", box(b"co64", bytes(4), struct.pack(">IQQ", 2, 30, 2**32))))


def test_small_boxes_come_before_large_ones_and_free_ones_go(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    small, free = box(b"mdat", b"titles"), box(b"free", bytes(30))
    large = box(b"mdat", b"pictures", bytes(50))
    table = box(b"stco", bytes(4), struct.pack(">III", 2, 20, 20 + len(large) + len(free)))
    path.write_bytes(box(b"ftyp", b"isom") + large + free + small + by_hand(table)[28:])
    move_index_first(path)
    data = path.read_bytes()
    offsets = struct.unpack_from(">II", data, data.index(b"stco") + 12)
    assert [data[offset : offset + 6] for offset in offsets] == [b"pictur", b"titles"]
    assert kinds(path) == [b"ftyp", b"moov", b"mdat", b"mdat"] and offsets[1] < offsets[0]


@pytest.mark.parametrize(
    "content", [b"", b"not a video at all", box(b"ftyp"), by_hand(struct.pack(">I4s", 4000, b"stco"))]
)
def test_what_is_no_whole_mp4_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    move_index_first(path)
    assert path.read_bytes() == content
