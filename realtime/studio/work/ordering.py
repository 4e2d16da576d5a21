"""Orders become jobs, and what the API tells of jobs."""

import shutil
import sqlite3
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from livebrush.models.catalogue import style_names
from livebrush.realtime.studio.work.jobs import UNFINISHED
from livebrush.realtime.studio.work.names import shown_name
from livebrush.realtime.studio.work.orders import Paint, Still, Train
from livebrush.realtime.studio.work.owners import new_id, same
from livebrush.realtime.studio.work.parts import Parts
from livebrush.realtime.studio.work.plan import IN, Brush, Input, plan_of
from livebrush.realtime.studio.work.queue import Queue
from livebrush.realtime.studio.work.refused import Refused, not_there
from livebrush.realtime.studio.work.shown import rendition, renditions_json

LISTED = 200  # jobs, the newest


class Ordering:
    def __init__(self, parts: Parts, queue: Queue) -> None:
        self._parts, self._queue = parts, queue

    def order(self, order: Paint | Still | Train, owner: str) -> dict[str, Any]:
        """A job that waits, when this returns even through a power cut.

        raises: Refused for files and styles that there are not, and what this studio does not do
        """
        self._check(order)
        job = new_id()
        folder = self._parts.job_folder(job)
        with self._parts.database.writing() as connection:
            (folder / IN).mkdir(parents=True)
            inputs = [self._input(connection, file, owner, folder, n) for n, file in enumerate(order.files)]
            if order.kind == "still" and any(item.kind != "picture" for item in inputs):
                raise Refused(422, "A still is made of a picture, got a video.")
            brushes = [
                self._brush(connection, style, owner, folder, n) for n, style in enumerate(order.styles)
            ]
            if order.kind != "paint" and any(not brush.text.startswith(f"{IN}/") for brush in brushes):
                raise Refused(422, f"The style of a {order.kind} is an uploaded picture, got a name.")
            plan = plan_of(order, inputs, brushes, self._parts.settings.content, self._parts.settings.device)
            self._parts.jobs.add(connection, job, owner, order.kind, plan, order.email)
        self._queue.wake()
        return self.job(job, owner, None)

    def _check(self, order: Paint | Still | Train) -> None:
        limits = self._parts.settings.limits
        for what, named, most in (
            ("files", order.files, limits.files),
            ("styles", order.styles, limits.styles),
        ):
            if len(named) > most:
                raise Refused(422, f"A job takes at most {most} {what}, got {len(named)}.")
        trains = self._parts.settings.trains
        if isinstance(order, Train) and not (trains and len(order.styles) == 1):
            raise Refused(
                422,
                "This studio trains no styles: its owner has not asked it to."
                if not trains
                else f"One style is trained at a time, got {len(order.styles)}.",
            )
        if order.email and self._parts.settings.smtp is None:
            raise Refused(422, "This studio sends no mail: leave the address out.")

    def _input(
        self, connection: sqlite3.Connection, file: str, owner: str, folder: Path, number: int
    ) -> Input:
        row = connection.execute("SELECT * FROM files WHERE id = ?", (file,)).fetchone()
        if row is None or not same(row["owner"], owner):
            raise not_there("file")
        path = f"{IN}/{number}{row['suffix']}"
        self._parts.blobs.lend(row["sha256"], folder / path)
        return Input(path, row["name"], row["kind"], row["frames"])

    def _brush(
        self, connection: sqlite3.Connection, style: str, owner: str, folder: Path, number: int
    ) -> Brush:
        """A style by its name, or the picture or trained style of an id."""
        if style in style_names():
            return Brush(style, shown_name(style))
        file = connection.execute("SELECT * FROM files WHERE id = ?", (style,)).fetchone()
        if file and same(file["owner"], owner):
            if file["kind"] != "picture":
                raise Refused(422, f"A style is taken from a picture, got the video {file['name']}.")
            return self._lent(file["sha256"], file["name"], file["suffix"], folder, number)
        trained = connection.execute(
            "SELECT results.*, owner FROM results JOIN jobs ON jobs.id = job"
            " WHERE results.id = ? AND results.kind = 'style'",
            (style,),
        ).fetchone()
        if trained and same(trained["owner"], owner):
            return self._lent(trained["sha256"], trained["name"], ".onnx", folder, number)
        raise not_there("style")

    def _lent(self, sha256: str, name: str, suffix: str, folder: Path, number: int) -> Brush:
        path = f"{IN}/s{number}{suffix}"
        self._parts.blobs.lend(sha256, folder / path)
        return Brush(path, PurePosixPath(name).stem)

    def jobs_of(self, owner: str) -> list[dict[str, Any]]:
        """The newest first."""
        with self._parts.database.reading() as connection:
            rows = connection.execute(
                f"{_WITH_PLACE} WHERE owner = ? ORDER BY created_s DESC LIMIT {LISTED}", (owner,)
            ).fetchall()
            return [_job_json(connection, row) for row in rows]

    def job(self, job: str, owner: str | None, key: str | None) -> dict[str, Any]:
        """raises: Refused"""
        with self._parts.database.reading() as connection:
            row = self._find(connection, job, owner, key)
            return _job_json(connection, row)

    def results(self, job: str, owner: str | None, key: str | None) -> list[tuple[str, Path]]:
        """The names and files of a job's results. raises: Refused"""
        with self._parts.database.reading() as connection:
            self._find(connection, job, owner, key)
            rows = _results(connection, job)
        return [(row["name"], self._parts.blobs.path(row["sha256"])) for row in rows]

    def result(self, result: str, owner: str | None, key: str | None) -> tuple[sqlite3.Row, Path]:
        """raises: Refused"""
        with self._parts.database.reading() as connection:
            row = connection.execute("SELECT * FROM results WHERE id = ?", (result,)).fetchone()
            if row is None:
                raise not_there("result")
            self._find(connection, row["job"], owner, key)
        return row, self._parts.blobs.path(row["sha256"])

    def rendition(self, result: str, role: str, owner: str | None, key: str | None) -> tuple[str, Path]:
        """The name and file of a small picture of a result. raises: Refused"""
        self.result(result, owner, key)
        with self._parts.database.reading() as connection:
            return rendition(connection, self._parts.blobs, result, role)

    def preview(self, job: str, owner: str | None, key: str | None) -> Path:
        """The picture of a job that runs. raises: Refused"""
        with self._parts.database.reading() as connection:
            row = self._find(connection, job, owner, key)
        folder = self._parts.job_folder(job).resolve()
        path = (folder / (row["preview"] or "")).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            raise not_there("preview")
        return path

    def end(self, job: str, owner: str) -> dict[str, Any] | None:
        """Cancels a job; one that is finished is removed with its results, which is told by None.

        raises: Refused
        """
        with self._parts.database.writing() as connection:
            row = self._find(connection, job, owner, None)
            if row["state"] not in UNFINISHED:
                connection.execute("DELETE FROM jobs WHERE id = ?", (job,))
                self._parts.blobs.remove_unneeded(connection)
                return None
            self._parts.jobs.cancel(connection, job)
        told = self.job(job, owner, None)
        if told["state"] == "cancelled":
            shutil.rmtree(self._parts.job_folder(job), ignore_errors=True)
        return told

    def _find(
        self, connection: sqlite3.Connection, job: str, owner: str | None, key: str | None
    ) -> sqlite3.Row:
        """For its owner, or for whoever has the link with its key."""
        row = connection.execute(_ONE_WITH_PLACE, (job,)).fetchone()
        if row is not None and (
            (owner is not None and same(row["owner"], owner)) or (key is not None and same(row["key"], key))
        ):
            return row
        raise not_there("job")


