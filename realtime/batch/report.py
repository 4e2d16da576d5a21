"""What came of a batch: a table for people, JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import whole_file
from livebrush.realtime.batch.manifest import Entry


@dataclass
class BatchReport:
    """The result of a batch, and its cost.

    output:   the folder or URL
    painted:  what was painted in this run; those whose film could not be read whole have an error
    failed:   what could not be painted, each with its error
    waiting:  names of what is left to paint, because the batch was stopped
    done:     how many paintings an earlier run had made already
    kept:     names of paintings that were there and that no batch has made: they were left alone
    wall_s:   seconds that the batch took
    workers:  how many there were
    unwritten: why the report is in no file; "" where it is
    """

    output: str
    painted: list[Entry] = field(default_factory=list)
    failed: list[Entry] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    done: int = 0
    kept: list[str] = field(default_factory=list)
    wall_s: float = 0.0
    workers: int = 0
    unwritten: str = ""

    @property
    def frames(self) -> int:
        return sum(entry.frames for entry in self.painted)

    @property
    def damaged(self) -> list[Entry]:
        return [entry for entry in self.painted if entry.error]

    def as_json(self) -> dict[str, Any]:
        return {
            "output": self.output, "seconds": round(self.wall_s, 3), "workers": self.workers, "frame": self.frames,
            "bytes": sum(entry.bytes for entry in self.painted), "done_before": self.done, "kept": self.kept,
            "waiting": self.waiting, "painted": [asdict(entry) for entry in self.painted],
            "failed": [asdict(entry) for entry in self.failed],
        }  # fmt: skip

    def write(self, path: Path) -> None:
        """Writes it as JSON. raises: LivebrushError where that cannot be written"""
        with whole_file(path) as partial:
            partial.write_text(
                json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )

    def table(self) -> str:
        """For people: what was done, and each film that went wrong."""
        rows = [
            ("painted", len(self.painted), self._cost() if self.painted else ""),
            ("done before", self.done, ""),
            ("left alone", len(self.kept), "already there, and not by a batch"),
            ("failed", len(self.failed), ""),
            ("not begun or unfinished", len(self.waiting), ""),
        ]
        shown = [(name, str(count), more) for name, count, more in rows if count or name == "painted"]
        width, digits = (max(len(row[column]) for row in shown) for column in (0, 1))
        lines = [f"{name:{width}}  {count:>{digits}}  {more}".rstrip() for name, count, more in shown]
        lines += [f"  {entry.target}: {entry.error}" for entry in self.failed]
        lines += [f"  {entry.target}: painted, but {entry.error}" for entry in self.damaged]
        return "\n".join(lines)

    def _cost(self) -> str:
        written = readable_size(sum(entry.bytes for entry in self.painted))
        pace = self.frames / self.wall_s if self.wall_s else 0
        return f"{self.frames} frames in {self.wall_s:.1f} s, {pace:.1f} frames/s, {written}"


class BatchFailed(LivebrushError):
    """Some paintings could not be made, or not whole, or the report not be written; the others are there.

    report: of all; count: how many failed, in words
    """

    def __init__(self, report: BatchReport) -> None:
        self.report = report
        wrong: Sequence[Entry] = [*report.failed, *report.damaged]
        all_of_them = len(report.failed) + len(report.painted)
        self.count = f"{len(wrong)} of {all_of_them} paintings failed" if wrong else report.unwritten
        codes = {entry.error_code for entry in wrong} or {"unwritable"}
        told = "; ".join(f"{entry.target}: {entry.error}" for entry in wrong[:3])
        more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        super().__init__(
            f"{self.count}: {told}{more}" if wrong else self.count,
            code=codes.pop() if len(codes) == 1 else "failed",
        )


class BatchStopped(LivebrushError):
    """The user stopped the batch. report: of what was done until then"""

    exit_code = 130

    def __init__(self, report: BatchReport) -> None:
        self.report = report
        super().__init__(
            f"stopped: {len(report.painted)} painted, {len(report.waiting)} left to paint",
            code="stopped",
            remedy="same_again",
        )


def readable_size(count: float) -> str:
    """Bytes for people: 12.3 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
