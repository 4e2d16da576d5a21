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
from livebrush.realtime.studio.work.shown import publish_renditions, rendition, renditions_json

PAGE = 24
LONGEST_TITLE = 100


class Gallery:
    """A publication is there until its owner deletes it, whatever becomes of the job that it is from."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def publish(self, result: str, title: str, owner: str, *, original: bool = False) -> dict[str, Any]:
        """original: whether to show what it was painted from, too

        raises: Refused for another's result, and for what is no picture or video
        """
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
            publish_renditions(connection, result, made["id"], original=original)
            return _publication_json(connection, made, owner)

    def page(self, number: int, owner: str | None) -> dict[str, Any]:
        """number: from 1, the newest first; owner: who looks"""
        with self._parts.database.reading() as connection:
            (count,) = connection.execute("SELECT COUNT(*) FROM publications").fetchone()
            rows = connection.execute(
                "SELECT * FROM publications ORDER BY created_s DESC, id LIMIT ? OFFSET ?",
                (PAGE, PAGE * (number - 1)),
            ).fetchall()
            items = [_publication_json(connection, row, owner) for row in rows]
        return {"page": number, "pages": max(1, -(-count // PAGE)), "items": items}

    def file(self, publication: str) -> tuple[sqlite3.Row, Path]:
        """raises: Refused"""
        with self._parts.database.reading() as connection:
            row = self._find(connection, publication)
        return row, self._parts.blobs.path(row["sha256"])

    def rendition(self, publication: str, role: str) -> tuple[str, Path]:
        """The name and file of a small picture. raises: Refused"""
        with self._parts.database.reading() as connection:
            self._find(connection, publication)
            return rendition(connection, self._parts.blobs, publication, role)

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


def _publication_json(connection: sqlite3.Connection, row: sqlite3.Row, owner: str | None) -> dict[str, Any]:
    address = f"/api/gallery/{row['id']}"
    return {
        **{name: row[name] for name in ("id", "title", "name", "kind", "bytes", "created_s")},
        "url": f"{address}/{quote(row['name'])}",
        **renditions_json(connection, row["id"], f"{address}/renditions"),
        "mine": owner is not None and same(row["owner"], owner),
    }
