"""Films so long that one worker would still paint when all others are done: painted in pieces, by all of them."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from livebrush.models.errors import LivebrushError
from livebrush.models.events import OnEvent
from livebrush.realtime.batch.film_task import Seen
from livebrush.realtime.batch.output import Output
from livebrush.realtime.batch.plan import Item
from livebrush.realtime.batch.remote import delivered, is_remote
from livebrush.realtime.made.kept import sha256_of
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video.pieces.crew import Crew
from livebrush.realtime.video.pieces.film import left_in_pieces, paint_film
from livebrush.realtime.video.pieces.folder import remove_all_pieces
from livebrush.realtime.video.pieces.paint import Painting
from livebrush.realtime.video.target import NOT_RESUMED
from livebrush.realtime.video.unfinished import is_begun, patiently, remove_all_unfinished
from livebrush.realtime.video_style import of_film, options_for
from livebrush.realtime.workers.port import Workers

LEAST_FRAMES = 1500
"""of a film that is cut: a minute, of which a worker gets pieces of five seconds and more"""
UNEVEN = 1.1
"""times that a batch may take what it would by even shares"""


class NotCutError(Exception):
    """The film has no key frames to cut it at, or its times do not tell where they are."""


def films_to_cut(items: Sequence[Item], workers: int, output: Output) -> list[Item]:
    """Those that an earlier run has left in pieces, and the longest, as many as it takes for workers to end together.

    workers: how many there will be; the rest of the films is painted whole, the longest first
    """
    possible = sorted((item for item in items if _can_be_cut(item, output)), key=lambda item: -item.frames)
    cut = [item for item in possible if item.entry.attempts and _is_in_pieces(item, output)]
    targets = {item.target for item in cut}
    even = sum(item.frames for item in items) / workers

    def end(besides: str = "") -> float:
        """When all is painted, in frames of a worker. besides: another one that is cut"""
        pieces = sum(item.frames for item in items if item.target in targets or item.target == besides)
        whole = [item.frames for item in items if item.target not in targets and item.target != besides]
        return pieces / workers + _last_end(whole, workers)

    for item in possible:
        if item.target in targets or is_begun(Path(output.place(item.target))):
            continue
        so_far = end()
        if so_far <= UNEVEN * even or end(item.target) >= so_far:
            break
        cut.append(item)
        targets.add(item.target)
    return cut


def paint_in_pieces(item: Item, output: Output, workers: Workers, on_event: OnEvent) -> dict[str, Any]:
    """Paint a film, or go on with the pieces that an earlier run has left.

    returns: what `film_task.paint_film` returns
    raises:  NotCutError; LivebrushError, FilmInterrupted on Ctrl-C among them
    """
    film, recipe = Path(item.film.source), item.recipe
    seen = Seen.of(film)
    options = _options(item, seen.sha256)
    how = Painting(recipe.style, recipe.only, recipe.finish, recipe.device, workers.cores)
    with delivered(output.place(item.target)) as file:
        options = replace(options, resume=left_in_pieces(film, file, options))
        crew = Crew(workers, on_event)
        report = patiently(lambda: paint_film(film, file, how, crew, _not_cut, options, on_event))
        painted = seen.outcome(item.film.source, report, file)
        remove_all_unfinished(file)
        remove_all_pieces(file)
    return {**painted, "size": seen.size, "mtime_ns": seen.mtime_ns}


def _not_cut() -> NoReturn:
    raise NotCutError


def _can_be_cut(item: Item, output: Output) -> bool:
    """Workers write pieces beside the painting, and each reads the film for itself."""
    if item.whole or output.is_remote or is_remote(item.film.source) or item.frames < LEAST_FRAMES:
        return False
    return Path(item.target).suffix not in NOT_RESUMED and Path(item.film.source).suffix.lower() != ".webp"


def _is_in_pieces(item: Item, output: Output) -> bool:
    try:
        film = Path(item.film.source)
        return left_in_pieces(film, output.place(item.target), _options(item, sha256_of(film)))
    except (LivebrushError, OSError):
        return False  # what is wrong is told when it is painted


def _options(item: Item, sha256: str) -> VideoOptions:
    """A film that was changed is another, however alike its ends are."""
    recipe = item.recipe
    options = options_for(recipe.styles, recipe.finish, **recipe.options, overwrite=True)
    return replace(options, painting=of_film(options.painting, sha256))


def _last_end(frames: Iterable[int], workers: int) -> int:
    """When the last worker ends, in frames, where each takes the longest film that is left."""
    ends = [0] * workers
    for one in sorted(frames, reverse=True):
        heapq.heapreplace(ends, ends[0] + one)
    return max(ends)
