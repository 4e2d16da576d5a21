"""Files by what is in them: uploads and results under their SHA-256, the same bytes once."""

import hashlib
import os
import shutil
import sqlite3
from pathlib import Path

from livebrush.realtime.studio.work.refused import Refused

FULL = "The studio's storage is full: delete results that you no longer need, or come back later."


def sha256_of(path: Path) -> str:
    """Of a file that is complete: it is on the disk, too, when this returns."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


class Blobs:
    """Files are added and removed within `Database.writing`, so that none goes that somebody just began to need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def take(self, path: Path, sha256: str) -> None:
        """Keeps a file of the same disk, whose own name may go then."""
        target = self.path(sha256)
        if target.exists():
            return
        target.parent.mkdir(exist_ok=True)
        try:
            os.link(path, target)
        except OSError:  # a file system without links
            path.replace(target)

    def lend(self, sha256: str, target: Path) -> None:
        """The file under another name, for as long as that name stays.

        raises: Refused where it has expired
        """
        if target.exists():
            return
        try:
            os.link(self.path(sha256), target)
        except FileNotFoundError as error:
            raise Refused(404, "A file of this job has expired: upload it again.") from error
        except OSError:  # a file system without links
            shutil.copyfile(self.path(sha256), target)

    def remove_unneeded(self, connection: sqlite3.Connection) -> int:
        """Removes the files that no table names; returns how many."""
        kept = {row["sha256"] for row in connection.execute("SELECT sha256 FROM kept")}
        unneeded = [path for path in self.folder.glob("??/*") if path.name not in kept]
        for path in unneeded:
            path.unlink(missing_ok=True)
        return len(unneeded)


def make_room(connection: sqlite3.Connection, more_bytes: int, quota_bytes: int) -> bool:
    """Forgets the oldest unpublished results until so many bytes more fit into the quota; False: they do not."""
    (used,) = connection.execute("SELECT COALESCE(SUM(bytes), 0) FROM kept").fetchone()
    while used + more_bytes > quota_bytes:
        oldest = connection.execute(
            "SELECT results.sha256 FROM results JOIN jobs ON jobs.id = job"
            " WHERE sha256 NOT IN (SELECT sha256 FROM publications) AND sha256 NOT IN (SELECT sha256 FROM files)"
            " ORDER BY finished_s, place LIMIT 1"
        ).fetchone()
        if oldest is None:
            return False
        connection.execute("DELETE FROM results WHERE sha256 = ?", (oldest["sha256"],))
        (used,) = connection.execute("SELECT COALESCE(SUM(bytes), 0) FROM kept").fetchone()
    return True
