"""What a batch would take: three films are painted for a few seconds, and the rest follows by frames and pixels.

Films that do not say how many frames they have, and those in buckets, of which only the three are asked, follow by
their bytes.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Note, OnEvent
from livebrush.realtime.batch.footage import announced
from livebrush.realtime.batch.output import Output
from livebrush.realtime.batch.plan import Item
from livebrush.realtime.batch.report import readable_size
from livebrush.realtime.workers.port import Done, NotDone, Outcome, Told, Workers

PROBES = 3
PROBED_S = 2.0
"""of each film: a net's first frame takes longer than the others"""


@dataclass(frozen=True)
class Estimate:
    """paintings, frames: to make

    seconds: of wall-clock time with the workers that there are; bytes: of the paintings
    free: bytes that are free in the output folder; None for a URL
    """

    paintings: int
    frames: int
    seconds: float
    bytes: int
    free: int | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        free = "" if self.free is None else f" of {readable_size(self.free)} that are free"
        took = f"about {_duration(self.seconds)}, {readable_size(self.bytes)}{free}"
        return f"{self.paintings} paintings, {self.frames} frames: {took}"


def estimate(items: Sequence[Item], workers: Workers, output: Output, tell: OnEvent) -> Estimate:
    """Paints the beginning of three films, a small, a middling and a large one, one after the other.

    workers: ready, none of them busy
    raises:  LivebrushError where none of the three can be painted
    """
    probed = [item for item in _probes(items) if item.film.size]
    with tempfile.TemporaryDirectory(prefix="livebrush-estimate-") as folder:
        outcomes = [(item, _probe(item, workers, Path(folder), number)) for number, item in enumerate(probed)]
    costs, extents = [], []
    for item, outcome in outcomes:
        if isinstance(outcome, Done) and outcome.values["frames"]:
            header = announced(item.film)
            frame_pixels = header.pixels if header else 1
            pixels = outcome.values["frames"] * frame_pixels
            costs.append((outcome.values["seconds"] / pixels, outcome.values["bytes"] / pixels))
            frames = header.frames if header and header.frames else outcome.values["frames"]
            extents.append((_Extent(frames, frames * frame_pixels), item.film.size))
        elif isinstance(outcome, NotDone):
            tell(Note(str(outcome.error), outcome.error.code).of(item.film.name))
    if not costs:
        raise LivebrushError(
            f"none of {len(probed)} films that were tried can be painted: nothing to go by", code="failed"
        )
    wanted = [_extent(item, extents) for item in items]
    pixels = sum(extent.pixels for extent in wanted)
    seconds = pixels * mean(cost for cost, _ in costs) / min(workers.count, len(items))
    written = round(pixels * mean(cost for _, cost in costs))
    return Estimate(
        len(items), round(sum(extent.frames for extent in wanted)), seconds, written, _free(output)
    )


class _Extent(NamedTuple):
    """Of a film. pixels: of all its frames together"""

    frames: float
    pixels: float


def _extent(item: Item, known: Sequence[tuple[_Extent, int]]) -> _Extent:
    """By the film's own header, or by what others have for each of their bytes. known: extents, and bytes"""
    header = announced(item.film) if item.frames else None
    if header:
        return _Extent(item.frames, item.frames * header.pixels)
    share = item.film.size / sum(size for _, size in known)
    return _Extent(share * sum(one.frames for one, _ in known), share * sum(one.pixels for one, _ in known))


def _probes(items: Sequence[Item]) -> list[Item]:
    ordered = sorted(items, key=lambda item: item.film.size)
    places = {round(part * (len(ordered) - 1) / (PROBES - 1)) for part in range(PROBES)}
    return [ordered[place] for place in sorted(places)]


def _probe(item: Item, workers: Workers, folder: Path, number: int) -> Outcome:
    target = str(folder / f"{number}{item.recipe.suffix}")
    while not workers.free:
        workers.next(1.0)
    workers.give(
        item.recipe.task(target, item.film.source, target, item.painting, workers.cores, duration_s=PROBED_S)
    )
    while True:
        message = workers.next(1.0)
        if message is not None and not isinstance(message, Told):
            return message


def _free(output: Output) -> int | None:
    if output.is_remote:
        return None
    folder = Path(output.name)
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    )
