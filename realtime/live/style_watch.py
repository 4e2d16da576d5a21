"""Notices style models and pictures that appear or change while the program runs."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from livebrush.models.catalogue import style_files_in
from livebrush.realtime.engine.runs import end

Stamp = tuple[int, int]  # when it was changed, in ns, and its size


class StyleWatch(threading.Thread):
    """Looks at a folder and at single files, time and again; polling works on every system and network drive.

    What is there when this is made counts as known: make it before the folder's styles are listed, and `begin` once
    they are loaded. What comes in between is told then.
    """

    def __init__(self, folder: Path, poll_s: float = 0.4) -> None:
        super().__init__(name="livebrush-style-watch", daemon=True)
        self._folder, self._poll_s = folder, poll_s
        self._files: list[Path] = []
        self._on_change: Callable[[Path], None] = lambda _: None
        self._stopped = threading.Event()
        self._known = self._stamps()

    def begin(self, files: Iterable[Path], on_change: Callable[[Path], None]) -> None:
        """files: to watch beside the folder; on_change: called in this thread with a file that is new or was replaced,
        once it has stopped growing"""
        self._files, self._on_change = list(files), on_change
        self._known = _stamps(self._files) | self._known
        self.start()

    def run(self) -> None:
        before = self._stamps()
        while not self._stopped.wait(self._poll_s):
            now = self._stamps()
            for path, stamp in now.items():
                if stamp != self._known.get(path) and stamp == before.get(path):
                    self._known[path] = stamp
                    self._on_change(path)
            before = now

    def close(self) -> None:
        self._stopped.set()
        end(self)

    def _stamps(self) -> dict[Path, Stamp]:
        return _stamps([*style_files_in(self._folder), *self._files])


def _stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    stamps: dict[Path, Stamp] = {}
    for path in paths:
        try:
            state = path.stat()
        except OSError:  # removed, or its drive is gone: the style in memory goes on
            continue
        stamps[path] = (state.st_mtime_ns, state.st_size)
    return stamps
