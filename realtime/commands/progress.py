"""The events of long work, told to a person (a bar) or to a program (JSON lines)."""

import json
import sys
import time
from typing import Any, Protocol, Self, TextIO, cast

import click

from livebrush.models.events import Event, Failed, Finished, Note, Progress, Started, as_json
from livebrush.realtime.commands.remedies import said


class Reader(Protocol):
    """What the command line does with events; a context manager around the work, which ends with the notes."""

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
    """Keeps the notes, and prints them on stderr when the work has ended."""

    def __init__(self) -> None:
        self._notes: list[Note] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for note in self._notes:
            click.echo(f"note: {said(note)}", err=True)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Note):
            self._notes.append(event)


class Bar(Notes):
    """A tqdm bar on stderr: count, rate and time left; then the notes. What starts next takes its place."""

    def __init__(self) -> None:
        super().__init__()
        self.bar: Any = None

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
        super().__exit__()

    def __call__(self, event: Event) -> None:
        super().__call__(event)
        match event:
            case Started():
                if self.bar is not None:
                    self.bar.leave = False
                    self.bar.close()
                self.bar = tqdm_bar(desc=event.title, unit=event.unit, total=event.of)
            case Progress():
                if event.of is not None and self.bar.total != event.of:
                    self.bar.total = max(event.of, event.done)
                self.bar.update(event.done - self.bar.n)
            case Failed() if self.bar is not None:
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
        super().__init__()
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
