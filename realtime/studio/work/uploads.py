"""Files that people bring: looked at in a process of its own, kept by their content, forgotten after a while."""

import shutil
import sqlite3
import threading
import time
from typing import Any

from livebrush.realtime.studio.work.blobs import FULL, make_room, sha256_of
from livebrush.realtime.studio.work.incoming import Arrived, Incoming
from livebrush.realtime.studio.work.owners import new_id, same
from livebrush.realtime.studio.work.parts import Parts
from livebrush.realtime.studio.work.probe import probe
from livebrush.realtime.studio.work.refused import Refused, not_there

_LOOKED_AT = 2  # at a time, for memory's sake


class Uploads:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._folder = parts.settings.folder / "incoming"
        self._folder.mkdir(exist_ok=True)
        self._looks = threading.BoundedSemaphore(_LOOKED_AT)

    def incoming(self, boundary: bytes, told_bytes: int | None) -> Incoming:
        """raises: Refused where the disk has no room"""
        if shutil.disk_usage(self._folder).free - (told_bytes or 0) < self._parts.settings.keep.spare_bytes:
            raise Refused(507, FULL)
        return Incoming(self._folder, boundary, self._parts.settings.limits)

    def take(self, arrived: Arrived, owner: str) -> dict[str, Any]:
        """Keep a file that has come.

        returns: what the API tells of it
        raises:  Refused for what is no picture or video, damaged, or beyond the limits
        """
        with self._looks:
            facts = probe(arrived.path, self._parts.settings.limits)
        row = {
            "id": new_id(), "owner": owner, "name": arrived.name, "kind": facts.kind, "suffix": facts.suffix,
            "sha256": sha256_of(arrived.path), "bytes": arrived.bytes, "width": facts.width, "height": facts.height,
            "seconds": round(facts.seconds, 3), "frames": facts.frames, "created_s": time.time(),
        }  # fmt: skip
        with self._parts.database.writing() as connection:
            if not make_room(connection, arrived.bytes, self._parts.settings.keep.quota_bytes):
                raise Refused(507, FULL)
            self._parts.blobs.take(arrived.path, row["sha256"])
            connection.execute(
                f"INSERT INTO files ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", (*row.values(),)
            )
        return file_json(row)

    def all_of(self, owner: str) -> list[dict[str, Any]]:
        """The newest first."""
        with self._parts.database.reading() as connection:
            rows = connection.execute("SELECT * FROM files WHERE owner = ? ORDER BY created_s DESC", (owner,))
            return [file_json(row) for row in rows]

    def find(self, connection: sqlite3.Connection, file: str, owner: str) -> sqlite3.Row:
        """raises: Refused"""
        row = connection.execute("SELECT * FROM files WHERE id = ?", (file,)).fetchone()
        if row is None or not same(row["owner"], owner):
            raise not_there("file")
        return row

    def remove(self, file: str, owner: str) -> None:
        """raises: Refused. Jobs that were ordered keep what they need"""
        with self._parts.database.writing() as connection:
            self.find(connection, file, owner)
            connection.execute("DELETE FROM files WHERE id = ?", (file,))
            self._parts.blobs.remove_unneeded(connection)

    def remove_leftovers(self) -> None:
        """What a server that was killed was just receiving."""
        for path in self._folder.iterdir():
            path.unlink(missing_ok=True)


def file_json(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "name", "kind", "width", "height", "seconds", "bytes")}
