"""The thread that reads a live source and puts its newest frame into the mailbox."""

import math
import threading
import time
from collections.abc import Callable

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.frame import Frame
from livebrush.realtime.live.mailbox import Mailbox
from livebrush.realtime.live.rates import RateMeter
from livebrush.realtime.live.sources.source import LiveSource, Playable, SourceEnded, SourceLost

_JOIN_S = 2.0  # a driver may hang for good: it must not hold up the exit


class Capture:
    """Reads a source until it ends; reconnects when it is lost.

    mailbox:   gets the frames, the newest wins
    clock:     seconds, monotonic; stamps the frames whose source does not know when they were captured
    retry_s:   between two attempts to reconnect
    stalled_s: without a frame for so long, the source counts as stalled

    state:  "starting", "playing", "reconnecting", "stalled", "ended", "failed"
    error:  what ended the thread where that was no SourceLost or SourceEnded, else None
    frames: how many were delivered
    """

    def __init__(
        self,
        source: LiveSource,
        mailbox: Mailbox[Frame],
        clock: Callable[[], float] = time.monotonic,
        retry_s: float = 1.0,
        stalled_s: float = 3.0,
    ) -> None:
        self.source = source
        self.frames = 0
        self.error: Exception | None = None
        self._mailbox, self._clock = mailbox, clock
        self._retry_s, self._stalled_s = retry_s, stalled_s
        # It keeps its own time: it is paused itself, and a long still is no stall
        self._video = source if isinstance(source, Playable) else None
        self._paused = False
        self._lock = threading.Lock()
        self._state, self._reason = "starting", ""
        self._rate = RateMeter(clock)
        self._awaited_since_s = clock()
        self._captured_s = -math.inf
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="livebrush-capture", daemon=True)

    def open(self) -> None:
        """Opens the source in the calling thread: macOS lets only the main thread ask for a camera.

        raises: LivebrushError from the source
        """
        self.source.open()

    def start(self) -> None:
        """Starts reading."""
        self._awaited_since_s = self._clock()
        self._thread.start()

    def close(self) -> None:
        """Stops reading and closes the source; may be called twice.

        A source that hangs is given up after two seconds: it is closed by its own thread, should it come back.
        """
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)
        if not self._thread.is_alive():
            self.source.close()

    @property
    def paused(self) -> bool:
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        """A video stops; a camera is read on, so that no old frame waits in its buffers, but nothing is put."""
        self._paused = paused
        if self._video:
            self._video.pause(paused)

    @property
    def state(self) -> str:
        with self._lock:
            return "stalled" if self._waited_s() > self._stalled_s else self._state

    @property
    def trouble(self) -> str:
        """What is wrong, in words; empty while it plays."""
        with self._lock:
            if self._waited_s() > self._stalled_s:
                return f"{self.source.name} has delivered no picture for {self._waited_s():.0f} s"
            return self._reason

    @property
    def rate_hz(self) -> float:
        """Frames a second that were really delivered, over the last two seconds."""
        return self._rate.rate_hz

    def _waited_s(self) -> float:
        """How long a frame has been awaited from a source that should deliver one."""
        if self._video or self._state not in ("starting", "playing") or not self._thread.is_alive():
            return 0.0
        return self._clock() - self._awaited_since_s

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    self._read()
                except SourceLost as lost:
                    self._reconnect(lost)
        except SourceEnded:
            self._become("ended", "")
        except Exception as error:  # shown by whoever watches `state`
            self.error = error
            self._become("failed", str(error) or type(error).__name__)
        finally:
            self.source.close()

    def _read(self) -> None:
        delivered = self.source.read()
        if delivered is None or self._stop.is_set():
            return
        now, own_s = self._clock(), delivered.captured_s
        # A source's own time is believed as far as it can be true: not before the last frame's, nor to come
        self._captured_s = now if own_s is None else max(self._captured_s, min(own_s, now))
        with self._lock:
            self._state, self._reason, self._awaited_since_s = "playing", "", now
            self._rate.tick()
            number, self.frames = self.frames, self.frames + 1
        if self._video or not self._paused:
            self._mailbox.put(Frame(delivered.pixels, self._captured_s, number))

    def _reconnect(self, lost: SourceLost) -> None:
        """Tries until the source opens again; it counts as playing from its next frame on."""
        self.source.close()
        self._become("reconnecting", str(lost))
        while not self._stop.wait(self._retry_s):
            try:
                self.source.open()
            except LivebrushError as error:
                self._become("reconnecting", str(error))
            else:
                return

    def _become(self, state: str, reason: str) -> None:
        with self._lock:
            self._state, self._reason = state, reason
