"""Snapshots: single paintings in full quality, made and written while the show goes on."""

import queue
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import claim
from livebrush.realtime.live.sinks.recording import unused
from livebrush.realtime.pictures.jobs import write_picture
from livebrush.realtime.pictures.picture import Picture

_QUEUED = 4  # who presses the key more often than it can paint learns that


@dataclass(frozen=True)
class _Job:
    """One snapshot; taken: the local time at which it was asked for."""

    paint: Callable[[], np.ndarray]
    style: str
    done: Callable[[str], None]
    taken: datetime


class Snapshots:
    """Paints and writes PNG files in a thread of its own, one after the other.

    folder: where to; it must exist when one is written
    now:    the local time, for the names
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = datetime.now) -> None:
        self._folder, self._now = folder, now
        self._waiting: queue.Queue[_Job | None] = queue.Queue(_QUEUED)
        self._thread = threading.Thread(target=self._run, name="livebrush-snapshots", daemon=True)
        self._thread.start()

    def save(self, paint: Callable[[], np.ndarray], style: str, done: Callable[[str], None]) -> None:
        """Have a snapshot made; never waits.

        paint: makes the picture, (H, W, 3) uint8 RGB; called in the thread of the snapshots
        style: goes into the name: livebrush_20261121_061530_STYLE.png
        done:  told one line, "saved …" or what went wrong
        """
        try:
            self._waiting.put_nowait(_Job(paint, style, done, self._now()))
        except queue.Full:
            done(f"no snapshot: {_QUEUED} are still being painted; wait a moment")

    def close(self) -> None:
        """Waits for what was asked for; may be called twice."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def _run(self) -> None:
        while job := self._waiting.get():
            try:
                line = f"saved {self._save(job)}"
            except LivebrushError as error:
                line = f"no snapshot: {error}"
            except Exception as error:  # a snapshot that fails must not end the others, nor the show
                line = f"no snapshot: {type(error).__name__}: {error}"
            job.done(line)

    def _save(self, job: _Job) -> Path:
        pixels = job.paint()
        path = self._claim(job)
        try:
            write_picture(path, pixels, Picture(pixels))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def _claim(self, job: _Job) -> Path:
        """Creates the empty file: no other program takes the name while the picture is written."""
        if not self._folder.is_dir():
            raise LivebrushError(f"the folder {self._folder} does not exist; create it", code="not_found")
        style = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", job.style)[:100]
        wanted = self._folder / f"livebrush_{job.taken:%Y%m%d_%H%M%S}_{style}.png"
        while True:
            path = unused(wanted)
            try:
                claim(path)
                return path
            except FileExistsError:
                continue
