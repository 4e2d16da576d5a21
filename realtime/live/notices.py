"""What the program has to say while it plays: shown on the HUD for some seconds, and told to a listener."""

import threading
import time
from collections.abc import Callable


class Notices:
    """Short lines for the person in front of the window; any thread may say one.

    listener: told every line at once, in the thread that says it (the command line prints it)
    """

    SHOWN_S = 5.0

    def __init__(
        self, listener: Callable[[str], None] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._listener, self._clock = listener, clock
        self._lock = threading.Lock()
        self._lines: list[tuple[float, str]] = []

    def say(self, line: str) -> None:
        now = self._clock()
        with self._lock:
            # Said again, it is not shown twice
            self._lines = [(until, old) for until, old in self._lines if old != line and until > now]
            self._lines.append((now + self.SHOWN_S, line))
        if self._listener:
            self._listener(line)

    def current(self) -> list[str]:
        """The lines of the last seconds, oldest first."""
        now = self._clock()
        with self._lock:
            return [line for until, line in self._lines if until > now]
