"""The files that a still is written to, and what is kept of the way there; all checked before the first step."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import check_outputs
from livebrush.realtime.pictures.picture import writable_format

PLOT_SUFFIXES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class StillFiles:
    """picture: the still; videos, log, plot: of the way there, where wanted"""

    picture: Path
    videos: Sequence[Path] = ()
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
        named = [self.picture, *self.videos, *(path for path in (self.log, self.plot) if path)]
        writable_format(self.picture)
        if self.plot and self.plot.suffix.lower() not in PLOT_SUFFIXES:
            raise LivebrushError(
                f"{self.plot}: a plot is written as one of {' '.join(PLOT_SUFFIXES)}", code="invalid"
            )
        if self.state.exists() and not (overwrite or resume):
            raise LivebrushError(f"{self.picture} is under way", code="exists", remedy="resume_or_anew")
        check_outputs((*named, self.state, self.preview), inputs, overwrite=overwrite or resume)
