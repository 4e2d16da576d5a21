"""Ctrl-C as a question that work answers where it does no harm, instead of an exception that lands anywhere."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupt:
    """Whether the user wants to stop. `since_s` is when that was told, by a monotonic clock; None: not yet"""

    since_s: float | None = None

    def __bool__(self) -> bool:
        return self.since_s is not None

    @property
    def age_s(self) -> float:
        return 0.0 if self.since_s is None else time.monotonic() - self.since_s


@contextmanager
def noticed() -> Iterator[Interrupt]:
    """Within the block the first Ctrl-C or SIGTERM is only noted; a second one raises KeyboardInterrupt.

    In another than the main thread, which alone hears signals, nothing changes.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if interrupt:
            raise KeyboardInterrupt
        interrupt.since_s = time.monotonic()

    before = {
        number: signal.signal(number, note)
        for name in _NAMES
        if (number := getattr(signal, name, None)) and signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
