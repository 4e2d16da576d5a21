"""The small pictures of a result or a publication, as the tables keep them and the API tells of them."""

import sqlite3
from pathlib import Path
from typing import Any

from livebrush.realtime.studio.work.blobs import Blobs
from livebrush.realtime.studio.work.refused import not_there
from livebrush.realtime.studio.work.renditions import NAMES, ORIGINAL


def renditions_json(
    connection: sqlite3.Connection, shows: str, address: str, query: str = ""
) -> dict[str, dict[str, Any] | None]:
    """For each role {"url", "width", "height"}, or None.

    shows:          the id of a result or a publication
    address, query: of its pictures, before and behind their role
    """
    rows = connection.execute("SELECT * FROM renditions WHERE shows = ?", (shows,))
    found = {
        row["role"]: {
            "url": f"{address}/{row['role']}{query}",
            "width": row["width"],
            "height": row["height"],
        }
        for row in rows
    }
    return {role: found.get(role) for role in NAMES}


def rendition(connection: sqlite3.Connection, blobs: Blobs, shows: str, role: str) -> tuple[str, Path]:
    """The name and the file. raises: Refused"""
    row = connection.execute(
        "SELECT sha256 FROM renditions WHERE shows = ? AND role = ?", (shows, role)
    ).fetchone()
    if row is None:
        raise not_there("picture")
    return NAMES[role], blobs.path(row["sha256"])


def publish_renditions(
    connection: sqlite3.Connection, result: str, publication: str, *, original: bool
) -> None:
    """original: whether everybody may see what it was painted from"""
    connection.execute(
        "INSERT INTO renditions SELECT ?, role, sha256, bytes, width, height FROM renditions"
        " WHERE shows = ? AND (? OR role != ?)",
        (publication, result, original, ORIGINAL),
    )
