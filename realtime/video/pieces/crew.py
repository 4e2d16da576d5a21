"""Pieces given to workers, and heard of until all are painted."""

import time
from collections import deque
from collections.abc import Callable, Sequence

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Progress
from livebrush.realtime.interrupts import Interrupt
from livebrush.realtime.video.pieces.paint import PieceTask
from livebrush.realtime.video.pieces.piece_task import task_of
from livebrush.realtime.workers.port import Done, Lost, NotDone, Told, Workers

_POLL_S = 0.1
_PATIENCE_S = 20.0
"""with workers that complete what they have, when they were told to stop"""


class Crew:
    """Has workers of any kind paint pieces, where they reach the files.

    count: how many pieces are painted at once
    """

    def __init__(self, workers: Workers) -> None:
        self._workers, self.count = workers, workers.count

    def paint(
        self, tasks: Sequence[PieceTask], on_progress: Callable[[str, int], object], interrupt: Interrupt
    ) -> bool:
        """Paints pieces, in any order; False when the user stopped it: what is painted stays.

        on_progress: called with the name of a piece's file and how many frames it has by now
        raises: LivebrushError of the first that fails, when the others have stopped
        """
        waiting = deque(task_of(task) for task in tasks)
        names = {str(task.target): task.target.name for task in tasks}
        busy: set[str] = set()
        error: LivebrushError | None = None
        gives_up_s: float | None = None  # None: nothing has stopped the work
        while busy or (waiting and gives_up_s is None):
            if gives_up_s is None and (interrupt or error):
                gives_up_s = time.monotonic() + _PATIENCE_S
                self._workers.stop()
            while waiting and gives_up_s is None and self._workers.free:
                busy.add(waiting[0].name)
                self._workers.give(waiting.popleft())
            message = self._workers.next(_POLL_S)
            if gives_up_s is not None and time.monotonic() > gives_up_s:
                break
            if message is None or message.task not in busy:
                continue
            if not isinstance(message, Told):
                busy.remove(message.task)
            match message:
                case Told(task, Progress(done)):
                    on_progress(names[task], done)
                case Done(task, values):
                    on_progress(names[task], values["frames"])
                case NotDone() | Lost():
                    error = error or _error_of(message)
                case _:
                    pass
        if error and error.code != "stopped":
            raise error
        return not (waiting or busy or error)


def _error_of(ended: NotDone | Lost) -> LivebrushError:
    if isinstance(ended, NotDone):
        return ended.error
    told = f"a worker ended, perhaps for want of memory ({ended.why}); fewer workers need less"
    return LivebrushError(told, code="failed", remedy="go_on")
