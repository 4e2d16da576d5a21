"""A measurement of speed as a Markdown table that fits a terminal of 120 columns."""

import textwrap

from livebrush.realtime.benchmark.result import Result, Row

COLUMNS = 120
_LONGEST_NAME = 20
HEADER = ("style", "size", "threads", "net, ms", "stylize, ms", "file/s", "share", "peak MB", "ratio")
LEGEND = (
    "net: the net alone; stylize: with padding and cropping; both p50 / p95, uint8 to uint8. file/s: frames a second "
    "of 'livebrush video'; share: of what all cores allow. peak MB: resident, of a process that paints such frames. "
    "ratio: time of the reference's net (johnson, PyTorch eager) at the same size and threads to that of this net."
)


def markdown(result: Result) -> str:
    """Where and how it was measured, the table, what its columns mean, and what was left out."""
    cells = [HEADER, *(_cells(row) for row in result.rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(HEADER))]
    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    lines = [_line(row, widths) for row in cells]
    return "\n".join(
        [*_setting(result), "", lines[0], rule, *lines[1:], "", *_wrapped(LEGEND), *_notes(result)]
    )


def _cells(row: Row) -> tuple[str, ...]:
    name = row.contender
    return (
        name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…",
        f"{row.width}x{row.height}",
        str(row.threads),
        _pair(row.net_p50_ms, row.net_p95_ms),
        _pair(row.stylize_p50_ms, row.stylize_p95_ms),
        _number(row.file_fps, 1),
        _number(row.share_of_bound, 2),
        _number(row.peak_memory_mb, 0),
        _number(row.ratio, 1 if row.ratio and row.ratio >= 10 else 2),
    )


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _pair(p50: float | None, p95: float | None) -> str:
    """Three digits or so of each."""
    if p50 is None or p95 is None:
        return "-"
    return " / ".join(
        f"{ms:.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 10 else f"{ms:.2f}" for ms in (p50, p95)
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return f"| {' | '.join([cells[0].ljust(widths[0]), *rest])} |"


def _setting(result: Result) -> list[str]:
    machine = result.machine
    providers = ", ".join(
        dict.fromkeys(f"{row.provider} ({row.precision})" for row in result.rows if not row.reference)
    )
    facts = [
        f"`{result.command}`",
        f"{result.started}, {result.rounds} rounds, clip: {result.source}, preset {result.preset}",
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_mb / 1e3:.1f} GB"
        + (f", {machine.gpu}" if machine.gpu else ""),
        ", ".join([machine.system, f"Python {machine.python}", *map(" ".join, machine.versions.items())]),
        f"painted by {providers}; other processes kept {result.others_before_cores:.2f} cores busy before, "
        f"{result.others_during_cores:.2f} during the run",
    ]
    return [line for fact in facts for line in textwrap.wrap(f"- {fact}", COLUMNS, subsequent_indent="  ")]


def _notes(result: Result) -> list[str]:
    notes = [*([] if result.complete else ["Stopped early: the table is incomplete."]), *result.notes]
    return [line for note in notes for line in ["", *_wrapped(note)]]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, COLUMNS)
