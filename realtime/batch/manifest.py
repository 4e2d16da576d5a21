"""The manifest of a batch: which films were painted, how often each was tried, and how it went.

One SQLite file for each batch that may run by itself, so that shards on a shared folder never write to the same. It is
locked while its batch runs, by a lock of the system, which ends with the process.
"""

import sqlite3
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Self

from livebrush.models.errors import LivebrushError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS films (
    target TEXT PRIMARY KEY, source TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    painting TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, sha256 TEXT NOT NULL,
    error_code TEXT NOT NULL, error TEXT NOT NULL, frames INTEGER NOT NULL, seconds REAL NOT NULL,
    bytes INTEGER NOT NULL
)
"""
VERSION = 1
"""of the table; another livebrush may have another"""
PAINTING, DONE, FAILED = "painting", "done", "failed"


@dataclass(frozen=True)
class Entry:
    """One painting.

    target:     its name below the output; source: of its film
    size, mtime_ns, sha256: of the film when it was painted; "" for sha256 until it is
    painting:   a text that differs where the same film would be painted differently
    state:      PAINTING from when it is given to a worker, then DONE or FAILED
    attempts:   how often it was given to one
    error_code, error: why it failed, or what of the film could not be read; "" for nothing
    frames, seconds, bytes: of the painting: its frames, the wall-clock time it took, its size
    """

    target: str
    source: str
    size: int
    mtime_ns: int
    painting: str
    state: str = PAINTING
    attempts: int = 0
    sha256: str = ""
    error_code: str = ""
    error: str = ""
    frames: int = 0
    seconds: float = 0.0
    bytes: int = 0


_COLUMNS = ", ".join(field.name for field in fields(Entry))
_PLACES = ", ".join("?" for _ in fields(Entry))


class Manifest:
    """The table, open and locked. Every change is kept when the call returns, also over a power cut.

    path:   of its file. Others in the same folder are of other shards, or of another division into shards: what they
            know to be done counts here, too
    keep:   whether it is written to: otherwise what the files know is only read, as far as they are there
    raises: LivebrushError when another batch has it open, or one of another division, or it cannot be read or written
    """

    def __init__(self, path: Path, keep: bool = True) -> None:
        self.path = path
        try:
            if keep:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._table = sqlite3.connect(path if keep else ":memory:", timeout=0.5, isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise _unusable(path, error) from error
        try:
            self._open()
            for other in sorted(path.parent.glob("*.sqlite")):
                if other != path or not keep:
                    self._learn(other)
        except BaseException as error:
            self._table.close()
            if isinstance(error, sqlite3.Error | OSError):
                raise _unusable(path, error) from error
            raise

    def _open(self) -> None:
        # The lock is taken with the first change and kept until the file is closed
        self._table.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._table.execute("PRAGMA synchronous = FULL")
        self._table.execute("BEGIN EXCLUSIVE")
        version = self._table.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"version {version} of the manifest, expected {VERSION}")
        self._table.execute(_SCHEMA)
        self._table.execute(f"PRAGMA user_version = {VERSION}")
        self._table.execute("COMMIT")

    def _learn(self, other: Path) -> None:
        """What another manifest knows to be done. That of another shard tells nothing while it is in use."""
        try:
            table = sqlite3.connect(f"{other.resolve().as_uri()}?mode=ro", uri=True, timeout=0)
            try:
                rows = table.execute(f"SELECT {_COLUMNS} FROM films WHERE state = ?", [DONE]).fetchall()
            finally:
                table.close()
        except sqlite3.Error as error:
            if _is_locked(error) and (other == self.path or not _are_shards_of_one(other, self.path)):
                raise _unusable(other, error) from error
            return
        self._table.execute("BEGIN")
        self._table.executemany(f"INSERT OR IGNORE INTO films ({_COLUMNS}) VALUES ({_PLACES})", rows)
        self._table.execute("COMMIT")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._table.close()

    def get(self, target: str) -> Entry | None:
        row = self._table.execute(f"SELECT {_COLUMNS} FROM films WHERE target = ?", [target]).fetchone()
        return Entry(*row) if row else None

    def targets(self) -> set[str]:
        """The names of all paintings that it knows."""
        return {target for (target,) in self._table.execute("SELECT target FROM films")}

    def put(self, entry: Entry) -> None:
        """raises: LivebrushError where it cannot be written, such as on a full disk"""
        try:
            self._table.execute(
                f"INSERT OR REPLACE INTO films ({_COLUMNS}) VALUES ({_PLACES})", astuple(entry)
            )
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from error


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _are_shards_of_one(one: Path, other: Path) -> bool:
    """Whether two manifests are of shards that may run at once: of as many parts."""
    parts = [path.stem.partition("-of-")[2] for path in (one, other)]
    return bool(parts[0]) and parts[0] == parts[1]


def _unusable(path: Path, error: Exception) -> LivebrushError:
    if _is_locked(error):
        return LivebrushError(
            f"{path} is in use: another batch paints into this folder; wait for it, or stop it", code="in_use"
        )
    told = getattr(error, "strerror", None) or error
    if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
        return LivebrushError(f"{path}: cannot be written ({told}); free some space", code="unwritable")
    return LivebrushError(
        f"{path}: cannot be used ({told}); with another output folder a batch begins anew", code="unwritable"
    )
