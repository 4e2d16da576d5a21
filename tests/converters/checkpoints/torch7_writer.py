"""Torch7's binary files as Torch7 writes them, for what tests need of it."""

import struct
from pathlib import Path
from typing import Any

import numpy as np

from livebrush.converters.checkpoints.torch7 import Module


class Torch7Writer:
    """order: "<" as all machines of today write, ">" as big-endian ones did"""

    def __init__(self, order: str = "<") -> None:
        self.content, self._order, self._index = bytearray(), order, 0

    def value(self, value: Any) -> None:
        if value is None:
            self._int(0)
        elif isinstance(value, bool):
            self._int(5)
            self._int(int(value))
        elif isinstance(value, (int, float)):
            self._int(1)
            self._pack("d", float(value))
        elif isinstance(value, str):
            self._int(2)
            self._string(value)
        elif isinstance(value, dict):
            self._int(3)
            self._next_index()
            self._table(value)
        elif isinstance(value, np.ndarray):
            self.tensor(value.shape, value.astype("f4").ravel())
        else:
            assert isinstance(value, Module)
            self._object(value.name)
            self.value(value.fields)

    def tensor(self, shape: tuple[int, ...], storage: np.ndarray, offset: int = 1) -> None:
        self._object("torch.FloatTensor")
        self._int(len(shape))
        strides = [int(np.prod(shape[n + 1 :])) for n in range(len(shape))]
        for number in (*shape, *strides, offset):
            self._pack("q", number)
        self._object("torch.FloatStorage")
        self._pack("q", storage.size)
        self.content += storage.astype(f"{self._order}f4").tobytes()

    def function(self) -> None:
        self._int(8)

    def _object(self, name: str) -> None:
        self._int(4)
        self._next_index()
        self._string("V 1")
        self._string(name)

    def _table(self, table: dict[Any, Any]) -> None:
        self._int(len(table))
        for key, value in table.items():
            self.value(key)
            self.value(value)

    def _next_index(self) -> None:
        self._index += 1
        self._int(self._index)

    def _string(self, text: str) -> None:
        self._int(len(text))
        self.content += text.encode()

    def _int(self, number: int) -> None:
        self._pack("i", number)

    def _pack(self, form: str, number: float) -> None:
        self.content += struct.pack(self._order + form, number)


def write_torch7(path: Path, value: Any, order: str = "<") -> None:
    writer = Torch7Writer(order)
    writer.value(value)
    path.write_bytes(writer.content)
