"""Ctrl-C as a question that work answers where it does no harm, instead of an exception that lands anywhere."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_open: "list[Interrupt]" = []
"""of the blocks that the main thread is in: what one of them hears, all have heard"""


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

    In another than the main thread, which alone hears signals, nothing changes. Blocks may lie within each other.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if interrupt:
            raise KeyboardInterrupt
        for one in _open:
            one.since_s = one.since_s or time.monotonic()

    before = {
        number: signal.signal(number, note)
        for name in _NAMES
        if (number := getattr(signal, name, None)) and signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    interrupt.since_s = _open[-1].since_s if _open else None
    _open.append(interrupt)
    try:
        yield interrupt
    finally:
        _open.remove(interrupt)
        for number, handler in before.items():
            signal.signal(number, handler)
