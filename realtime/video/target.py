"""Where a video goes: into a file that appears under its name when it is whole, or to standard output."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import behind_link, check_outputs, claim
from livebrush.realtime.same_run import Run
from livebrush.realtime.video.fast_start import move_index_first
from livebrush.realtime.video.unfinished import (
    Unfinished,
    find_unfinished,
    keep_record,
    lock,
    partial_names,
    remove,
    remove_unfinished,
)

STANDARD_OUTPUT = Path("-")
NOT_RESUMED = (".avi", ".gif", ".webp")
"""these keep no exact times of their packets, or have but one"""


class FileTarget:
    """A file, written as `name.partial.suffix` beside its place until it is whole.

    path: the file as it was named
    inputs: files that are read, and never written over
    run: which run this is, kept beside the unfinished file for another to go on from
    resume: look for what a run of the same kind has left
    raises: LivebrushError when nothing may be written there, or what is there is of another run

    partial: the file until it is whole; url: how FFmpeg is told of it
    unfinished: what to go on from, or None; resumes: whether another run can go on from this one
    """

    def __init__(
        self,
        path: Path,
        inputs: Sequence[Path],
        *,
        overwrite: bool = False,
        run: Run | None = None,
        resume: bool = False,
    ) -> None:
        self.path, self.suffix = path, path.suffix.lower()
        self._overwrite, self._keep = overwrite, False
        self._lock: IO[str] | None = None
        check_outputs([path], inputs, overwrite=overwrite)
        self._place = behind_link(path)
        self._run = None if self.suffix in NOT_RESUMED else run
        if resume and self.suffix in NOT_RESUMED:
            raise LivebrushError(
                f"{path.suffix} cannot be gone on with: write .mp4, .mov, .mkv or .webm", code="unsupported"
            )
        self.resumes = self._run is not None
        self.unfinished = find_unfinished(self._place, self._run) if self._run and resume else None
        self.partial = _claim_partial(self._place)
        self.url = f"file:{self.partial}"  # or "12:30.mp4" names a protocol
        try:
            if self._run:
                keep_record(self.partial, self._run)
                self._lock = lock(self.partial)
        except BaseException:
            self.discard()
            raise

    def finish(self, frames: int) -> Path:
        """Gives the file, complete now, its name, and returns that. frames: how many it has"""
        if self._run:
            keep_record(self.partial, self._run, frames)
        if not self._overwrite and self.path.exists():
            self._keep = True
            raise LivebrushError(
                f"{self.path}: appeared while painting; the painted file is {self.partial}", code="exists"
            )
        if self.suffix in (".mp4", ".m4v", ".mov"):
            with suppress(OSError):  # no room for a second copy: only players on a network would notice
                move_index_first(self.partial)
        self.partial.replace(self._place)
        self._unlock()
        remove(self.partial)
        if self._run:
            remove_unfinished(self._place, self._run)
        return self.path

    def _unlock(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    def leave(self, frames: int) -> Path:
        """Leaves the file, complete but shorter, for another run; returns its path.

        frames: how many it has; where that is no more than the one that it was begun from, that one stays
        """
        self._unlock()
        if self.unfinished:
            if frames <= self.unfinished.frames:
                remove(self.partial)
                return self.unfinished.path
            remove(self.unfinished.path)
        if self._run:
            keep_record(self.partial, self._run, frames)
        return self.partial

    def give_up(self, is_all_there: bool) -> Path | None:
        """After an error: what of the painting stays, because it is all there or another run can go on from it."""
        with suppress(LivebrushError, FFmpegError, OSError):
            part = Unfinished(self.partial)
            before = self.unfinished.frames if self.unfinished else 0
            self._keep |= part.frames > before or (is_all_there and part.readable > 0)
        if not self._keep:
            self.discard()
            return self.unfinished.path if self.unfinished else None
        self._unlock()
        if self.unfinished:
            remove(self.unfinished.path)
        return self.partial

    def discard(self) -> None:
        """Removes the unfinished file."""
        self._unlock()
        remove(self.partial)


class StandardOutput:
    """Standard output, for a player or another program to read from; Matroska, which needs no going back.

    raises: LivebrushError where it is a terminal
    """

    path = partial = STANDARD_OUTPUT
    suffix, url, unfinished, resumes = ".mkv", "pipe:1", None, False

    def __init__(self, resume: bool = False) -> None:
        if resume:
            raise LivebrushError(
                "standard output cannot be gone on with, a file can",
                code="unsupported",
                remedy="leave_out",
                field="resume",
            )
        if sys.stdout.isatty():
            raise LivebrushError(
                "standard output is a terminal",
                code="unwritable",
                remedy="pipe",
            )

    def finish(self, frames: int) -> Path:
        return self.path

    def leave(self, frames: int) -> None:
        return None

    def give_up(self, is_all_there: bool) -> None:
        return None

    def discard(self) -> None: ...


def _claim_partial(path: Path) -> Path:
    """Creates the empty unfinished file, under a name that nobody else has."""
    for partial in partial_names(path):
        try:
            claim(partial, wanted=path)
            return partial
        except FileExistsError:
            continue
    raise LivebrushError(
        f"{path}: 99 unfinished files lie beside it; remove {path.stem}.partial*{path.suffix}",
        code="exists",
    )
