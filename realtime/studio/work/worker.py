"""A process that does jobs: python -m livebrush.realtime.studio.work.worker, with the settings on standard input.

It ends when the server that started it ends, however that ends: its standard input is then closed.
"""

import os
import shutil
import sqlite3
import sys
import threading
import traceback

from livebrush.realtime.studio.work.jobs import RETRIES, this_worker
from livebrush.realtime.studio.work.parts import Parts
from livebrush.realtime.studio.work.queue import Queue
from livebrush.realtime.studio.work.running import TERM_S, Run
from livebrush.realtime.studio.work.settings import Settings

GRACE_S = TERM_S + 10


class Worker:
    """Does what there is to do: the next mail, the next job."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._parts, self._stop, self._name = Parts(settings), stop, this_worker()

    def do_next(self) -> None:
        try:
            while self._parts.post.send_next():
                pass
            if not self._stop.is_set() and (row := self._parts.jobs.claim(self._name)):
                self._run(row)
        except (sqlite3.Error, OSError):  # the disk is full, or gone
            traceback.print_exc()
            os._exit(1)  # the server takes the job from the dead, and starts another worker after a while

    def _run(self, row: sqlite3.Row) -> None:
        jobs, job = self._parts.jobs, row["id"]
        folder = self._parts.job_folder(job)
        try:
            Run(jobs, row, self._name, folder, self._stop)()
        except (sqlite3.Error, OSError):
            raise
        except Exception:  # a fault of ours must not take the other jobs along
            traceback.print_exc()
            if row["failures"] < RETRIES:
                jobs.give_back(job, self._name, failed=True)
            elif jobs.finish(job, self._name, "failed", [], "The studio made a mistake; its log says which."):
                shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    settings = Settings.from_json(sys.stdin.readline())
    stop = threading.Event()
    queue = Queue(settings.queue, settings.folder)
    threading.Thread(target=_stop_with_server, args=(stop,), daemon=True).start()
    worker = Worker(settings, stop)
    queue.serve(worker.do_next, stop)
    queue.close()


def _stop_with_server(stop: threading.Event) -> None:
    """The server writes nothing more; its end, or its wish, closes the pipe."""
    while os.read(0, 1 << 16):
        pass
    stop.set()
    threading.Timer(GRACE_S, os._exit, (1,)).start()


if __name__ == "__main__":
    main()