_WITH_PLACE = "SELECT jobs.*, place FROM jobs LEFT JOIN line ON line.id = jobs.id"
_ONE_WITH_PLACE = (
    "SELECT *, CASE state WHEN 'queued' THEN (SELECT place FROM line WHERE line.id = jobs.id) END AS place"
    " FROM jobs WHERE id = ?"
)  # the line is numbered for those who stand in it only


def _results(connection: sqlite3.Connection, job: str) -> list[sqlite3.Row]:
    return connection.execute("SELECT * FROM results WHERE job = ? ORDER BY place", (job,)).fetchall()


def _job_json(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    key = row["key"]
    told = [_result_json(connection, result, key) for result in _results(connection, row["id"])]
    preview = None
    if row["state"] == "running" and row["preview"]:
        preview = f"/api/jobs/{row['id']}/preview?key={key}&n={row['previews']}"
    elif told:
        preview = next((result["url"] for result in told if result["kind"] == "picture"), None)
    same_names = ("id", "key", "kind", "state", "done", "of", "seconds_left", "error", "mail")
    return {
        **{name: row[name] for name in same_names},
        "created_s": row["created_s"],
        "finished_s": row["finished_s"],
        "position": row["place"],
        "preview": preview,
        "results": told,
        "expired": row["state"] == "done" and not told,
    }


def _result_json(connection: sqlite3.Connection, row: sqlite3.Row, key: str) -> dict[str, Any]:
    address, query = f"/api/results/{row['id']}", f"?key={key}"
    return {
        **{name: row[name] for name in ("id", "name", "bytes", "kind")},
        "url": f"{address}/{quote(row['name'])}{query}",
        **renditions_json(connection, row["id"], f"{address}/renditions", query),
    }
