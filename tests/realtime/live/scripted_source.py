"""A live source that does what a test wrote down."""

import threading
import time
from collections.abc import Iterable, Iterator

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.sources.source import Delivered, LiveSource, SourceEnded


class ScriptedSource(LiveSource):
    """Hands out the script's pictures, raises its exceptions, and ends with it.

    rate_hz: the pace; as fast as they are taken where None
    open_errors: what the first calls of `open` raise
    """

    def __init__(
        self,
        script: Iterable[np.ndarray | Exception],
        name: str = "script",
        rate_hz: float | None = None,
        open_errors: Iterable[LivebrushError] = (),
    ) -> None:
        self.name, self.rate_hz = name, rate_hz
        self._script: Iterator[np.ndarray | Exception] = iter(script)
        self._open_errors = iter(open_errors)
        self.opened = self.closed = 0
        self.closing = threading.Event()

    def open(self) -> None:
        if (error := next(self._open_errors, None)) is not None:
            raise error
        self.opened += 1

    def read(self) -> Delivered | None:
        step = next(self._script, None)
        if step is None:
            raise SourceEnded
        if isinstance(step, Exception):
            raise step
        if self.rate_hz:
            time.sleep(1 / self.rate_hz)
        return Delivered(step)

    def close(self) -> None:
        self.closed += 1


def pictures(count: int, size: tuple[int, int] = (48, 64)) -> list[np.ndarray]:
    """Grey pictures, a little lighter each."""
    return [np.full((*size, 3), number % 256, np.uint8) for number in range(count)]
