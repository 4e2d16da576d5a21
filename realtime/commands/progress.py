"""Progress of long work, told to a person (a bar) or to a program (JSON lines)."""

import json
import sys
import time
from typing import Any, Protocol, Self, TextIO, cast

import click


class Progress(Protocol):
    """What long work reports to; a context manager."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

    def update(self, done: int, expected: int | None) -> None:
        """expected: None while it is not known."""
        ...

    def failed(self, message: str) -> None: ...

    def finished(self, report: Any) -> None:
        """report: has `path`, `frames` and `wall_s`."""
        ...


LINE_EVERY_S = 10
"""in a log; a terminal has a bar that moves"""


def tqdm_bar(**shape: Any) -> Any:
    """A tqdm bar on stderr; where that is no terminal, a line every LINE_EVERY_S, none for short work."""
    from tqdm import tqdm

    if sys.stderr.isatty():
        return tqdm(file=sys.stderr, dynamic_ncols=True, **shape)
    every = {"mininterval": LINE_EVERY_S, "maxinterval": LINE_EVERY_S, "delay": LINE_EVERY_S}
    return tqdm(file=cast(TextIO, _Lines(sys.stderr)), ncols=100, **every, **shape)


class _Lines:
    """What tqdm draws over itself, line by line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        if line := text.strip():
            self._file.write(f"{line}\n")

    def flush(self) -> None:
        self._file.flush()


class Bar:
    """A tqdm bar on stderr: count, rate and time left."""

    def __init__(self, title: str, unit: str) -> None:
        self.bar = tqdm_bar(desc=title, unit=unit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def update(self, done: int, expected: int | None) -> None:
        if expected is not None and self.bar.total != expected:
            self.bar.total = max(expected, done)
        self.bar.update(done - self.bar.n)

    def failed(self, message: str) -> None:
        self.bar.leave = False

    def finished(self, report: Any) -> None:
        self.bar.total = self.bar.n  # an announced count may be off by a frame or two


class JsonLines:
    """One JSON object a line on stdout, at most ten a second, and a last one with the outcome."""

    EVERY_S = 0.1

    def __init__(self, unit: str) -> None:
        self.unit, self.started, self.last = unit, time.monotonic(), -self.EVERY_S

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, done: int, expected: int | None) -> None:
        now = time.monotonic()
        if now - self.last < self.EVERY_S and done != expected:
            return
        self.last = now
        rate = done / max(now - self.started, 1e-6)
        left = (expected - done) / rate if expected and rate else None
        self._print(
            {"event": "progress", self.unit: done, "of": expected, "per_s": round(rate, 2),
             "seconds_left": None if left is None else round(left, 1)}
        )  # fmt: skip

    def failed(self, message: str) -> None:
        self._print({"event": "failed", "message": message})

    def finished(self, report: Any) -> None:
        self._print(
            {"event": "finished", "path": str(report.path), self.unit: report.frames,
             "seconds": round(report.wall_s, 3)}
        )  # fmt: skip

    def _print(self, values: dict[str, Any]) -> None:
        click.echo(json.dumps(values))


class Silent:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...
    def update(self, done: int, expected: int | None) -> None: ...
    def failed(self, message: str) -> None: ...
    def finished(self, report: Any) -> None: ...


def make_progress(form: str, title: str, unit: str) -> Progress:
    """form: "bar", "json" or "none"; unit: what is counted, in the singular."""
    if form == "json":
        return JsonLines(unit)
    return Bar(title, unit) if form == "bar" else Silent()
