"""What every sink does, and the thread that keeps a slow one from holding up the painter."""

import queue
import threading
from abc import ABC, abstractmethod
from typing import Protocol

from models.errors import LivebrushError
from realtime.live.frame import PaintedFrame


class Sink(Protocol):
    """Takes painted frames.

    name:    for messages: "recording", "virtual camera"
    problem: why it stopped by itself, else ""
    """

    name: str

    @property
    def problem(self) -> str: ...

    def show(self, painted: PaintedFrame) -> None:
        """Take a frame; never waits."""
        ...

    def close(self) -> None:
        """Complete what was begun and end; may be called twice."""
        ...


class SinkThread(threading.Thread, ABC):
    """A sink that works in a thread of its own; subclasses fill in `_begin`, `_write` and `_end`.

    queued: how many frames may wait; more are dropped, the oldest first, and counted in `dropped`

    An error in any of the three ends the sink: it becomes `problem`, and frames are ignored from then on.
    """

    def __init__(self, name: str, queued: int) -> None:
        super().__init__(name=name, daemon=True)
        self.dropped, self.problem = 0, ""
        self._waiting: queue.Queue[PaintedFrame | None] = queue.Queue()
        self._queued = queued

    def show(self, painted: PaintedFrame) -> None:
        if self.problem:
            return
        while self._waiting.qsize() >= self._queued:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
            self.dropped += 1
        self._waiting.put(painted)

    def close(self) -> None:
        if self.is_alive():
            self._waiting.put(None)
            self.join()

    def run(self) -> None:
        begun = False
        try:
            while (painted := self._waiting.get()) is not None:
                if not begun:
                    self._begin(painted)
                    begun = True
                self._write(painted)
        except Exception as error:  # one sink less is better than no show
            self.problem = _reason(error)
        finally:
            if begun:
                self._finish()

    def _finish(self) -> None:
        try:
            self._end()
        except Exception as error:
            self.problem = self.problem or _reason(error)

    @abstractmethod
    def _begin(self, painted: PaintedFrame) -> None:
        """Before the first frame, which tells the size."""

    @abstractmethod
    def _write(self, painted: PaintedFrame) -> None:
        """Every frame, the first one too."""

    @abstractmethod
    def _end(self) -> None:
        """After the last frame, and after an error."""


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, LivebrushError) else f"{type(error).__name__}: {error}"
