"""The losses of a still's optimisation as a table and as a drawing."""

import csv
from collections.abc import Sequence
from pathlib import Path

from livebrush.models.writing import whole_file

Losses = Sequence[dict[str, float]]
"""of every evaluation, in order: "step", each weighted term, "total" """


def write_log(losses: Losses, path: Path) -> None:
    """Write them as CSV. raises: LivebrushError"""
    with whole_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(losses[-1]))
        table.writeheader()
        table.writerows({k: f"{v:.6g}" for k, v in row.items()} for row in losses)


def plot_losses(losses: Losses, path: Path) -> None:
    """Draw every loss term over the evaluations. raises: LivebrushError"""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    for name in losses[-1]:
        if name != "step":
            axes.plot([row["step"] for row in losses], [row[name] for row in losses], label=name)
    axes.set(xlabel="evaluations of the loss", ylabel="weighted loss", yscale="log")
    axes.legend()
    try:
        with whole_file(path) as partial:
            figure.savefig(partial, dpi=120)
    finally:
        pyplot.close(figure)
