"""The task of a batch: paint this film. Runs in a worker, which keeps the styles loaded."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import OnEvent
from livebrush.realtime.batch.remote import delivered, fetched, is_remote
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.made.asked import find_styles
from livebrush.realtime.made.kept import sha256_of
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.pieces.folder import remove_all_pieces
from livebrush.realtime.video.stylize import VideoReport
from livebrush.realtime.video.unfinished import is_begun, patiently, remove_all_unfinished
from livebrush.realtime.video.videos import what_is_missing
from livebrush.realtime.video_style import VideoStyle, of_film

FUNCTION = f"{__name__}:paint_film"
_STYLES_AT_ONCE = 2
"""loaded: a batch paints one style after the other, and goes back to an earlier one only where a film failed"""


def paint_film(
    source: str,
    target: str,
    style: str,
    only: str,
    finish: Mapping[str, Any],
    painting: str,
    options: Mapping[str, Any],
    device: str,
    threads: int | None,
    resume: bool,
    on_event: OnEvent,
) -> dict[str, Any]:
    """Paint a film, or go on with one where a worker before was stopped or killed.

    source, target: paths or URLs
    style, only:    see `find_styles`
    finish:         fields of `Finish`
    painting:       a text that differs where the style's file or the finish does: what is loaded is kept by it
    options:        fields of `VideoOptions`
    resume:         whether it was begun before
    returns: frames, seconds, bytes of the painting; sha256 of the film, and size and mtime_ns, if it is a file, as they
             were; error_code and error, of what could not be read of it, or ""
    raises:  LivebrushError for everything that can be mended, and where the film was changed meanwhile
    """
    size = options.get("size")
    options = {**options, "size": tuple(size) if isinstance(size, list) else size}  # JSON knows no tuples
    loaded = _loaded(style, only, tuple(sorted(finish.items())), painting, device, threads)
    with fetched(source) as film, delivered(target) as file, _called(film, source):
        seen = Seen.of(film)
        told = VideoOptions(
            **options,
            painting=of_film(painting, seen.sha256),
            overwrite=True,
            resume=resume and is_begun(file),
        )
        painted = seen.outcome(source, _paint(loaded, film, file, told, on_event), file)
    return painted if is_remote(source) else {**painted, "size": seen.size, "mtime_ns": seen.mtime_ns}


@contextmanager
def _called(film: Path, source: str) -> Iterator[None]:
    """Has errors name the film as the person knows it, and not its copy on this machine."""
    try:
        yield
    except LivebrushError as error:
        if not is_remote(source):
            raise
        raise error.reworded(str(error).replace(str(film), source)) from error


@dataclass(frozen=True)
class Seen:
    """A film as it was when its painting began."""

    film: Path
    size: int
    mtime_ns: int
    sha256: str

    @classmethod
    def of(cls, film: Path) -> "Seen":
        return cls(film, *_identity(film), sha256_of(film))

    def outcome(self, source: str, report: VideoReport, file: Path) -> dict[str, Any]:
        """What the manifest is told of a painting, see `paint_film`. source: the film's name

        raises: LivebrushError where the film was changed meanwhile; the painting is removed then
        """
        if _identity(self.film) != (self.size, self.mtime_ns):
            file.unlink(missing_ok=True)
            raise LivebrushError(f"{source}: was changed while it was painted", code="failed")
        damage = what_is_missing(report) if report.damage else None
        return {
            "frames": report.frames, "seconds": round(report.wall_s, 3), "bytes": file.stat().st_size,
            "sha256": self.sha256, "error_code": damage.code if damage else "", "error": str(report.damage or ""),
        }  # fmt: skip


def _paint(
    loaded: VideoStyle, film: Path, file: Path, options: VideoOptions, on_event: OnEvent
) -> VideoReport:
    """Goes on with what there is of this painting, and clears away what there is of others."""
    try:
        report = patiently(lambda: loaded.paint(film, file, options, on_event))
    except LivebrushError as error:
        if error.code != "mismatch" or not options.resume:
            raise
        remove_all_unfinished(file)  # of this film before it was changed, or of this style
        return _paint(loaded, film, file, replace(options, resume=False), on_event)
    remove_all_unfinished(file)
    remove_all_pieces(file)
    return report


def _identity(film: Path) -> tuple[int, int]:
    told = film.stat()
    return told.st_size, told.st_mtime_ns


@lru_cache(maxsize=_STYLES_AT_ONCE)
def _loaded(
    style: str,
    only: str,
    finish: tuple[tuple[str, Any], ...],
    painting: str,
    device: str,
    threads: int | None,
) -> VideoStyle:
    return VideoStyle(find_styles(style, only), Finish(**dict(finish)), device, threads)
