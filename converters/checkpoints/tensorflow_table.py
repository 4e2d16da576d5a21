"""TensorFlow's checkpoints without TensorFlow: both keep names in a sorted table, as LevelDB's format lays it out.

source: the comments of tensorflow/core/lib/io/format.h and of tensor_bundle.proto, saved_tensor_slice.proto
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from livebrush.converters.checkpoints.checkpoint import (
    MOST_VALUES,
    Checkpoint,
    as_floats,
    too_large,
    truncated,
)
from livebrush.converters.checkpoints.file_kind import TABLE_MAGIC
from livebrush.models.errors import LivebrushError

_FOOTER = 48  # bytes
_FLOATS = {1: "<f4", 2: "<f8", 19: "<f2"}  # DataType: float, double, half
Fields = dict[int, list[Any]]
"""number of a protobuf's field -> its values: whole numbers, or bytes"""


def read_tensorflow(path: Path) -> Checkpoint:
    """A checkpoint: its folder, its prefix's .index file, a data file of it, or one file of before 2017.

    raises: LivebrushError for a file that is missing, damaged, compressed or big-endian
    """
    table = _table_file(path)
    content = table.read_bytes()
    try:
        entries = dict(_entries(table, content))
        header = entries.pop(b"", b"")
        read = _of_bundle if table.suffix == ".index" else _of_slices
        tensors = dict(read(table, _fields(header), entries))
    except (struct.error, IndexError, KeyError, TypeError, ValueError) as error:
        raise truncated(table) from error
    return Checkpoint(path, "TensorFlow", tensors)


def _table_file(path: Path) -> Path:
    """The file that holds the names."""
    if path.is_dir():
        folder = path / "variables" if (path / "variables").is_dir() else path
        tables = sorted(folder.glob("*.index"), key=lambda table: table.stat().st_mtime)
        tables = tables or [file for file in sorted(folder.iterdir()) if _ends_as_table(file)]
        if not tables:
            raise LivebrushError(
                f"{path} holds no checkpoint: expected a manifest.json, an .index file with its .data file, or a "
                ".ckpt file",
                code="not_found",
            )
        return tables[-1]
    stem = path.name.partition(".data-")[0]
    if stem != path.name or path.suffix == ".meta":
        table = path.with_name(f"{stem.removesuffix('.meta')}.index")
        if not table.is_file():
            raise LivebrushError(
                f"{path.name} is a part of a checkpoint whose {table.name} is missing: copy it beside it",
                code="not_found",
            )
        return table
    return path if path.is_file() else path.with_name(f"{path.name}.index")


def _ends_as_table(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > _FOOTER and file.read_bytes()[-8:] == TABLE_MAGIC


def _of_bundle(table: Path, header: Fields, entries: dict[bytes, bytes]) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors of a checkpoint of today, which lie in data files."""
    if header.get(2, [0])[0] != 0:
        raise LivebrushError(
            f"{table.name} is a big-endian checkpoint, which is not read here", code="unsupported"
        )
    shards = header.get(1, [1])[0]
    for key, value in entries.items():
        name, entry = key.decode("utf-8", "replace"), _fields(value)
        dtype = entry.get(1, [0])[0]
        if dtype not in _FLOATS or 7 in entry:  # sliced variables: none of a style net's
            continue
        shard, offset, size = (entry.get(number, [0])[0] for number in (3, 4, 5))
        data = table.with_name(f"{table.stem}.data-{shard:05d}-of-{shards:05d}")
        if not data.is_file():
            raise LivebrushError(
                f"{table.name} needs {data.name}, which is missing: copy it beside it", code="not_found"
            )
        with data.open("rb") as file:
            file.seek(offset)
            raw = file.read(size) if size <= 4 * MOST_VALUES else b""
        if len(raw) != size:
            raise truncated(data)
        yield name, _floats(table, name, _FLOATS[dtype], raw, _sizes(entry.get(2, [b""])[0]))


def _of_slices(table: Path, header: Fields, entries: dict[bytes, bytes]) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors of a checkpoint of before 2017, which lie in the table itself; types and shapes lie in its header."""
    (described,) = header[1]
    kinds: dict[bytes, tuple[int, list[int]]] = {}
    for tensor in map(_fields, _fields(described)[1]):
        kinds[tensor[1][0]] = tensor[3][0], _sizes(tensor[2][0])
    for value in entries.values():
        saved = _fields(_fields(value)[2][0])
        dtype, shape = kinds[saved[1][0]]
        if dtype in (1, 2):
            name, data = saved[1][0].decode("utf-8", "replace"), _fields(saved[3][0])
            raw = b"".join(data.get(5 if dtype == 1 else 6, []))
            yield name, _floats(table, name, _FLOATS[dtype], raw, shape)


def _floats(table: Path, name: str, dtype: str, raw: bytes, shape: list[int]) -> np.ndarray:
    values = np.frombuffer(raw, dtype)
    if int(np.prod(shape, dtype=object)) != values.size:
        raise too_large(table, f"{name} claims the shape {shape} for {values.size} values")
    found = as_floats(table, name, values.reshape(shape))
    assert found is not None
    return found


def _sizes(shape: bytes) -> list[int]:
    """Of a TensorShapeProto."""
    return [_fields(dimension).get(1, [0])[0] for dimension in _fields(shape).get(2, [])]


def _entries(table: Path, content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """All keys and values of a table."""
    if len(content) < _FOOTER or content[-8:] != TABLE_MAGIC:
        raise truncated(table)
    footer = content[-_FOOTER:]
    _, at = _varint(footer, 0)
    _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, _ = _varint(footer, at)
    for _, handle in _block(table, content, offset, size):
        start, at = _varint(handle, 0)
        length, _ = _varint(handle, at)
        yield from _block(table, content, start, length)


def _block(table: Path, content: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The entries of one block; each key leaves out what it shares with the one before."""
    if offset + size + 5 > len(content):
        raise truncated(table)
    if content[offset + size] != 0:
        raise LivebrushError(
            f"{table.name} is a compressed checkpoint, which TensorFlow's own saver does not write",
            code="unsupported",
        )
    block = content[offset : offset + size]
    (restarts,) = struct.unpack_from("<I", block, size - 4)
    end, at, key = size - 4 - 4 * restarts, 0, b""
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + own]
        at += own
        yield key, block[at : at + length]
        at += length


def _fields(message: bytes) -> Fields:
    """A protobuf's fields; those inside of it stay bytes."""
    found: Fields = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
        else:
            size, at = {1: (8, at), 5: (4, at)}.get(kind) or _varint(message, at)
            if kind not in (1, 2, 5) or at + size > len(message):
                raise ValueError(f"field of kind {kind}")
            value, at = message[at : at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A whole number of seven bits a byte, and where the next thing begins."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
