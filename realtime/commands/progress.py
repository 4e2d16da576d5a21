"""The events of long work, told to a person (a bar) or to a program (JSON lines)."""

import json
import sys
import time
from typing import Any, Protocol, Self, TextIO, cast

import click

from livebrush.models.events import Event, Failed, Finished, Note, Progress, Started, as_json
from livebrush.realtime.commands.remedies import said


class Reader(Protocol):
    """What the command line does with events; a context manager around the work."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def __call__(self, event: Event) -> None: ...


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


class Notes:
    """Prints the notes on stderr."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, event: Event) -> None:
        if isinstance(event, Note):
            self._print(f"note: {said(event)}")

    def _print(self, line: str) -> None:
        click.echo(line, err=True)


UNSHOWN = {"total", "learning_rate"}
"""values that change slowly or follow from others: a line has little room"""
MANY = 10**6
"""units, that are told in thousands or millions"""


class Bar(Notes):
    """A tqdm bar on stderr: count, rate, time left and what is measured; notes above it."""

    def __init__(self) -> None:
        self.bar: Any = None

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def _print(self, line: str) -> None:
        if self.bar is None:
            super()._print(line)
        else:
            self.bar.write(line, file=sys.stderr)

    def __call__(self, event: Event) -> None:
        super().__call__(event)
        if isinstance(event, Started):
            if self.bar is not None:
                self.bar.close()
            many = event.unit == "B" or (event.of or 0) >= MANY
            self.bar = tqdm_bar(desc=event.title, unit=event.unit, total=event.of, unit_scale=many)
        elif self.bar is not None:
            self._move(event)

    def _move(self, event: Event) -> None:
        match event:
            case Progress():
                if event.of is not None and self.bar.total != event.of:
                    self.bar.total = max(event.of, event.done)
                if event.values:
                    shown = {
                        name: f"{value:.4g}" for name, value in event.values.items() if name not in UNSHOWN
                    }
                    self.bar.set_postfix(shown, refresh=False)
                self.bar.update(event.done - self.bar.n)
            case Failed():
                self.bar.leave = False
            case Finished() if self.bar is not None:
                self.bar.total = self.bar.n  # an announced count may be off by a frame or two


class JsonLines(Notes):
    """One JSON object a line on stdout for every event, progress at most ten times a second; the notes on stderr too.

    Each has what its event has. Progress tells the count under the name of what is counted, too, the rate and the
    seconds left; the end what was made and, where the work failed, what the terminal says.
    """

    EVERY_S = 0.1

    def __init__(self) -> None:
        self.unit, self.started, self.last = "done", time.monotonic(), -self.EVERY_S

    def __call__(self, event: Event) -> None:
        super().__call__(event)
        more: dict[str, Any] = {}
        match event:
            case Started():
                self.unit, self.started = event.unit, time.monotonic()
            case Progress():
                now = time.monotonic()
                if now - self.last < self.EVERY_S and event.done != event.of:
                    return
                self.last = now
                more = self._pace(event, now - self.started)
            case Finished():
                more = dict(event.values)
            case Failed():
                more = {"message": said(event)}
        click.echo(json.dumps({**as_json(event), **more}, ensure_ascii=False, default=str))

    def _pace(self, event: Progress, seconds: float) -> dict[str, Any]:
        rate = event.done / max(seconds, 1e-6)
        left = round((event.of - event.done) / rate, 1) if event.of and rate else None
        return {self.unit: event.done, "per_s": round(rate, 2), "seconds_left": left}


def reader(form: str) -> Reader:
    """form: "bar", "json" or "none"."""
    return {"bar": Bar, "json": JsonLines, "none": Notes}[form]()
