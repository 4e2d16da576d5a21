"""What a batch is to do: each film in each style, and what of that is done already."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from livebrush.models.assignment import Styles, file_name_of
from livebrush.models.errors import LivebrushError
from livebrush.realtime.batch.film_names import printable, wrong_names
from livebrush.realtime.batch.film_task import FUNCTION
from livebrush.realtime.batch.footage import Film, Shard, announced, target_name
from livebrush.realtime.batch.manifest import DONE, FAILED, Entry, Manifest
from livebrush.realtime.batch.output import Output
from livebrush.realtime.batch.remote import is_remote
from livebrush.realtime.engine.finish import Finish, stroke_of
from livebrush.realtime.made.asked import find_styles
from livebrush.realtime.made.kept import sha256_of
from livebrush.realtime.video.codecs import choose_codec, usual_suffix
from livebrush.realtime.video.options import VideoOptions
from livebrush.realtime.video_style import painting_of
from livebrush.realtime.workers.port import Task

NOT_OF_A_BATCH = ("start_s", "duration_s", "fps", "overwrite", "resume", "painting", "preview")
"""fields of VideoOptions that a batch sets itself, or that mean one film"""


@dataclass(frozen=True)
class Recipe:
    """How films are painted: one style, with all that their frames and files depend on.

    style, only: see `find_styles`; finish: see `Finish`; options: fields of `VideoOptions`
    device: see `Engine`; it makes no other painting
    """

    style: str
    only: str
    finish: Finish
    options: Mapping[str, Any]
    device: str

    @classmethod
    def of(cls, style: str, only: str, finish: Finish, options: Mapping[str, Any], device: str) -> "Recipe":
        """raises: LivebrushError for a style or options that do not go, before anything is painted"""
        if wrong := [name for name in options if name in NOT_OF_A_BATCH]:
            raise LivebrushError(f"a batch takes no {', '.join(wrong)}: leave it out", code="invalid")
        told = VideoOptions(**options)
        styles = find_styles(style, only)
        finish = replace(finish, stroke=stroke_of(styles, finish.stroke))
        recipe = cls(style, only, finish, options, device)
        choose_codec(Path(f"painted{recipe.suffix}"), told.codec, alpha=False)
        return recipe

    @cached_property
    def styles(self) -> Styles:
        return find_styles(self.style, self.only)

    @property
    def name(self) -> str:
        """Of the style, in the names of paintings."""
        return file_name_of(self.styles)

    @property
    def suffix(self) -> str:
        return usual_suffix(self.options.get("codec"))

    @property
    def painting(self) -> str:
        """A text that differs where a film would be painted differently: by the style's file as it is now."""
        try:
            told = painting_of(self.styles, self.finish)
        except OSError as error:
            raise LivebrushError(
                f"{self.style}: its file cannot be read any more ({error.strerror})", code="unreadable"
            ) from error
        written = json.dumps(asdict(VideoOptions(**self.options)), sort_keys=True, default=str)
        return hashlib.sha256(f"{told}\n{written}".encode()).hexdigest()

    def target_of(self, film: Film) -> str:
        """What the painting of a film is called below the output."""
        return target_name(film, self.name, self.suffix)

    def task(
        self,
        name: str,
        source: str,
        target: str,
        painting: str,
        cores: int | None,
        resume: bool = False,
        **options: Any,
    ) -> Task:
        """See `paint_film`. options: that are added to those of all films"""
        return Task(
            name, FUNCTION,
            {
                "source": source, "target": target, "style": self.style, "only": self.only,
                "finish": asdict(self.finish), "painting": painting, "options": {**self.options, **options},
                "device": self.device, "threads": cores, "resume": resume,
            },
        )  # fmt: skip


@dataclass
class Item:
    """A painting that is to be made.

    target: its name below the output
    frames: that are expected; 0: unknown
    whole:  it is not painted in pieces
    tries, losses: how often it failed, and was lost with its worker, in this run
    entry:  what the manifest says of it, as far as it goes
    """

    film: Film
    recipe: Recipe
    target: str
    painting: str
    entry: Entry
    frames: int = 0
    whole: bool = False
    tries: int = 0
    losses: int = 0


