"""Painting many films, one after the other."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Event, Finished, Note, OnEvent, Started, telling
from livebrush.realtime.input_files import MediaKind
from livebrush.realtime.output_plan import all_of, place
from livebrush.realtime.video.codecs import CONTAINERS, container_for
from livebrush.realtime.video.film import Film, is_film
from livebrush.realtime.video.stylize import Interrupted, VideoReport

Paint = Callable[[Film, Path, OnEvent], VideoReport]


class FilmsFailed(LivebrushError):
    """Some films could not be painted, or not whole. reports: of what was painted, in order"""

    def __init__(self, told: LivebrushError, reports: Sequence[VideoReport]) -> None:
        super().__init__(str(told), code=told.code, remedy=told.remedy, **told.values)
        self.reports = list(reports)


def what_is_missing(report: VideoReport) -> LivebrushError:
    """The error for a film that could be read, but not whole."""
    return LivebrushError(f"{report.damage}; what could be read is in {report.path}", code="unreadable")


FILMS = MediaKind("film", ".mp4 .mov .mkv …", is_film, CONTAINERS, container_for)


def paint_films(
    plan: Sequence[tuple[Film, Path]], paint: Paint, on_event: OnEvent | None = None
) -> list[VideoReport]:
    """Paints every film of a plan; one that fails does not stop the others.

    paint: (source, target, on_event) -> the report of one film, which tells its own start, progress and end
    on_event: told of the start and the end of the whole, and between these all that each film tells: its title with
        its place among them, its notes with its name
    raises: FilmsFailed at the end, which lists what failed; Interrupted on Ctrl-C, where the finished films stay
    """
    failures: list[LivebrushError] = []
    reports: list[VideoReport] = []
    begun_s = time.perf_counter()
    with telling(on_event) as tell:
        tell(Started(f"{len(plan)} film{'s' * (len(plan) > 1)}", "film", len(plan)))
        for number, (source, target) in enumerate(plan, 1):
            try:
                target.parent.mkdir(exist_ok=True)
                report = paint(source, target, _told_of(source, f"{number} of {len(plan)}", tell))
                reports.append(report)
                if report.damage:
                    failures.append(what_is_missing(report).of(source))
            except Interrupted:
                tell(Note(f"{len(reports)} of {len(plan)} films are painted"))
                raise
            except LivebrushError as error:
                failures.append(error if str(source) in str(error) else error.of(source))
            except OSError as error:
                failures.append(_of_system(source, error))
        if failures:
            raise FilmsFailed(all_of(failures, len(plan), FILMS), reports)
        seconds = round(time.perf_counter() - begun_s, 3)
        painted = place([report.path for report in reports])
        tell(Finished(painted, {"film": len(reports), "seconds": seconds}))
    return reports


def _of_system(source: Film, error: OSError) -> LivebrushError:
    where = f"{error.filename}: " if error.filename else ""
    return LivebrushError(f"{source}: {where}{error.strerror or error}", code="unreadable")


def _told_of(source: Film, which: str, on_event: OnEvent) -> OnEvent:
    """One film's events as those of one of many."""

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
