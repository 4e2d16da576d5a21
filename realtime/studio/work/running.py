"""Runs a job: its commands one after the other, each a process, their JSON lines read and their ends judged."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from livebrush.realtime.studio.work.jobs import RETRIES, Go, Jobs, Made, MadeFile, MadePicture, Progress
from livebrush.realtime.studio.work.plan import OUT, Output, Plan, Step
from livebrush.realtime.studio.work.renditions import Wanted, make_renditions

BEAT_S = 0.25
TERM_S = 30.0
"""that a command may take to complete what it makes, before it is killed"""
_ERRORS = "errors.txt"


class Run:
    """One try of a job.

    row:  of the job, claimed by `worker`
    stop: set when the worker itself is to end: the job then waits again
    """

    def __init__(
        self, jobs: Jobs, row: sqlite3.Row, worker: str, folder: Path, stop: threading.Event
    ) -> None:
        self._jobs, self._id, self._worker, self._folder, self._stop = jobs, row["id"], worker, folder, stop
        self._plan = Plan.from_json(json.loads(row["plan"]))
        self._failures: int = row["failures"]
        self._limit_s = jobs.limits.job_s
        self._begun_s = time.monotonic()
        self._base = self._first = 0
        self._progress = Progress(0)
        self._failed: str | None = None
        self._orderly, self._late = True, False

    def __call__(self) -> None:
        """Until the job is done, failed or cancelled, or waits again."""
        if self._failures:  # what the first try left may be why it failed
            shutil.rmtree(self._folder / OUT, ignore_errors=True)
        go, error = self._steps()
        if go == "lost":
            return
        if go == "cancel":
            self._end("cancelled", None)
        elif self._stop.is_set():
            self._jobs.give_back(self._id, self._worker)
        elif error and self._failures < RETRIES and not self._late:
            self._jobs.give_back(self._id, self._worker, failed=True)
        else:
            self._end("failed" if error else "done", error)

    def _steps(self) -> tuple[Go, str | None]:
        for number, step in enumerate(self._plan.steps):
            completed = self._folder / OUT / f"{number}.completed"
            if completed.exists():  # by an earlier worker
                self._first += step.weight
            else:
                completed.parent.mkdir(exist_ok=True)
                go, error = self._step(step)
                if go != "on" or error or self._stop.is_set():
                    return go, error
                completed.touch()
            self._base += step.weight
        return self._jobs.beat(self._id, self._worker, self._progress), None

    def _step(self, step: Step) -> tuple[Go, str | None]:
        """Whether to go on, and why it failed."""
        for output in step.outputs:
            (self._folder / output.pattern).parent.mkdir(parents=True, exist_ok=True)
        self._failed = None
        with (self._folder / _ERRORS).open("w+", encoding="utf-8", errors="replace") as errors:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "livebrush.realtime.studio.work.command", *step.command(self._folder)],
                cwd=self._folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                encoding="utf-8", errors="replace", start_new_session=True,
            )  # fmt: skip
            with process:
                reader = threading.Thread(target=self._read, args=(process, step))
                reader.start()
                try:
                    go = self._watch(process)
                finally:
                    if process.poll() is None:  # the tables could not be reached
                        process.kill()
                    reader.join()
            errors.seek(0)
            return go, self._why(process.returncode, errors.read()) if process.returncode else None

    def _watch(self, process: subprocess.Popen[str]) -> Go:
        """Waits for the end, tells the tables how far it is, and ends the command where it has to end."""
        ends_s = time.monotonic() + self._limit_s
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(BEAT_S)
                return "on"
            go = self._jobs.beat(self._id, self._worker, self._progress)
            if go == "lost":
                process.kill()
                return go
            self._late = time.monotonic() > ends_s
            if go == "cancel" or self._late or self._stop.is_set():
                self._terminate(process)
                if self._late:
                    self._failed = f"It took longer than the {self._limit_s:g} seconds that a job may take."
                return go

    def _terminate(self, process: subprocess.Popen[str]) -> None:
        """Asks it to complete what it has; the worker keeps the job meanwhile."""
        process.terminate()
        ends_s = time.monotonic() + TERM_S
        while time.monotonic() < ends_s:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(BEAT_S)
                return
            self._jobs.beat(self._id, self._worker, self._progress)
        process.kill()
        self._orderly = False

    def _read(self, process: subprocess.Popen[str], step: Step) -> None:
        assert process.stdout
        for line in process.stdout:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # something else than an event
                self._hear(json.loads(line), step)

    def _hear(self, event: dict[str, Any], step: Step) -> None:
        told = self._progress
        match event["event"]:
            case "progress" if event["of"]:
                done = self._base + round(step.weight * min(event["done"] / event["of"], 1))
                self._progress = Progress(done, self._left(done), told.preview, told.previews)
            case "preview":
                self._progress = Progress(told.done, told.seconds_left, str(event["path"]), told.previews + 1)
            case "failed":
                self._failed = event["message"]

    def _left(self, done: int) -> float | None:
        """By the pace so far, what an earlier try had done left aside."""
        fresh = done - self._first
        if fresh <= 0:
            return None
        return round((self._plan.weight - done) * (time.monotonic() - self._begun_s) / fresh, 1)

    def _why(self, code: int, errors: str) -> str:
        """The command's own sentence, in which files are called as the person calls them."""
        lines = [line for line in errors.splitlines() if line.strip()]
        last = lines[-1].removeprefix("livebrush: ").removeprefix("Error: ") if lines else ""
        ended = f"The painting was ended by the system (signal {-code})." if code < 0 else ""
        sentence = self._failed or ended or last or f"The painting failed (exit code {code})."
        for path, name in self._plan.names.items():
            sentence = sentence.replace(path, name)
        return sentence.replace(str(self._folder), "")

    def _end(self, state: str, error: str | None) -> None:
        cancelled = state == "cancelled"
        found = [
            (path, output)
            for output in self._plan.outputs
            if (path := output.found(self._folder, unfinished=cancelled and self._orderly))
        ]
        pictures = self._renditions(found, cancelled)
        made = [
            Made(output.name, output.kind, MadeFile.of(path), pictures.get(path, {}))
            for path, output in found
        ]
        if state == "done" and len(made) < len(self._plan.outputs):
            state, error = "failed", "The painting ended without all of its results."
        if self._jobs.finish(self._id, self._worker, state, made, error):
            shutil.rmtree(self._folder, ignore_errors=True)

    def _renditions(
        self, found: list[tuple[Path, Output]], cancelled: bool
    ) -> dict[Path, dict[str, MadePicture]]:
        """The small pictures of results by role; none where the worker is to end."""

        def goes_on() -> bool:
            go = self._jobs.beat(self._id, self._worker, self._progress)
            return not self._stop.is_set() and go == ("cancel" if cancelled else "on")

        wanted = [
            Wanted(path.relative_to(self._folder).as_posix(), output.source, output.kind)
            for path, output in found
            if output.kind != "style"
        ]
        pictures: dict[Path, dict[str, MadePicture]] = {}
        for one in make_renditions(self._folder, wanted, goes_on):
            file = MadeFile.of(self._folder / one.path)
            pictures.setdefault(self._folder / one.result, {})[one.role] = MadePicture(
                file, one.width, one.height
            )
        return pictures
