"""What every sink does, and the thread that keeps a slow one from holding up the painter."""

import queue
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Self

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import PaintedFrame

LASTED_S = 3.0
"""of work without an error: before that an address is more likely wrong than a line is broken"""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0


class Sink(ABC):
    """Takes painted frames from when it is made until it is closed; a `with` block closes it.

    name:    for messages: "recording", "virtual camera"
    target:  where the frames go, as it may be shown: a file, an address without its key, a device
    problem: why it stopped by itself, else ""
    trouble: what is wrong for now, or has just become right again, else ""
    """

    name: str
    target: str = ""
    problem: str = ""
    trouble: str = ""

    @abstractmethod
    def show(self, painted: PaintedFrame) -> None:
        """Take a frame; never waits, and never changes it. Nothing after a problem, nor after `close`."""

    @abstractmethod
    def close(self) -> None:
        """Complete what was begun and end; may be called twice."""

    def outcome(self) -> str:
        """What came of it, a line for a person, once it is closed; "" where that is nothing to speak of."""
        return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SinkThread(threading.Thread, Sink):
    """A sink that works in a thread of its own; subclasses fill in `_begin`, `_write` and `_end`.

    queued: how many frames may wait; more are dropped, the oldest first, and counted in `dropped`

    An error in any of the three ends the sink: it becomes `problem`, and frames are ignored from then on. A sink that
    `resumes` and had worked for LASTED_S is begun anew instead, after pauses that grow; `trouble` tells.
    """

    resumes = False

    def __init__(self, name: str, queued: int) -> None:
        super().__init__(name=name, daemon=True)
        self.dropped, self._closing = 0, False
        self._waiting: queue.Queue[PaintedFrame | None] = queue.Queue()
        self._queued = queued

    def show(self, painted: PaintedFrame) -> None:
        if self.problem or self._closing:
            return
        while self._waiting.qsize() >= self._queued:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
            self.dropped += 1
        self._waiting.put(painted)

    def close(self) -> None:
        self._closing = True
        if self.is_alive():
            self._waiting.put(None)
            self.join()

    def run(self) -> None:
        begun_s: float | None = None
        pauses = _Pauses()
        while (painted := self._waiting.get()) is not None:
            if pauses.left_s() > 0:
                continue
            try:
                if begun_s is None:
                    self._begin(painted)
                    begun_s = time.monotonic()
                self._write(painted)
                if pauses.count and time.monotonic() - begun_s > LASTED_S:
                    self.trouble = f"{self.name} goes on"
                    pauses = _Pauses()
            except Exception as error:  # one sink less is better than no show
                has_lasted = pauses.count or (begun_s is not None and time.monotonic() - begun_s > LASTED_S)
                if not (self.resumes and has_lasted):
                    self.problem = _reason(error)
                    break
                if begun_s is not None:
                    self._give_up()
                begun_s = None
                self.trouble = f"{_reason(error).partition(';')[0]}; tried again in {pauses.begin():g} s"
        if begun_s is not None:
            self._finish()

    def _give_up(self) -> None:
        with suppress(Exception):  # it is broken: what it says at its end is no news
            self._end()

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


class _Pauses:
    """Between attempts: each twice as long as the one before, up to LONGEST_PAUSE_S."""

    def __init__(self) -> None:
        self.count, self._until_s = 0, 0.0

    def begin(self) -> float:
        """Starts the next and returns its length, seconds."""
        length_s = min(FIRST_PAUSE_S * 2**self.count, LONGEST_PAUSE_S)
        self.count += 1
        self._until_s = time.monotonic() + length_s
        return length_s

    def left_s(self) -> float:
        return self._until_s - time.monotonic()


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, LivebrushError) else f"{type(error).__name__}: {error}"
