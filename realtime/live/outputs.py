"""Where painted frames go besides the window: sinks that come and go while it plays."""

import threading
from collections.abc import Iterable
from typing import TypeVar

from livebrush.realtime.live.frame import PaintedFrame
from livebrush.realtime.live.notices import Notices
from livebrush.realtime.live.sinks.sink import Sink

S = TypeVar("S", bound=Sink)


class Outputs:
    """Hands every painted frame to all sinks; says when one of them has a problem, and leaves it out from then on.

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

    def of(self, kind: type[S]) -> list[S]:
        """Those of one kind."""
        return [sink for sink in self.sinks if isinstance(sink, kind)]

    def show(self, painted: PaintedFrame) -> None:
        """Called in the painter's thread."""
        for sink in self.sinks:
            sink.show(painted)

    def add(self, sink: Sink) -> None:
        with self._lock:
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
