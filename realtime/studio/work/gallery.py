"""The gallery: results that their owners show to everybody."""

import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from livebrush.realtime.studio.work.names import shown_line
from livebrush.realtime.studio.work.owners import new_id, same
from livebrush.realtime.studio.work.parts import Parts
from livebrush.realtime.studio.work.refused import Refused, not_there

PAGE = 24
LONGEST_TITLE = 100


class Gallery:
    """A publication is there until its owner deletes it, whatever becomes of the job that it is from."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def publish(self, result: str, title: str, owner: str) -> dict[str, Any]:
        """raises: Refused for another's result, and for what is no picture or video"""
        with self._parts.database.writing() as connection:
            row = connection.execute(
                "SELECT results.*, owner FROM results JOIN jobs ON jobs.id = job WHERE results.id = ?",
                (result,),
            ).fetchone()
            if row is None or not same(row["owner"], owner):
                raise not_there("result")
            if row["kind"] == "style":
                raise Refused(422, "The gallery shows pictures and videos, got a style.")
            shown = shown_line(title, LONGEST_TITLE) or Path(row["name"]).stem
            made = connection.execute(
                "INSERT INTO publications (id, owner, title, name, kind, sha256, bytes, created_s)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
                (new_id(), owner, shown, row["name"], row["kind"], row["sha256"], row["bytes"], time.time()),
            ).fetchone()
        return _publication_json(made, owner)

    def page(self, number: int, owner: str | None) -> dict[str, Any]:
        """number: from 1, the newest first; owner: who looks"""
        with self._parts.database.reading() as connection:
            (count,) = connection.execute("SELECT COUNT(*) FROM publications").fetchone()
            rows = connection.execute(
                "SELECT * FROM publications ORDER BY created_s DESC, id LIMIT ? OFFSET ?",
                (PAGE, PAGE * (number - 1)),
            ).fetchall()
        pages = max(1, -(-count // PAGE))
        return {"page": number, "pages": pages, "items": [_publication_json(row, owner) for row in rows]}

    def file(self, publication: str) -> tuple[sqlite3.Row, Path]:
        """raises: Refused"""
        with self._parts.database.reading() as connection:
            row = self._find(connection, publication)
        return row, self._parts.blobs.path(row["sha256"])

    def remove(self, publication: str, owner: str) -> None:
        """raises: Refused"""
        with self._parts.database.writing() as connection:
            if not same(self._find(connection, publication)["owner"], owner):
                raise not_there("publication")
            connection.execute("DELETE FROM publications WHERE id = ?", (publication,))
            self._parts.blobs.remove_unneeded(connection)

    def _find(self, connection: sqlite3.Connection, publication: str) -> sqlite3.Row:
        row = connection.execute("SELECT * FROM publications WHERE id = ?", (publication,)).fetchone()
        if row is None:
            raise not_there("publication")
        return row


def _publication_json(row: sqlite3.Row, owner: str | None) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "title", "name", "kind", "bytes", "created_s")},
        "url": f"/api/gallery/{row['id']}/{quote(row['name'])}",
        "mine": owner is not None and same(row["owner"], owner),
    }
