"""Jobs in the tables: who waits, who runs, how far it is, how it ended. Every change is one transaction."""

import json
import os
import secrets
import socket
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

import psutil

from livebrush.realtime.studio.work.blobs import Blobs, make_room, sha256_of
from livebrush.realtime.studio.work.database import Database
from livebrush.realtime.studio.work.owners import new_id
from livebrush.realtime.studio.work.plan import Plan
from livebrush.realtime.studio.work.refused import Refused
from livebrush.realtime.studio.work.settings import Limits

LEASE_S = 60.0
"""after the last sign of life of a worker on another machine its job is anybody's"""
RETRIES = 1
UNFINISHED = ("queued", "running")
Go = Literal["on", "cancel", "lost"]


@dataclass(frozen=True)
class Progress:
    """preview: a path in the job's folder; previews: how many there were"""

    done: int
    seconds_left: float | None = None
    preview: str | None = None
    previews: int = 0


@dataclass(frozen=True)
class Made:
    """A result on its way into the tables.

    file:       the result itself
    renditions: small pictures of it and its original, by role
    """

    name: str
    kind: str
    file: "MadeFile"
    renditions: Mapping[str, "MadePicture"] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return self.file.bytes + sum(picture.file.bytes for picture in self.renditions.values())


@dataclass(frozen=True)
class MadeFile:
    """sha256: of its bytes, all of which are on the disk"""

    path: Path
    sha256: str
    bytes: int

    @classmethod
    def of(cls, path: Path) -> Self:
        return cls(path, sha256_of(path), path.stat().st_size)


@dataclass(frozen=True)
class MadePicture:
    """A file that shows width x height pixels"""

    file: MadeFile
    width: int
    height: int


