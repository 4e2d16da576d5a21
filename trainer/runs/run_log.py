"""The log of a run: a CSV that stays beside the model, and TensorBoard events to watch it by."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch.utils.tensorboard import SummaryWriter

from livebrush.models.writing import remove_leftovers, whole_file

EVERY_STEPS = 10
LONGEST_ROW = 1000
NOT_LOSSES = ("learning_rate", "images_per_s")


class RunLog:
    """Appends to `log.csv` and writes TensorBoard events, both in the run's folder.

    first_step: where the run starts; a resumed run drops the rows that it is about to make again, and whatever file
                an earlier one was killed in the midst of
    terms:      of the loss, besides their total
    """

    def __init__(self, folder: Path, first_step: int, terms: Sequence[str]) -> None:
        remove_leftovers(folder)
        path = folder / "log.csv"
        columns = ["step", "kind", "total", *terms, *NOT_LOSSES]
        kept = _rows_until(path, first_step, columns) if first_step and path.exists() else []
        with whole_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
            begun = csv.DictWriter(file, columns)
            begun.writeheader()
            begun.writerows(kept)
        self.file = path.open("a", newline="", encoding="utf-8")
        self.rows = csv.DictWriter(self.file, columns)
        self.board = SummaryWriter(folder / "tensorboard", purge_step=first_step or None)

    def __enter__(self) -> "RunLog":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.board.close()

    def trained(self, step: int, values: dict[str, float]) -> None:
        """values: weighted losses of a training step, its "learning_rate" and "images_per_s" """
        if step % EVERY_STEPS and step != 1:
            return
        self._row(step, "train", values)
        self.board.add_scalar("learning_rate", values["learning_rate"], step)

    def judged(self, kind: str, step: int, marks: dict[str, float], picture: np.ndarray | None) -> None:
        """Of the same photos each time. kind: "held_out" or "preview"; picture: (H, W, 3) uint8"""
        self._row(step, kind, marks)
        if picture is not None:
            self.board.add_image("preview", picture, step, dataformats="HWC")
        self.board.flush()

    def _row(self, step: int, kind: str, values: dict[str, float]) -> None:
        self.rows.writerow(
            {"step": step, "kind": kind, **{name: f"{value:.5g}" for name, value in values.items()}}
        )
        self.file.flush()
        for name, value in values.items():
            if name not in NOT_LOSSES:
                self.board.add_scalar(f"{kind}/{name}", value, step)


def _rows_until(path: Path, step: int, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of an earlier log up to a step; what is damaged in it is left out."""
    text = path.read_text(encoding="utf-8", errors="replace").replace("\0", "")
    kept = []
    for row in csv.DictReader(line for line in text.splitlines() if len(line) < LONGEST_ROW):
        if (row.get("step") or "").isdecimal() and int(row["step"]) <= step:
            kept.append({name: row.get(name) or "" for name in columns})
    return kept
