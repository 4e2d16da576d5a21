"""The thread that paints: newest frame in, painted frame out to the sinks and to whoever shows it."""

import threading
import time
from collections.abc import Callable

from livebrush.realtime.engine.runs import end
from livebrush.realtime.live.frame import Frame, PaintedFrame
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.painter import Painter
from livebrush.realtime.live.rates import Spread
from livebrush.realtime.live.settings import PaintSettings

_WAIT_S = 0.1  # how often a loop without frames looks at its stop event


class PaintLoop(threading.Thread):
    """Paints whatever is newest in the mailbox.

    settings: asked before each frame
    deliver:  given each painted frame, in this thread; must not wait
    busy:     True from taking a frame until it is delivered
    net_s, paint_s, between_s: seconds a frame in the net, from taking to delivering it, from delivery to delivery
    error:    what ended the loop, None while all is well
    """

    def __init__(
        self,
        mailbox: Mailbox[Frame],
        painter: Painter,
        settings: Callable[[], PaintSettings],
        deliver: Callable[[PaintedFrame], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name="livebrush-painter", daemon=True)
        self._mailbox, self._painter = mailbox, painter
        self._settings, self._deliver, self._clock = settings, deliver, clock
        self._stopped, self._restarted = threading.Event(), threading.Event()
        self.busy = False
        self.net_s, self.paint_s, self.between_s = Spread(), Spread(), Spread()
        self.error: BaseException | None = None

    def restart(self) -> None:
        """The next frame does not follow the last one; see Painter.restart."""
        self._restarted.set()

    def close(self) -> None:
        self._stopped.set()
        end(self)

    def run(self) -> None:
        last_s: float | None = None
        try:
            while not self._stopped.is_set():
                frame = self._mailbox.take(_WAIT_S)
                if frame is None:
                    last_s = None  # a pause is no slow frame
                    continue
                self.busy = True
                last_s = self._paint(frame, last_s)
                self.busy = False
        except BaseException as error:  # raised again in the main thread
            self.error = error
            self.busy = False

    def _paint(self, frame: Frame, last_s: float | None) -> float:
        if self._restarted.is_set():
            self._restarted.clear()
            self._painter.restart()
        started = self._clock()
        painted = self._painter.paint(frame, self._settings())
        self._deliver(painted)
        now = self._clock()
        self.net_s.add(painted.net_s)
        self.paint_s.add(now - started)
        if last_s is not None:
            self.between_s.add(now - last_s)
        return now