class Jobs:
    """The jobs of a studio, for the server and for its workers."""

    def __init__(self, database: Database, blobs: Blobs, limits: Limits, quota_bytes: int) -> None:
        self.database, self.blobs, self.limits, self.quota_bytes = database, blobs, limits, quota_bytes

    def add(
        self, connection: sqlite3.Connection, job: str, owner: str, kind: str, plan: Plan, email: str | None
    ) -> None:
        """raises: Refused where too many wait"""
        waiting = (
            "SELECT COUNT(*), COALESCE(SUM(owner = ?), 0) FROM jobs WHERE state IN ('queued', 'running')"
        )
        of_all, of_owner = connection.execute(waiting, (owner,)).fetchone()
        if of_owner >= self.limits.jobs:
            raise Refused(
                429, f"{of_owner} of your jobs are not finished, which is the most: wait for one of them."
            )
        if of_all >= self.limits.all_jobs:
            raise Refused(429, f"{of_all} jobs are waiting, which is the most: try again later.")
        connection.execute(
            "INSERT INTO jobs (id, owner, key, kind, plan, of, created_s, email, mail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                job, owner, secrets.token_urlsafe(16), kind, json.dumps(plan.to_json()), plan.weight, time.time(),
                email, "wanted" if email else None,
            ),
        )  # fmt: skip

    def waiting(self) -> int:
        """What there is to do: jobs that are queued, mails to be sent."""
        with self.database.reading() as connection:
            return connection.execute(
                "SELECT COUNT(*) FROM jobs WHERE state = 'queued'"
                " OR (mail = 'wanted' AND state NOT IN ('queued', 'running'))"
            ).fetchone()[0]

    def claim(self, worker: str) -> sqlite3.Row | None:
        """The next in line, which is this worker's from now on."""
        with self.database.writing() as connection:
            return connection.execute(
                "UPDATE jobs SET state = 'running', worker = ?, claimed_s = ?, beat_s = ?"
                " WHERE id = (SELECT id FROM line WHERE place = 1) RETURNING *",
                (worker, time.time(), time.time()),
            ).fetchone()

    def beat(self, job: str, worker: str, progress: Progress) -> Go:
        """Tell how far it is, and hear whether to go on."""
        with self.database.writing() as connection:
            row = connection.execute(
                "UPDATE jobs SET beat_s = ?, done = ?, seconds_left = ?, preview = ?, previews = ?"
                " WHERE id = ? AND worker = ? AND state = 'running' RETURNING cancel",
                (
                    time.time(), progress.done, progress.seconds_left, progress.preview, progress.previews, job,
                    worker,
                ),
            ).fetchone()  # fmt: skip
        if row is None:
            return "lost"
        return "cancel" if row["cancel"] else "on"

    def finish(
        self, job: str, worker: str, state: str, made: Sequence[Made], error: str | None = None
    ) -> bool:
        """The end: all results and the state at once. False: it was somebody else's by now, and nothing is changed.

        state: "done", "failed" or "cancelled"
        """
        with self.database.writing() as connection:
            row = connection.execute(
                "UPDATE jobs SET state = ?, finished_s = ?, error = ?, seconds_left = NULL, worker = NULL,"
                " done = CASE ? WHEN 'done' THEN of ELSE done END"
                " WHERE id = ? AND worker = ? AND state = 'running' RETURNING id",
                (state, time.time(), error, state, job, worker),
            ).fetchone()
            if row is None:
                return False
            make_room(connection, sum(one.bytes for one in made), self.quota_bytes)
            for place, one in enumerate(made):
                self._keep(connection, job, place, one)
        return True

    def _keep(self, connection: sqlite3.Connection, job: str, place: int, made: Made) -> None:
        file = made.file
        for one in (file, *(picture.file for picture in made.renditions.values())):
            self.blobs.take(one.path, one.sha256)
        result = new_id()
        connection.execute(
            "INSERT INTO results (id, job, place, name, kind, sha256, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (result, job, place, made.name, made.kind, file.sha256, file.bytes),
        )
        for role, picture in made.renditions.items():
            connection.execute(
                "INSERT INTO renditions (shows, role, sha256, bytes, width, height) VALUES (?, ?, ?, ?, ?, ?)",
                (result, role, picture.file.sha256, picture.file.bytes, picture.width, picture.height),
            )

    def give_back(self, job: str, worker: str, *, failed: bool = False) -> None:
        """It waits again, before all others."""
        with self.database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'queued', worker = NULL, failures = failures + ?"
                " WHERE id = ? AND worker = ? AND state = 'running'",
                (int(failed), job, worker),
            )

    def take_from_the_dead(self) -> int:
        """What workers that are no more were doing waits again, or is cancelled where that was asked for."""
        with self.database.reading() as connection:
            running = connection.execute(
                "SELECT id, worker, beat_s FROM jobs WHERE state = 'running'"
            ).fetchall()
        dead = [row for row in running if is_gone(row["worker"], row["beat_s"])]
        for row in dead:
            with self.database.writing() as connection:
                connection.execute(
                    "UPDATE jobs SET state = CASE cancel WHEN 1 THEN 'cancelled' ELSE 'queued' END, worker = NULL,"
                    " finished_s = CASE cancel WHEN 1 THEN ? END"
                    " WHERE id = ? AND worker = ? AND state = 'running'",
                    (time.time(), row["id"], row["worker"]),
                )
        return len(dead)

    def cancel(self, connection: sqlite3.Connection, job: str) -> None:
        """At once where it waits; soon where it runs."""
        connection.execute(
            "UPDATE jobs SET state = 'cancelled', finished_s = ? WHERE id = ? AND state = 'queued'",
            (time.time(), job),
        )
        connection.execute("UPDATE jobs SET cancel = 1 WHERE id = ? AND state = 'running'", (job,))


def this_worker() -> str:
    """A name for this process that no other has had or will have."""
    process = psutil.Process()
    return f"{socket.gethostname()} {os.getpid()} {process.create_time()}"


def is_gone(worker: str, beat_s: float) -> bool:
    """Whether a worker is no more: its process here, its signs of life elsewhere."""
    host, pid, born_s = worker.rsplit(" ", 2)
    if host != socket.gethostname():
        return time.time() - beat_s > LEASE_S
    try:
        process = psutil.Process(int(pid))
        return str(process.create_time()) != born_s or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
