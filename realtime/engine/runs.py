"""Runs of nets that can be ended from outside: a model may hold a loop that never returns."""

import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import onnxruntime as ort

_PATIENCE_S = 3.0
"""how long a run may go on after Ctrl-C: one frame of the slowest net takes less"""

_lock = threading.Lock()
_since: dict[ort.RunOptions, float] = {}


@contextmanager
def run_options(limit_s: float | None = None) -> Iterator[ort.RunOptions]:
    """Options for one run, which `stop_runs` can end; ONNX Runtime raises an exception then.

    limit_s: seconds after which it ends by itself
    """
    options = ort.RunOptions()
    with _lock:
        _since[options] = time.monotonic()
    timer = threading.Timer(limit_s, _stop, [options]) if limit_s else None
    if timer:
        timer.daemon = True
        timer.start()
    try:
        yield options
    finally:
        if timer:
            timer.cancel()
        with _lock:
            del _since[options]


def stop_runs(longer_than_s: float = 0.0) -> None:
    """End the runs that have taken so long already."""
    began_before = time.monotonic() - longer_than_s
    with _lock:
        for options, since in _since.items():
            if since <= began_before:
                _stop(options)


def end(thread: threading.Thread, patience_s: float = _PATIENCE_S) -> None:
    """Join a thread that was told to stop; a run that keeps it from doing so is ended."""
    if not thread.is_alive():
        return
    thread.join(patience_s)
    while thread.is_alive():
        stop_runs(patience_s)
        thread.join(0.1)


def _stop(options: ort.RunOptions) -> None:
    options.terminate = True


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Within the block a signal ends a run that goes on for long after it.

    Python itself hears signals only between two of its own instructions, and there are none while a net runs.
    """
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        yield
        return
    told, tell = socket.socketpair()
    tell.setblocking(False)
    before = signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
    over = threading.Event()
    ear = threading.Thread(
        target=_stop_after_signals, args=[told, over], name="livebrush-signals", daemon=True
    )
    ear.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        over.set()
        tell.close()
        ear.join()


def _stop_after_signals(told: socket.socket, over: threading.Event) -> None:
    ending = {signal.SIGINT, signal.SIGTERM}
    with told, suppress(OSError):
        while numbers := told.recv(64):
            if ending & set(numbers) and not over.wait(_PATIENCE_S):
                stop_runs(_PATIENCE_S)
