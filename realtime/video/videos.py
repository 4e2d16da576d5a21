"""Painting many videos, one after the other."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Started, telling
from livebrush.realtime.address import Address
from livebrush.realtime.input_files import MediaKind
from livebrush.realtime.output_plan import all_of, place
from livebrush.realtime.video.animated_webp import is_animated_webp
from livebrush.realtime.video.codecs import CONTAINERS, container_for
from livebrush.realtime.video.stylize import Interrupted, VideoReport

_SUFFIXES = {
    ".3gp", ".asf", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf",
    ".ogv", ".ts", ".vob", ".webm", ".wmv",
}  # fmt: skip

Paint = Callable[[Path | Address, Path, OnEvent], VideoReport]


class VideosFailed(LivebrushError):
    """Some videos could not be painted, or not whole. reports: of what was painted, in order"""

    def __init__(self, told: LivebrushError, reports: Sequence[VideoReport]) -> None:
        super().__init__(str(told), code=told.code, remedy=told.remedy, **told.values)
        self.reports = list(reports)


def what_is_missing(report: VideoReport) -> LivebrushError:
    """The error for a video that could be read, but not whole."""
    return LivebrushError(f"{report.damage}; what could be read is in {report.path}", code="unreadable")


def _is_video(path: Path) -> bool:
    """By its suffix, or as an animated WebP; what a run that was stopped has left beside its target is none."""
    unfinished = re.search(r"\.partial\d*$", path.stem)
    return not unfinished and (path.suffix.lower() in _SUFFIXES or is_animated_webp(path))


VIDEOS = MediaKind("video", ".mp4 .mov .mkv …", _is_video, CONTAINERS, container_for)


def paint_videos(
    plan: Sequence[tuple[Path | Address, Path]], paint: Paint, on_event: OnEvent | None = None
) -> list[VideoReport]:
    """Paints every video of a plan; one that fails does not stop the others.

    paint: (source, target, on_event) -> the report of one video, which tells its own start, progress and end
    on_event: told of the start and the end of the whole, and between these all that each video tells: its title with
        its place among them, its notes with its name
    raises: VideosFailed at the end, which lists what failed; Interrupted on Ctrl-C, where the finished videos stay
    """
    failures: list[LivebrushError] = []
    reports: list[VideoReport] = []
    begun_s = time.perf_counter()
    with telling(on_event) as tell:
        tell(Started(f"{len(plan)} video{'s' * (len(plan) > 1)}", "video", len(plan)))
        for number, (source, target) in enumerate(plan, 1):
            try:
                target.parent.mkdir(exist_ok=True)
                report = paint(source, target, _told_of(source, f"{number} of {len(plan)}", tell))
                reports.append(report)
                if report.damage:
                    failures.append(what_is_missing(report).of(source))
            except Interrupted:
                tell(Note(f"{len(reports)} of {len(plan)} videos are painted"))
                raise
            except LivebrushError as error:
                failures.append(error if str(source) in str(error) else error.of(source))
            except OSError as error:
                failures.append(_of_system(source, error))
        if failures:
            raise VideosFailed(all_of(failures, len(plan), VIDEOS), reports)
        seconds = round(time.perf_counter() - begun_s, 3)
        painted = place([report.path for report in reports])
        tell(Finished(painted, {"video": len(reports), "seconds": seconds}))
    return reports


def _of_system(source: Path | Address, error: OSError) -> LivebrushError:
    where = f"{error.filename}: " if error.filename else ""
    return LivebrushError(f"{source}: {where}{error.strerror or error}", code="unreadable")


def _told_of(source: Path | Address, which: str, on_event: OnEvent) -> OnEvent:
    """One video's events as those of one of many."""

    def tell(event: Event) -> None:
        match event:
            case Started():
                event = replace(event, title=f"{event.title} ({which})")
            case Note():
                event = event.of(source)
            case _:
                pass
        on_event(event)

    return tell
