"""What came of a batch of trainings: a table for people, JSON for programs."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import whole_file
from livebrush.realtime.commands.remedies import said
from livebrush.trainer.batch.plan import FAILED, READY, TRAINED, WAITING, Item

LOSSES = ("content", "style", "palette", "total")
COLUMNS = ("name", "state", "by", *LOSSES, "images", "minutes", "file")


@dataclass(frozen=True)
class TrainReport:
    """The styles of a batch as they are at its end. wall_s: seconds that it took; batch: photos per step"""

    items: Sequence[Item]
    batch: int
    wall_s: float

    def of(self, state: str) -> list[Item]:
        return [item for item in self.items if item.state == state]

    def rows(self) -> list[dict[str, Any]]:
        """Of each style: the weighted losses at the end of its training, photos seen, minutes; "" for nothing known.

        "by" says of which photos the losses are: "held_out", or "preview", a few of those that it is trained on.
        """
        return [self._row(item) for item in self.items]

    def _row(self, item: Item) -> dict[str, Any]:
        file = str(item.output) if item.state in (READY, TRAINED) else ""
        known = _logged(item.run_folder / "log.csv", self.batch)
        return {"name": item.name, "state": item.state, **known, "file": file}

    def write(self, path: Path) -> None:
        """Writes it as JSON. raises: LivebrushError where that cannot be written"""
        styles = [
            {**row, "picture": str(item.picture), "error": str(item.error or "")}
            for item, row in zip(self.items, self.rows(), strict=True)
        ]
        told = {"seconds": round(self.wall_s, 3), "styles": styles}
        with whole_file(path) as partial:
            partial.write_text(f"{json.dumps(told, indent=1, ensure_ascii=False)}\n", encoding="utf-8")

    def table(self) -> str:
        """For people; below it, why styles failed."""
        cells = [COLUMNS, *(tuple(_text(row[name]) for name in COLUMNS) for row in self.rows())]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(
                text.rjust(width) if name in (*LOSSES, "images", "minutes") else text.ljust(width)
                for name, text, width in zip(COLUMNS, row, widths, strict=True)
            ).rstrip()
            for row in cells
        ]
        return "\n".join(
            [*lines, *(f"  {item.name}: {said(item.error)}" for item in self.items if item.error)]
        )


class TrainBatchFailed(LivebrushError):
    """Some styles could not be trained; the others are. report: of all; count: how many failed, in words"""

    def __init__(self, report: TrainReport) -> None:
        self.report, failed = report, report.of(FAILED)
        self.count = f"{len(failed)} of {len(report.items)} styles failed"
        codes = {item.error.code for item in failed if item.error}
        told = "; ".join(f"{item.name}: {item.error}" for item in failed[:3])
        more = f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
        super().__init__(f"{self.count}: {told}{more}", code=codes.pop() if len(codes) == 1 else "failed")


class TrainBatchStopped(LivebrushError):
    """The user stopped the batch; what is unfinished has its checkpoint. report: of what was done until then"""

    exit_code = 130

    def __init__(self, report: TrainReport) -> None:
        self.report = report
        super().__init__(
            f"stopped: {len(report.of(TRAINED))} trained, {len(report.of(WAITING))} unfinished",
            code="stopped",
            remedy="same_again",
        )


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _logged(log: Path, batch: int) -> dict[str, Any]:
    """What a run's log tells, also of what earlier batches did of it. minutes: of its steps, by their rates"""
    known: dict[str, Any] = dict.fromkeys(("by", *LOSSES, "images", "minutes"), "")
    if not log.is_file():
        return known
    step, seconds, rate = 0, 0.0, 0.0
    with log.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["images_per_s"]:
                rate = float(row["images_per_s"])
            seconds += (int(row["step"]) - step) * batch / rate if rate else 0.0
            step = int(row["step"])
            known |= {"by": row["kind"], **{name: float(row[name]) for name in LOSSES if row[name]}}
    return {**known, "images": step * batch, "minutes": round(seconds / 60, 1)} if step else known
