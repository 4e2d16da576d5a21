"""The log of a run: a CSV that stays beside the model, and TensorBoard events to watch it by."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch.utils.tensorboard import SummaryWriter

from livebrush.realtime.output_files import remove_leftovers, whole_file

PAINTING_TERMS = ("content", "style", "palette", "tv", "lattice", "steady")
PHOTO_TERMS = ("content", "style", "affine", "smooth", "tv")
EVERY_STEPS = 10


class RunLog:
    """Appends to `log.csv` and writes TensorBoard events, both in the run's folder.

    first_step: where the run starts; a resumed run drops the rows that it is about to make again, and whatever file
                an earlier one was killed in the midst of
    terms:      of the loss, besides their total
    """

    def __init__(self, folder: Path, first_step: int, terms: Sequence[str] = PAINTING_TERMS) -> None:
        remove_leftovers(folder)
        path = folder / "log.csv"
        columns = ["step", "kind", "total", *terms, "learning_rate", "images_per_s"]
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

    def losses(
        self,
        step: int,
        losses: dict[str, float],
        learning_rate: float,
        images_per_s: float,
    ) -> None:
        """Losses of a training step, under the weights of the recipe."""
        if step % EVERY_STEPS and step != 1:
            return
        self._row(step, "train", losses, learning_rate=learning_rate, images_per_s=images_per_s)
        self.board.add_scalar("learning_rate", learning_rate, step)

    def judged(self, kind: str, step: int, losses: dict[str, float], picture: np.ndarray) -> None:
        """Losses of the same photos each time. kind: "held_out" or "preview"; picture: (H, W, 3) uint8."""
        self._row(step, kind, losses)
        self.board.add_image("preview", picture, step, dataformats="HWC")
        self.board.flush()

    def _row(self, step: int, kind: str, losses: dict[str, float], **more: float) -> None:
        values = {name: f"{value:.5g}" for name, value in {**losses, **more}.items()}
        self.rows.writerow({"step": step, "kind": kind, **values})
        self.file.flush()
        for name, value in losses.items():
            self.board.add_scalar(f"{kind}/{name}", value, step)


def _rows_until(path: Path, step: int, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of an earlier log up to a step; what is damaged in it is left out."""
    text = path.read_text(encoding="utf-8", errors="replace").replace("\0", "")
    kept = []
    for row in csv.DictReader(text.splitlines()):
        if (row.get("step") or "").isdecimal() and int(row["step"]) <= step:
            kept.append({name: row.get(name) or "" for name in columns})
    return kept
