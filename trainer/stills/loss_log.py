"""The losses of a still's optimisation as a table and as a drawing."""

import csv
from collections.abc import Sequence
from pathlib import Path

from livebrush.models.errors import LivebrushError

Losses = Sequence[dict[str, float]]
"""of every evaluation, in order: "step", each weighted term, "total" """


def write_log(losses: Losses, path: Path) -> None:
    """Write them as CSV. raises: LivebrushError"""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(losses[-1]))
            table.writeheader()
            table.writerows({k: f"{v:.6g}" for k, v in row.items()} for row in losses)
    except OSError as error:
        raise LivebrushError(
            f"the log {path} cannot be written: {error.strerror}", code="unwritable"
        ) from error


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
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise LivebrushError(f"the plot {path} cannot be written: {error}", code="unwritable") from error
    finally:
        pyplot.close(figure)
