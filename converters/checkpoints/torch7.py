"""Torch7's binary files (.t7): Lua values, tensors, and the modules of `nn` as tables.

source: the format is what torch's File:readObject reads; numbers are little-endian, int 4 and long 8 bytes
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
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
from livebrush.models.errors import LivebrushError

_NIL, _NUMBER, _STRING, _TABLE, _TORCH, _BOOLEAN = range(6)
_FUNCTIONS = (6, 7, 8)
_DEEPEST = 200
_TYPES = {
    "Float": "<f4", "Cuda": "<f4", "Double": "<f8", "Half": "<f2", "CudaHalf": "<f2", "CudaDouble": "<f8",
    "Long": "<i8", "CudaLong": "<i8", "Int": "<i4", "Short": "<i2", "Byte": "u1", "Char": "i1",
}  # fmt: skip
_KINDS = {
    f"torch.{name}{kind}": (kind, dtype) for name, dtype in _TYPES.items() for kind in ("Tensor", "Storage")
}


@dataclass
class Module:
    """An object of a class of Torch7: its name, such as "nn.SpatialConvolution", and its fields."""

    name: str
    fields: dict[Any, Any] = field(default_factory=dict)

    @property
    def children(self) -> list["Module"]:
        """The modules inside, in their order."""
        inner = self.fields.get("modules")
        if not isinstance(inner, dict):
            return []
        return [inner[key] for key in sorted(key for key in inner if isinstance(key, float))]


def read_torch7(path: Path) -> Checkpoint:
    """raises: LivebrushError for a file that is cut short, holds functions, or claims more than it has"""
    reader = _Reader(path, path.read_bytes())
    try:
        root = reader.value(0)
    except (struct.error, IndexError) as error:
        raise truncated(path) from error
    tensors = {
        name: floats
        for name, values in _named(root, "", set())
        if (floats := as_floats(path, name, values)) is not None
    }
    return Checkpoint(path, "Torch7", tensors, root)


def _named(value: Any, name: str, seen: set[int]) -> Iterator[tuple[str, np.ndarray]]:
    """All tensors that hold something, by the keys that lead to them."""
    if isinstance(value, np.ndarray):
        if value.size:  # modules keep empty buffers
            yield name, value
        return
    inner = value.fields if isinstance(value, Module) else value
    if not isinstance(inner, dict) or id(inner) in seen:
        return
    seen.add(id(inner))
    for key, below in inner.items():
        key = int(key) if isinstance(key, float) else key
        yield from _named(below, f"{name}.{key}" if name else str(key), seen)


class _Reader:
    def __init__(self, path: Path, content: bytes) -> None:
        self._path, self._content, self._at = path, content, 0
        self._seen: dict[int, Any] = {}
        self._values = 0

    def value(self, depth: int) -> Any:
        """The next Lua value: None, float, str, bool, dict, Module or array."""
        if depth > _DEEPEST:
            raise too_large(self._path, f"tables inside tables, more than {_DEEPEST}")
        kind = self._int()
        if kind == _NIL:
            return None
        if kind == _NUMBER:
            return self._unpack("<d")
        if kind == _STRING:
            return self._string()
        if kind == _BOOLEAN:
            return self._int() == 1
        if kind in (_TABLE, _TORCH):
            return self._shared(kind, depth)
        if kind in _FUNCTIONS:
            raise LivebrushError(
                f"{self._path.name} holds Lua code (a function), which is not read: save the model alone",
                code="unsupported",
            )
        raise LivebrushError(
            f"{self._path.name} is no Torch7 file, or damaged: it has a value of kind {kind} at byte {self._at - 4}",
            code="unreadable",
        )

    def _shared(self, kind: int, depth: int) -> Any:
        """Tables and objects, which may occur several times and are stored once."""
        index = self._int()
        if index in self._seen:
            return self._seen[index]
        if kind == _TABLE:
            table: dict[Any, Any] = {}
            self._seen[index] = table
            self._fill(table, depth)
            return table
        version = self._string()
        name = self._string() if version.startswith("V ") else version
        if name in _KINDS:
            part, dtype = _KINDS[name]
            self._seen[index] = self._storage(dtype) if part == "Storage" else self._tensor(depth)
            return self._seen[index]
        module = Module(name)
        self._seen[index] = module
        fields = self.value(depth + 1)
        if not isinstance(fields, dict):
            raise LivebrushError(
                f"{self._path.name} holds a {name:.60}, which is not read here", code="unsupported"
            )
        module.fields = fields
        return module

    def _fill(self, table: dict[Any, Any], depth: int) -> None:
        for _ in range(self._count(self._int(), 8)):
            key = self.value(depth + 1)
            if isinstance(key, (dict, Module, np.ndarray)):
                key = id(key)
            table[key] = self.value(depth + 1)

    def _tensor(self, depth: int) -> np.ndarray:
        dimensions = self._count(self._int(), 16)
        shape = [self._unpack("<q") for _ in range(dimensions)]
        strides = [self._unpack("<q") for _ in range(dimensions)]
        offset = self._unpack("<q") - 1
        storage = self.value(depth + 1)
        if storage is None or not dimensions:
            return np.empty(0, np.float32)
        last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
        size = int(np.prod(shape, dtype=object))
        inside = min(shape) >= 0 and min(strides) >= 0 and offset >= 0 and last < storage.size
        self._values += size
        if not inside or size > storage.size or self._values > MOST_VALUES:
            raise too_large(self._path, f"a tensor of {shape} in {storage.size} values")
        steps = [stride * storage.itemsize for stride in strides]
        return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps).copy()

    def _storage(self, dtype: str) -> np.ndarray:
        width = np.dtype(dtype).itemsize
        size = self._count(self._unpack("<q"), width)
        found = np.frombuffer(self._content, dtype, size, self._at)
        self._at += size * width
        return found

    def _string(self) -> str:
        length = self._count(self._int(), 1)
        text = self._content[self._at : self._at + length]
        self._at += length
        return text.decode("utf-8", "replace")

    def _count(self, count: int, each: int) -> int:
        """A number of things of some bytes each, which the rest of the file must hold."""
        if count < 0 or count * each > len(self._content) - self._at:
            raise truncated(self._path, f" at byte {self._at}, where {count} values are announced")
        return count

    def _int(self) -> int:
        return self._unpack("<i")

    def _unpack(self, form: str) -> Any:
        (value,) = struct.unpack_from(form, self._content, self._at)
        self._at += struct.calcsize(form)
        return value
