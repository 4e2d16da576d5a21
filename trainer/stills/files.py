"""The files that a still is written to, and what is kept of the way there; all checked before the first step."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import LivebrushError
from realtime.pictures.picture import writable_format
from realtime.writable_folder import require_writable

PLOT_SUFFIXES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class StillFiles:
    """picture: the still; films, log, plot: of the way there, where wanted"""

    picture: Path
    films: Sequence[Path] = ()
    log: Path | None = None
    plot: Path | None = None

    @property
    def state(self) -> Path:
        """What --resume goes on from; gone when the still is done."""
        return self.picture.with_name(f"{self.picture.name}.resume")

    @property
    def preview(self) -> Path:
        """The picture so far; gone when the still is done."""
        return self.picture.with_name(f"{self.picture.name}.preview.png")

    def check(self, inputs: Sequence[Path], *, overwrite: bool, resume: bool) -> None:
        """raises: LivebrushError where a file cannot be written, or would replace an input or what was not to be"""
        named = [self.picture, *self.films, *(path for path in (self.log, self.plot) if path)]
        for path in named:
            if path.is_dir():
                raise LivebrushError(f"{path}: is a folder, expected a file name; choose another name")
            require_writable(path.absolute().parent)
        writable_format(self.picture)
        if self.plot and self.plot.suffix.lower() not in PLOT_SUFFIXES:
            raise LivebrushError(f"{self.plot}: a plot is written as one of {' '.join(PLOT_SUFFIXES)}")
        read = {path.resolve() for path in inputs}
        for path in (*named, self.state, self.preview):
            if path.resolve() in read:
                raise LivebrushError(f"{path}: is an input, which is never changed; choose another name")
        if len({path.resolve() for path in named}) < len(named):
            raise LivebrushError(f"two outputs are one file: {', '.join(map(str, named))}")
        if overwrite or resume:
            return
        if self.state.exists():
            raise LivebrushError(
                f"{self.picture} is under way: add --resume to go on with it, or -y to start anew"
            )
        for path in (*named, self.preview):
            if path.exists():
                raise LivebrushError(f"{path} exists: add -y to replace it, or name another file")
