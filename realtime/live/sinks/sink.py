"""What every sink does, and the thread that keeps a slow one from holding up the painter."""

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress
from typing import Self

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import SOUND_HZ, PaintedFrame, SoundBlock

LASTED_S = 3.0
"""of work without an error: before that an address is more likely wrong than a line is broken"""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
_MOST_SOUND = 10 * SOUND_HZ  # samples that wait: a stalled network or disk loses what is older


class Sink(ABC):
    """Takes painted frames from when it is made until it is closed; a `with` block closes it.

    name:    for messages: "recording", "virtual camera"
    target:  where the frames go, as it may be shown: a file, an address without its key, a device
    problem: why it stopped by itself, else ""
    trouble: what is wrong for now, or has just become right again, else ""
    takes_sound: whether `hear` does something
    with_sound:  whether to expect sound; told before the first frame, later it is too late for another track
    """

    name: str
    target: str = ""
    problem: str = ""
    trouble: str = ""
    takes_sound: bool = False
    with_sound: bool = False

    @abstractmethod
    def show(self, painted: PaintedFrame) -> None:
        """Take a frame; never waits, and never changes it. Nothing after a problem, nor after `close`."""

    def hear(self, block: SoundBlock) -> None:  # noqa: B027 - most sinks are deaf
        """Take a piece of sound, in any thread; as `show` otherwise."""

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
    """A sink that works in a thread of its own; subclasses fill in `_begin`, `_write` and `_end`, and `_write_sound`.

    queued: how many frames may wait; more are dropped, the oldest first, and counted in `dropped`

    An error in any of them ends the sink: it becomes `problem`, and frames are ignored from then on. A sink that
    `resumes` and had worked for LASTED_S is begun anew instead, after pauses that grow; `trouble` tells.
    """

    resumes = False

    def __init__(self, name: str, queued: int) -> None:
        super().__init__(name=name, daemon=True)
        self._waiting = _Waiting(queued)

    @property
    def dropped(self) -> int:
        return self._waiting.dropped

    def show(self, painted: PaintedFrame) -> None:
        if not self.problem:
            self._waiting.put(painted)

    def hear(self, block: SoundBlock) -> None:
        if self.takes_sound and self.with_sound and not self.problem:
            self._waiting.put_sound(block)

    def close(self) -> None:
        self._waiting.close()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        begun_s: float | None = None
        pauses = _Pauses()
        while (item := self._waiting.take(with_sound=begun_s is not None)) is not None:
            if pauses.left_s() > 0:
                continue
            try:
                if isinstance(item, SoundBlock):
                    self._write_sound(item)
                    continue
                if begun_s is None:
                    self._begin(item)
                    begun_s = time.monotonic()
                self._write(item)
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

    def _write_sound(self, block: SoundBlock) -> None:
        """Every piece of sound, after the first frame; some of it from before that."""

    @abstractmethod
    def _end(self) -> None:
        """After the last frame, and after an error."""


class _Waiting:
    """What waits for a sink: sound first, which costs little, then the oldest frame.

    queued: how many frames may wait; dropped: how many were replaced by newer ones
    """

    def __init__(self, queued: int) -> None:
        self._queued, self.dropped, self._closed = queued, 0, False
        self._changed = threading.Condition()
        self._frames: deque[PaintedFrame] = deque()
        self._sound: deque[SoundBlock] = deque()
        self._samples = 0

    def put(self, painted: PaintedFrame) -> None:
        with self._changed:
            if self._closed:
                return
            while len(self._frames) >= self._queued:
                self._frames.popleft()
                self.dropped += 1
            self._frames.append(painted)
            self._changed.notify()

    def put_sound(self, block: SoundBlock) -> None:
        with self._changed:
            if self._closed:
                return
            self._sound.append(block)
            self._samples += len(block.samples)
            while self._samples > _MOST_SOUND:
                self._samples -= len(self._sound.popleft().samples)
            self._changed.notify()

    def take(self, with_sound: bool) -> PaintedFrame | SoundBlock | None:
        """Waits for something; None when it is closed and all was taken. with_sound: sound as well."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._closed or (with_sound and self._sound))
            if with_sound and self._sound:
                block = self._sound.popleft()
                self._samples -= len(block.samples)
                return block
            return self._frames.popleft() if self._frames else None

    def close(self) -> None:
        """Nothing is put any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()


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