@dataclass
class Plan:
    """items: what is to be painted; done: how many paintings are there as they should be

    kept: names of paintings that are there and that no batch on this folder has made
    refused: what cannot be painted because of the film's name, each with its error
    """

    items: list[Item] = field(default_factory=list)
    done: int = 0
    kept: list[str] = field(default_factory=list)
    refused: list[Entry] = field(default_factory=list)


def make_plan(
    films: Sequence[Film],
    recipes: Sequence[Recipe],
    output: Output,
    manifest: Manifest,
    overwrite: bool,
    shard: Shard | None = None,
) -> Plan:
    """Compares what there is with what the manifest says; one style after the other, which loads each once.

    films: of all shards; shard: whose paintings are planned
    raises: LivebrushError where the output, or a style's file, cannot be read
    """
    output.look()
    plan = Plan()
    for recipe in recipes:
        painting = recipe.painting
        targets = {film.source: recipe.target_of(film) for film in films}
        wrong = wrong_names(targets, manifest)
        for film in films:
            if shard and not shard.has(film.name):
                continue
            target = targets[film.source]
            if film.source in wrong:
                plan.refused.append(_refused(film, target, painting, wrong[film.source]))
                continue
            entry = manifest.get(target)
            why = _why(film, painting, entry, output, target, overwrite, manifest)
            if why == "kept":
                plan.kept.append(target)
            elif why == "done":
                plan.done += 1
            else:
                plan.items.append(_item(film, recipe, target, painting, why, entry))
    return plan


def without_paintings(
    films: Sequence[Film], recipes: Sequence[Recipe], output: Output, manifest: Manifest
) -> list[Film]:
    """The films less the paintings that lie among them, because the output is the folder that they are in.

    films: of all shards, which paint at the same time
    """
    made = manifest.targets() | {recipe.target_of(film) for film in films for recipe in recipes}
    places = {output.place(target) for target in made}
    return [film for film in films if film.source not in places]


def _refused(film: Film, target: str, painting: str, error: LivebrushError) -> Entry:
    names = printable(target), printable(film.source)
    return Entry(*names, film.size, film.mtime_ns, painting, FAILED, error_code=error.code, error=str(error))


def _why(
    film: Film, painting: str, entry: Entry | None, output: Output, target: str, overwrite: bool, manifest: Manifest
) -> str:  # fmt: skip
    """Why a film is painted: "new", "changed", "unfinished", "failed" or "gone"; "done" or "kept" where it is not."""
    if entry is None:
        return "kept" if not overwrite and output.size_of(target) is not None else "new"
    if entry.painting != painting:
        return "changed"
    if (entry.source, entry.size, entry.mtime_ns) != (film.source, film.size, film.mtime_ns):
        if not _same_content(film, entry):
            return "changed"
        # It was copied or touched, or its folder moved
        manifest.put(replace(entry, source=film.source, mtime_ns=film.mtime_ns))
    if entry.state != DONE:
        return "failed" if entry.state == FAILED else "unfinished"
    return "done" if output.size_of(target) == entry.bytes else "gone"


def _same_content(film: Film, entry: Entry) -> bool:
    if is_remote(film.source) or film.size != entry.size or not entry.sha256:
        return False
    try:
        return sha256_of(Path(film.source)) == entry.sha256
    except OSError:
        return False


def _item(film: Film, recipe: Recipe, target: str, painting: str, why: str, entry: Entry | None) -> Item:
    # Tries of another version count, too: what they may have left must be looked at
    attempts = entry.attempts if entry and why != "gone" else 0
    begun = Entry(target, film.source, film.size, film.mtime_ns, painting, attempts=attempts)
    header = None if is_remote(film.source) else announced(film)  # to ask for each in a bucket takes too long
    return Item(film, recipe, target, painting, begun, header.frames if header else 0)
