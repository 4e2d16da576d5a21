"""TensorFlow checkpoints, of today and of before 2017, as its savers lay them out (compared with TensorFlow 2.21's)."""

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

MAGIC = bytes.fromhex("57fb808b247547db")


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def field(number: int, value: int | bytes) -> bytes:
    """Of a protobuf: a whole number, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def shape_of(array: np.ndarray) -> bytes:
    return b"".join(field(2, field(1, size)) for size in array.shape)


def table(entries: Mapping[bytes, bytes], compression: int = 0) -> bytes:
    """A sorted table of one block, in which keys share their beginnings."""
    content = bytearray()
    handle = _append(content, sorted(entries.items()), compression)
    meta = _append(content, [], 0)
    index = _append(content, [(max(entries), handle)], 0)
    footer = meta + index
    return bytes(content) + footer + bytes(40 - len(footer)) + MAGIC


def _append(content: bytearray, entries: list[tuple[bytes, bytes]], compression: int) -> bytes:
    """A block, and its handle: where it lies and how long it is."""
    block, before = bytearray(), b""
    for key, value in entries:
        shared = next(
            (n for n, (a, b) in enumerate(zip(key, before, strict=False)) if a != b),
            min(len(key), len(before)),
        )
        block += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    block += struct.pack("<II", 0, 1)
    handle = varint(len(content)) + varint(len(block))
    content += block + bytes([compression]) + bytes(4)
    return handle


def write_bundle(prefix: Path, tensors: Mapping[str, np.ndarray], big_endian: bool = False) -> None:
    """PREFIX.index and PREFIX.data-00000-of-00001."""
    data = bytearray()
    entries = {b"": field(1, 1) + field(2, int(big_endian))}
    for name, array in tensors.items():
        raw = array.astype("<f4").tobytes()
        entry = field(1, 1) + field(2, shape_of(array)) + field(4, len(data)) + field(5, len(raw))
        entries[name.encode()] = entry
        data += raw
    prefix.with_name(f"{prefix.name}.index").write_bytes(table(entries))
    prefix.with_name(f"{prefix.name}.data-00000-of-00001").write_bytes(data)


def write_slices(path: Path, tensors: Mapping[str, np.ndarray], compression: int = 0) -> None:
    """One file with everything in it."""
    described = b"".join(
        field(1, field(1, name.encode()) + field(2, shape_of(array)) + field(3, 1))
        for name, array in tensors.items()
    )
    entries = {b"": field(1, described)}
    for name, array in tensors.items():
        saved = field(1, name.encode()) + field(3, field(5, array.astype("<f4").tobytes()))
        entries[b"\0" + name.encode()] = field(2, saved)
    path.write_bytes(table(entries, compression))
