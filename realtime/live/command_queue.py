"""Commands from other threads, carried out in the main one."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from livebrush.models.errors import LivebrushError

Answer = dict[str, Any]


class CommandQueue:
    """Takes `{"command": …, "value": …}` from any thread; the main thread answers.

    do:     carries out a command with its value, in the main thread
    status: what a successful answer holds besides "ok"
    """

    def __init__(self, do: Callable[[str, Any], None], status: Callable[[], Answer]) -> None:
        self._do, self._status = do, status
        self._waiting: queue.Queue[tuple[dict[str, Any], Future[Answer]]] = queue.Queue()
        self._closed = threading.Event()

    def ask(self, request: dict[str, Any]) -> Answer:
        """Wait until the main thread has carried out the command; called in any other thread."""
        answer: Future[Answer] = Future()
        self._waiting.put((request, answer))
        while not self._closed.is_set():
            with suppress(TimeoutError):
                return answer.result(timeout=0.1)
        return {"ok": False, "error": "the show is over"}

    def answer_all(self) -> None:
        """Carry out what was asked since the last call; called in the main thread."""
        with suppress(queue.Empty):
            while True:
                request, answer = self._waiting.get_nowait()
                answer.set_result(self._carry_out(request))

    def close(self) -> None:
        """Nobody waits for an answer any more."""
        self._closed.set()

    def _carry_out(self, request: dict[str, Any]) -> Answer:
        try:
            self._do(request.get("command", ""), request.get("value"))
        except LivebrushError as error:
            return {"ok": False, "error": str(error)}
        except Exception as error:  # a command never ends the show
            failed = str(request.get("command"))[:40]
            return {"ok": False, "error": f"{failed} failed ({type(error).__name__}: {str(error)[:200]})"}
        return {"ok": True, **self._status()}
