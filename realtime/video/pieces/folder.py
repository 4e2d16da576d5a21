"""The folder beside a film's painting that its pieces lie in until they are joined."""

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import behind_link, unwritable, whole_file
from livebrush.realtime.same_run import Run
from livebrush.realtime.video.pieces.cut import Piece
from livebrush.realtime.video.unfinished import (
    compared,
    in_use,
    is_being_written,
    keep_record,
    lock,
    of_another_run,
    partial_names,
    record_of,
)

_PLAN = "plan.json"


class PiecesFolder:
    """Where the pieces of a film lie, `name.suffix.partial.pieces`, and how it was cut.

    target: what the pieces become; run: which run they are of
    resume: take the folder that an earlier run has left, where there is one
    raises: LivebrushError when there is one of another run only, one is being painted, or none can be made

    path: the folder; pieces: how the film was cut, by an earlier run, or None
    """

    def __init__(self, target: Path, run: Run, resume: bool) -> None:
        self._target, self._run = behind_link(target), run
        self.path = (_left(self._target, run) if resume else None) or _made(self._target)
        self._lock: IO[str] | None = None
        if not record_of(self.path).exists():
            keep_record(self.path, run)
        try:
            self._lock = lock(self.path)
        except OSError as error:
            raise in_use(self.path) from error
        self.pieces = _read_plan(self.path / _PLAN)

    def keep(self, pieces: Sequence[Piece]) -> None:
        """Remembers how the film is cut, for another run to go on by. What was cut otherwise is removed."""
        shutil.rmtree(self.path)
        self.path.mkdir()
        self.pieces = list(pieces)
        with whole_file(self.path / _PLAN) as path:
            path.write_text(json.dumps([piece.as_json() for piece in pieces]), encoding="utf-8")

    def file_of(self, number: int) -> Path:
        """Where a piece lies, counted from 1."""
        return self.path / f"{number:04d}{self._target.suffix}"

    def close(self) -> None:
        """Leaves the folder to other runs, where there is anything to go on from."""
        with suppress(OSError):
            if all(path.suffix != self._target.suffix for path in self.path.iterdir()):
                _remove(self.path)
        if self._lock:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """The folder, and those that other runs like this have left."""
        self.close()
        for path in _names(self._target):
            if path == self.path or (compared(path, self._run)[0] == [] and not is_being_written(path)):
                _remove(path)


def remove_all_pieces(target: Path) -> None:
    """What runs of any kind have left of a target's pieces, but for what another is painting."""
    for path in _names(behind_link(target)):
        if not record_of(path).exists() or not is_being_written(path):
            _remove(path)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    record_of(path).unlink(missing_ok=True)


def has_pieces(target: Path, run: Run) -> bool:
    """Whether a run like this one has left pieces of a target, and how it had cut the film."""
    return any(
        compared(path, run)[0] == [] and _read_plan(path / _PLAN)
        for path in _names(behind_link(target))
        if path.is_dir()
    )


def _names(target: Path) -> list[Path]:
    return list(partial_names(target.with_name(f"{target.name}.pieces")))


def _left(target: Path, run: Run) -> Path | None:
    others = []
    for path in _names(target):
        differs, _ = compared(path, run)
        if differs is None or not path.is_dir():
            continue
        if not differs:
            if is_being_written(path):
                raise in_use(path)
            return path
        others.append((path, differs))
    if others:
        raise of_another_run(*others[0])
    return None


def _made(target: Path) -> Path:
    for path in _names(target):
        try:
            path.mkdir()
            record_of(path).unlink(missing_ok=True)
            return path
        except FileExistsError:
            continue
        except OSError as error:
            raise unwritable(path, error) from error
    raise LivebrushError(f"{target}: 99 folders of pieces lie beside it; remove them", code="exists")


def _read_plan(path: Path) -> list[Piece] | None:
    try:
        return [Piece.of(told) for told in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, KeyError):
        return None
