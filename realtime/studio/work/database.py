"""The tables of the studio in one SQLite file: the truth about files, jobs, results and the gallery."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, suffix TEXT NOT NULL,
    sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    seconds REAL NOT NULL, frames INTEGER NOT NULL, created_s REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS files_of ON files (owner, created_s);
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, plan TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued', created_s REAL NOT NULL, finished_s REAL,
    done INTEGER NOT NULL DEFAULT 0, of INTEGER NOT NULL, seconds_left REAL, preview TEXT, previews INTEGER DEFAULT 0,
    error TEXT, failures INTEGER NOT NULL DEFAULT 0, cancel INTEGER NOT NULL DEFAULT 0,
    worker TEXT, claimed_s REAL, beat_s REAL, email TEXT, mail TEXT
);
CREATE INDEX IF NOT EXISTS jobs_of ON jobs (owner, created_s);
CREATE INDEX IF NOT EXISTS jobs_served ON jobs (owner, claimed_s);
CREATE INDEX IF NOT EXISTS jobs_in ON jobs (state, created_s);
CREATE TABLE IF NOT EXISTS results (
    id TEXT PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, place INTEGER NOT NULL,
    name TEXT NOT NULL, kind TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS results_of ON results (job, place);
CREATE INDEX IF NOT EXISTS results_with ON results (sha256);
-- Small pictures of a result or a publication, whose id `shows` holds; they go with it
CREATE TABLE IF NOT EXISTS renditions (
    shows TEXT NOT NULL, role TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, PRIMARY KEY (shows, role)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS publications (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, created_s REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS publications_by ON publications (created_s);
CREATE TRIGGER IF NOT EXISTS results_go AFTER DELETE ON results BEGIN
    DELETE FROM renditions WHERE shows = OLD.id;
END;
CREATE TRIGGER IF NOT EXISTS publications_go AFTER DELETE ON publications BEGIN
    DELETE FROM renditions WHERE shows = OLD.id;
END;
-- Who is next: what was begun already; then a job of each owner in turn, of those first who were served longest ago
CREATE VIEW IF NOT EXISTS line AS
    SELECT id, ROW_NUMBER() OVER (ORDER BY claimed_s IS NULL, turn, served_s, created_s, id) AS place FROM (
        SELECT id, created_s, claimed_s, ROW_NUMBER() OVER (PARTITION BY owner ORDER BY created_s, id) AS turn,
            (SELECT MAX(claimed_s) FROM jobs AS all_jobs WHERE all_jobs.owner = jobs.owner) AS served_s
        FROM jobs WHERE state = 'queued'
    );
DROP VIEW IF EXISTS kept;
CREATE VIEW kept AS
    SELECT sha256, MAX(bytes) AS bytes FROM (
        SELECT sha256, bytes FROM files UNION ALL SELECT sha256, bytes FROM results
        UNION ALL SELECT sha256, bytes FROM publications UNION ALL SELECT sha256, bytes FROM renditions
    ) GROUP BY sha256;
"""
VERSION = 1
"""of the tables; those of 0 had no renditions"""
BUSY_S = 20.0


class Database:
    """A connection for each block: any thread and process may ask at any time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            if connection.execute("PRAGMA user_version").fetchone()[0] < VERSION:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"
                )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")  # what was answered stays after a power cut
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """All that is read in the block is of one moment."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written in the block, or, where it is left by an exception, nothing; one block at a time."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
