"""The work of a studio as one object: opened on a folder, started, closed."""

import math
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from livebrush.models.events import logger
from livebrush.models.folder_lock import FolderLock
from livebrush.realtime.studio.work.gallery import Gallery
from livebrush.realtime.studio.work.ordering import Ordering
from livebrush.realtime.studio.work.parts import Parts
from livebrush.realtime.studio.work.queue import Queue
from livebrush.realtime.studio.work.settings import Settings
from livebrush.realtime.studio.work.uploads import Uploads
from livebrush.realtime.studio.work.worker import GRACE_S

LOOK_S = 0.5  # after workers that ended
TIDY_S = 5.0  # after jobs without a worker or a message
EXPIRE_S = 60.0  # after what has expired
_LIVED_S, _LONGEST_PAUSE_S = 10.0, 30.0


@dataclass
class _Place:
    """Where a worker is, or is to be started again. pause_s: before the next start"""

    process: subprocess.Popen[str] | None = None
    started_s: float = 0.0
    pause_s: float = 0.0


class Work:
    """Uploads, jobs, results and the gallery of a studio; the worker processes between `start` and `close`.

    holder: who works in the folder, for those who are told that it is in use; it is this studio's until `close`
    raises: LivebrushError for a queue that cannot be, and for a folder that another studio works in
    """

    def __init__(self, settings: Settings, holder: str = "another studio") -> None:
        self.settings = settings
        self._lock = FolderLock(settings.folder, holder)
        try:
            self.parts = Parts(settings)
            self.queue = Queue(settings.queue, settings.folder)
        except BaseException:
            self._lock.close()
            raise
        self.uploads = Uploads(self.parts)
        self.ordering = Ordering(self.parts, self.queue)
        self.gallery = Gallery(self.parts)
        self.closing = threading.Event()
        self._places = [_Place() for _ in range(settings.jobs_at_once)]
        self._keeper: threading.Thread | None = None
        self._expired_s = -math.inf

    def start(self) -> None:
        """What an earlier server had not finished goes on."""
        self.uploads.remove_leftovers()
        self.parts.post.take_up()
        self._try_to_tidy()
        self._keeper = threading.Thread(target=self._keep, name="studio work")
        self._keeper.start()

    def close(self) -> None:
        """Jobs that run are given time to keep what they have, and wait for the next start."""
        self.closing.set()
        if self._keeper:
            self._keeper.join()
        processes = [place.process for place in self._places if place.process]
        for process in processes:
            if process.stdin:
                process.stdin.close()
        for process in processes:
            try:
                process.wait(GRACE_S + LOOK_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.queue.close()
        self._lock.close()

    def tidy(self) -> None:
        """Takes jobs from dead workers, sees that none waits unheard, and removes what has expired."""
        self.parts.jobs.take_from_the_dead()
        for _ in range(self.parts.jobs.waiting() - self.queue.messages):
            self.queue.wake()
        if time.monotonic() - self._expired_s > EXPIRE_S:
            self._expire()
            self._expired_s = time.monotonic()

    def _keep(self) -> None:
        tidied_s = time.monotonic()
        while not self.closing.wait(LOOK_S):
            ended = [self._look_after(place) for place in self._places]
            if any(ended) or time.monotonic() - tidied_s > TIDY_S:
                self._try_to_tidy(worker_ended=any(ended))
                tidied_s = time.monotonic()

    def _try_to_tidy(self, *, worker_ended: bool = False) -> None:
        """What cannot be done now, since the disk is full or the queue away, is tried again soon."""
        try:
            if worker_ended:
                self.parts.post.take_up()
            self.tidy()
        except Exception:  # of SQLite, of Redis, of the disk
            logger.exception("the studio could not tidy up")

    def _look_after(self, place: _Place) -> bool:
        """Starts the worker where there is none. True: it had ended."""
        now_s = time.monotonic()
        ended = place.process is not None and place.process.poll() is not None
        if ended:
            assert place.process
            if place.process.stdin:
                place.process.stdin.close()
            place.process = None
            short = now_s - place.started_s < _LIVED_S
            place.pause_s = min(2 * place.pause_s + 1, _LONGEST_PAUSE_S) if short else 0.0
        if place.process is None and now_s - place.started_s >= place.pause_s:
            place.process, place.started_s = self._worker(), now_s
        return ended

    def _worker(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "livebrush.realtime.studio.work.worker"], stdin=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        assert process.stdin
        process.stdin.write(self.settings.to_json() + "\n")
        process.stdin.flush()
        return process

    def _expire(self) -> None:
        """Uploads and results past their time, files that nothing names, folders of jobs that are finished."""
        keep, now_s = self.settings.keep, time.time()
        with self.parts.database.writing() as connection:
            connection.execute("DELETE FROM files WHERE created_s < ?", (now_s - keep.uploads_s,))
            connection.execute(
                "DELETE FROM results WHERE job IN (SELECT id FROM jobs WHERE finished_s < ?)",
                (now_s - keep.results_s,),
            )
            self.parts.blobs.remove_unneeded(connection)
            unfinished = {
                row["id"]
                for row in connection.execute("SELECT id FROM jobs WHERE state IN ('queued', 'running')")
            }
            for folder in self.parts.job_folders.iterdir():
                if folder.name not in unfinished:
                    shutil.rmtree(folder, ignore_errors=True)
