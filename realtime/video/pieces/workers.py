"""Workers on this machine: processes that paint pieces, each with its share of the cores."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue
from typing import Any

import psutil

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Failed, Progress
from livebrush.realtime.interrupts import Interrupt
from livebrush.realtime.video.pieces.paint import Painting, PieceReport, PieceTask, paint_piece
from livebrush.realtime.video.video_painter import VideoPainter, video_painter

_POLL_S = 0.1
_PATIENCE_S = 20.0  # with workers that complete what they have, when the user wants to stop

Told = tuple[str, int]
"""the file of a piece, and how many frames it has by now"""


class Workers:
    """Processes that paint pieces, as many at once as there are workers; they keep their style between two.

    count: how many; each gets its share of the cores that this process may use

    Python starts them anew (spawn): a script that calls this has to be guarded by `if __name__ == "__main__"`.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        context = multiprocessing.get_context("spawn")
        shares: SimpleQueue[Sequence[int]] = context.SimpleQueue()
        for share in shares_of(usable(), count):
            shares.put(share)
        self._told: SimpleQueue[Told] = context.SimpleQueue()
        # Its end tells the workers to stop: whoever holds it closes it, or dies
        heard, self._lifeline = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            count, context, initializer=_begin, initargs=(heard, shares, self._told)
        )

    def paint(
        self, tasks: Sequence[PieceTask], on_progress: Callable[[str, int], object], interrupt: Interrupt
    ) -> bool:
        """Paints pieces, in any order; False when the user stopped it: what is painted stays.

        on_progress: called with the file of a piece and how many frames it has by now
        raises: LivebrushError of the first that fails, when the others have stopped
        """
        waiting: set[Future[PieceReport | Failed | None]] = {self._pool.submit(_paint, t) for t in tasks}
        try:
            while waiting and not interrupt:
                done, waiting = wait(waiting, _POLL_S, FIRST_COMPLETED)
                self._pass_on(on_progress)
                for future in done:
                    result = future.result()
                    if isinstance(result, Failed):
                        raise LivebrushError(
                            result.text, code=result.code, remedy=result.remedy, **result.values
                        )
                    if result is None:
                        self._stop(waiting)
                        return False
        except BrokenProcessPool as error:
            raise LivebrushError(
                "a worker ended, perhaps for want of memory; fewer workers need less",
                code="failed",
                remedy="go_on",
            ) from error
        finally:
            if waiting:
                self._stop(waiting)
            self._pass_on(on_progress)
        return not waiting

    def _pass_on(self, on_progress: Callable[[str, int], object]) -> None:
        while not self._told.empty():
            on_progress(*self._told.get())

    def _stop(self, waiting: set[Future[Any]]) -> None:
        """Workers complete what they have; then they end."""
        self._lifeline.close()
        wait([future for future in waiting if not future.cancel()], _PATIENCE_S)

    def close(self) -> None:
        """Ends the workers."""
        self._lifeline.close()
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def local_workers(count: int) -> Iterator[Workers]:
    """Workers for as long as the block lasts."""
    workers = Workers(count)
    try:
        yield workers
    finally:
        workers.close()


def usable() -> list[int]:
    """Which cores this process may use, by number; none where the system does not tell."""
    process = psutil.Process()
    return process.cpu_affinity() or [] if hasattr(process, "cpu_affinity") else []


def shares_of(cores: Sequence[int], workers: int) -> list[Sequence[int]]:
    """Which cores each worker gets: as many each as there are for all; more workers than cores share them."""
    return [cores[n % len(cores) :: workers] for n in range(workers)] if cores else [[]] * workers


_painting = threading.Lock()
_heard: list[Any] = []
_loaded: list[tuple[Painting, VideoPainter]] = []


def _begin(lifeline: Connection, shares: "SimpleQueue[Sequence[int]]", told: "SimpleQueue[Told]") -> None:
    """What a worker does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's goes to all: the first process decides
    signal.signal(signal.SIGTERM, lambda *_: None)  # heard while a piece is painted, see `noticed`
    if share := shares.get():
        psutil.Process().cpu_affinity(list(share))
    _heard[:] = [told]
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: Connection) -> None:
    """Stops the painting when nobody holds the other end any more, and the worker when its first process is gone."""
    with suppress(EOFError, OSError):
        lifeline.recv()
    signal.raise_signal(signal.SIGTERM)
    if parent := multiprocessing.parent_process():
        parent.join()
    with _painting:
        os._exit(1)


def _paint(task: PieceTask) -> PieceReport | Failed | None:
    if not _loaded or _loaded[0][0] != task.painting:
        how = task.painting
        _loaded[:] = [(how, video_painter(how.styles, how.device, how.threads, how.finish))]
    [told] = _heard

    def tell(event: Event) -> None:
        if isinstance(event, Progress):
            told.put((task.target.name, event.done))

    try:
        with _painting:
            return paint_piece(task, _loaded[0][1], tell)
    except LivebrushError as error:
        return Failed.of(error)
