"""Notices style models and pictures that appear or change while the program runs."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from livebrush.models.catalogue import style_files_in
from livebrush.realtime.engine.runs import end

Stamp = tuple[int, int]  # when it was changed, in ns, and its size


class StyleWatch(threading.Thread):
    """Looks at a folder and at single files once a second; polling works on every system and network drive.

    on_change: called in this thread with a file that is new or was replaced, once it has stopped growing
    """

    def __init__(
        self,
        folder: Path,
        files: Iterable[Path],
        on_change: Callable[[Path], None],
        poll_s: float = 1.0,
    ) -> None:
        super().__init__(name="livebrush-style-watch", daemon=True)
        self._folder, self._files = folder, list(files)
        self._on_change, self._poll_s = on_change, poll_s
        self._stopped = threading.Event()
        self._known = self._stamps()

    def run(self) -> None:
        before = self._known
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
        stamps: dict[Path, Stamp] = {}
        for path in [*style_files_in(self._folder), *self._files]:
            try:
                state = path.stat()
            except OSError:  # removed, or its drive is gone: the style in memory goes on
                continue
            stamps[path] = (state.st_mtime_ns, state.st_size)
        return stamps
