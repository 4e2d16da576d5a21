"""Where painted frames and sound go besides the window: sinks that come and go while it plays."""

import threading
from collections import deque
from collections.abc import Iterable
from typing import TypeVar

import numpy as np

from livebrush.realtime.live.frame import SOUND_HZ, PaintedFrame, SoundBlock
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.sinks.sink import Sink

S = TypeVar("S", bound=Sink)
_SILENCE_S = 3.0  # without sound: longer than a busy machine is late with it
_KEPT_S = 2.0  # frames come when they are painted: a recording that begins needs sound of some time ago


class Outputs:
    """Hands every painted frame and all sound to all sinks; one that has a problem is left out from then on, and said.

    sinks:    those there are now, replaced as a whole; closed by this
    lost_one: whether a sink has stopped by itself
    """

    def __init__(self, sinks: Iterable[Sink], notices: Notices) -> None:
        self.sinks: tuple[Sink, ...] = tuple(sinks)
        self.lost_one = False
        self._notices = notices
        self._lock = threading.Lock()
        self._ending: list[threading.Thread] = []
        self._told: dict[Sink, str] = {}
        self._with_sound = False
        self._kept: deque[SoundBlock] = deque()
        self._heard_until_s: float | None = None

    def of(self, kind: type[S]) -> list[S]:
        """Those of one kind."""
        return [sink for sink in self.sinks if isinstance(sink, kind)]

    def show(self, painted: PaintedFrame) -> None:
        """Called in the painter's thread."""
        for sink in self.sinks:
            sink.show(painted)

    def hear(self, block: SoundBlock) -> None:
        """Called in the thread of what is heard."""
        with self._lock:
            self._kept.append(block)
            self._heard_until_s = block.time_s + len(block.samples) / SOUND_HZ
            while self._kept[0].time_s < block.time_s - _KEPT_S:
                self._kept.popleft()
            for sink in self.sinks:
                sink.hear(block)

    def hear_silence(self, now_s: float) -> None:
        """Where no sound has come for some seconds: encoders that had to make up for hours would lose frames."""
        until_s = self._heard_until_s
        if self._with_sound and (until_s is None or until_s < now_s - _SILENCE_S):
            begin_s = now_s - _SILENCE_S if until_s is None else until_s
            self.hear(SoundBlock(np.zeros((SOUND_HZ, 2), np.float32), begin_s))

    def expect_sound(self) -> None:
        """From now on there may be sound: sinks that have had no frame yet make room for it."""
        with self._lock:
            self._with_sound = True
            for sink in self.sinks:
                sink.with_sound = True

    @property
    def lack_sound(self) -> bool:
        """Whether there are sinks that would have taken sound, but were told of none when they began."""
        return any(sink.takes_sound and not sink.with_sound for sink in self.sinks)

    def add(self, sink: Sink) -> None:
        with self._lock:
            sink.with_sound = self._with_sound
            for block in self._kept:
                sink.hear(block)
            self.sinks = (*self.sinks, sink)

    def remove(self, sink: Sink) -> None:
        """It is completed in the background: the picture does not wait for an encoder. Nothing where it has gone."""
        with self._lock:
            if sink not in self.sinks:
                return
            self.sinks = tuple(other for other in self.sinks if other is not sink)
            ending = threading.Thread(target=self._end, args=(sink,), name="livebrush-end-output")
            ending.start()
            self._ending = [thread for thread in self._ending if thread.is_alive()] + [ending]

    def report_problems(self) -> None:
        """Say what went wrong since the last call, and go on without it."""
        for sink in self.sinks:
            if sink.trouble != self._told.get(sink, ""):
                self._told[sink] = sink.trouble
                self._notices.say(sink.trouble)
            if sink.problem:
                self.lost_one = True
                self.remove(sink)

    def close(self) -> None:
        """Complete everything and end all threads."""
        for sink in self.sinks:
            self.remove(sink)
        for thread in self._ending:
            thread.join()

    def _end(self, sink: Sink) -> None:
        stopped_before = bool(sink.problem)
        sink.close()
        if sink.problem:
            self._notices.say(f"{sink.name}{' stopped' if stopped_before else ''}: {sink.problem}")
        elif outcome := sink.outcome():
            self._notices.say(outcome)
