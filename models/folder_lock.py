"""A folder that one program at a time works in."""

import os
import socket
import sqlite3
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import unwritable

_NAME = ".livebrush-in-use"
_PATIENCE_S = 1.0  # with another program that is only just looking who holds the folder


class FolderLock:
    """Held from its making to `close`, or to the end of the process, however that ends.

    folder: made where it is missing
    holder: who holds it, for people, such as "the studio at http://127.0.0.1:8420/"
    raises: LivebrushError where another holds it, of this or another process, or nothing can be written there

    It is SQLite's own lock on a small file, which every system lifts when a process dies. Who waits for it can still
    read in the file who holds it.
    """

    def __init__(self, folder: Path, holder: str) -> None:
        told = f"{holder}, process {os.getpid()} on {socket.gethostname()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(
                folder / _NAME, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise unwritable(folder / _NAME, error) from error
        try:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute("CREATE TABLE IF NOT EXISTS holder (told TEXT)")
            self._file.execute("DELETE FROM holder")
            self._file.execute("INSERT INTO holder VALUES (?)", (told,))
            self._file.execute("COMMIT")
            self._file.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise self._refusal(folder, error) from error

    def close(self) -> None:
        """Others may have the folder; may be called twice."""
        self._file.close()

    def _refusal(self, folder: Path, error: sqlite3.Error) -> LivebrushError:
        try:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                return unwritable(folder / _NAME, error)
            row = self._file.execute("SELECT told FROM holder").fetchone()
        except sqlite3.Error:  # it is being written just now
            row = None
        finally:
            self._file.close()
        who = row[0] if row else "another program"
        return LivebrushError(f"{folder} is in use by {who}", code="in_use", remedy="another_folder")
