"""Paint folders of films: what the command line and other programs call."""

import math
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import Finished, Note, OnEvent, Started, telling
from livebrush.models.regions import ALL
from livebrush.models.writing import remove_leftovers, require_writable
from livebrush.realtime.batch.estimate import Estimate, estimate
from livebrush.realtime.batch.footage import AnyPath, Film, Shard, find_films
from livebrush.realtime.batch.hot_folder import HotFolder
from livebrush.realtime.batch.manifest import Manifest
from livebrush.realtime.batch.output import Output
from livebrush.realtime.batch.plan import Plan, Recipe, make_plan, without_paintings
from livebrush.realtime.batch.report import BatchFailed, BatchReport, BatchStopped
from livebrush.realtime.batch.run import Run
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.interrupts import noticed
from livebrush.realtime.workers.choosing import workers_on

LOOKS_EVERY_S = 2.0
"""for films that come into a folder"""


class Batch:
    """Films that are to be painted into an output.

    sources: files, folders with all that is below them, wildcards, or URLs such as s3://bucket/footage/
    output:  a folder, or a URL. Paintings are called NAME_STYLE.mp4, or as suits the codec, and lie as their films do
    styles:  one or several, each as `stylize_video` takes it; every film is painted in each
    shard:   "3/16" paints the third of sixteen parts. A film stays in its part when others come and go
    strength, keep_colours, steady, stroke, only, device: as for `stylize_video`
    engine, workers, threads, address: see `workers_on`, whose count and cores they are
    overwrite: paintings that are there and that no batch has made are replaced, instead of left alone
    options: fields of `VideoOptions` that suit many films, such as codec="hevc"
    raises:  LivebrushError for a style, an option or a name that does not go
    """

    def __init__(
        self,
        sources: AnyPath | Sequence[AnyPath],
        output: AnyPath,
        styles: str | Sequence[str] = "starry_night",
        *,
        shard: str | None = None,
        strength: float = 1.0,
        keep_colours: bool = False,
        steady: bool = False,
        stroke: float | None = None,
        only: str = ALL,
        device: str = "auto",
        engine: str = "local",
        address: str | None = None,
        workers: int | None = None,
        threads: int | None = None,
        overwrite: bool = False,
        **options: Any,
    ) -> None:
        self._sources = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
        self._shard = Shard.parse(shard) if shard else None
        self._output, self._overwrite = Output(os.fspath(output), self._shard), overwrite
        self._workers = workers_on(engine, workers, threads, device != "cpu", address)
        finish = Finish(strength, keep_colours, steady, stroke)
        named = [styles] if isinstance(styles, str) else list(styles)
        self._unread: set[str] = set()
        self._recipes = [Recipe.of(style, only, finish, options, device) for style in named]
        if len({recipe.name for recipe in self._recipes}) < len(named):
            told = f"two of the styles {', '.join(named)} have one name: paint them into two folders"
            raise LivebrushError(told, code="conflict")

    def paint(
        self,
        *,
        retries: int = 1,
        watch: bool = False,
        report: AnyPath | None = None,
        on_event: OnEvent | None = None,
    ) -> BatchReport:
        """Paint what is not painted yet.

        A painting is done when the manifest says so and the file is there with the size that it had. A film that was
        changed is painted again, and so is every film when its style was changed; their old paintings are replaced.

        retries: how often a film that fails is tried again, after all others
        watch:   go on with films that come into the folders, until the user stops; those that still grow are left until
                 they rest
        report:  a file that the report is written to as JSON, besides the one in the output's hidden folder
        on_event: told of the whole: frames, notes with a film's name, each painting that is ready
        raises:  BatchFailed at the end, where films failed; BatchStopped on Ctrl-C; LivebrushError where nothing can
                 begin
        """
        began_s = time.perf_counter()
        with telling(on_event) as tell, ExitStack() as stack:
            if report is not None:
                require_writable(Path(report).absolute().parent)
            self._output.prepare()
            manifest = stack.enter_context(Manifest(self._output.manifest))
            remove_leftovers(self._output.manifest.parent)
            plan = Plan() if watch else self._plan(self._films(manifest, tell), manifest)
            told = BatchReport(self._output.name, done=plan.done, kept=plan.kept)
            interrupt = stack.enter_context(noticed())
            if plan.items or plan.refused or watch:
                title = "watching" if watch else _paintings(len(plan.items))
                tell(Started(title, "frame", sum(item.frames for item in plan.items) or None))
                workers = stack.enter_context(self._workers)
                run = Run(self._output, manifest, workers, told, retries, tell)
                run.add(plan.items)
                run.refuse(plan.refused)
                run.paint(
                    lambda: bool(interrupt), self._watching(manifest, run, told, tell) if watch else None
                )
                told.workers = workers.count
            told.wall_s = time.perf_counter() - began_s
            for path in (self._output.report, report):
                if path is not None:
                    _write(told, Path(path), tell)
            _judge(told, tell)
            return told

    def estimate(self, on_event: OnEvent | None = None) -> Estimate:
        """What painting would take, by the first seconds of three films. Nothing of these is kept.

        raises: LivebrushError where a batch could not begin, or none of the three can be painted
        """
        with telling(on_event) as tell, Manifest(self._output.manifest, keep=False) as manifest:
            plan = self._plan(self._films(manifest, tell), manifest)
            for entry in plan.refused:
                tell(Note(entry.error, entry.error_code).of(entry.target))
            if not plan.items:
                return Estimate(0, 0, 0.0, 0, None)
            with self._workers as workers:
                return estimate(plan.items, workers, self._output, tell)

    def _films(self, manifest: Manifest, tell: OnEvent, may_be_empty: bool = False) -> list[Film]:
        def unread(error: OSError) -> None:
            told = f"{error.filename}: cannot be read ({error.strerror}): left out"
            if told not in self._unread:
                self._unread.add(told)
                tell(Note(told, "unreadable"))

        films = find_films(self._sources, self._output.name, may_be_empty, unread)
        return without_paintings(films, self._recipes, self._output, manifest)

    def _plan(self, films: Sequence[Film], manifest: Manifest) -> Plan:
        return make_plan(films, self._recipes, self._output, manifest, self._overwrite, self._shard)

    def _watching(self, manifest: Manifest, run: Run, told: BatchReport, tell: OnEvent) -> Callable[[], None]:
        """Looks, when it is called and it is time, for films that have come and rest.

        raises: LivebrushError where the folder is not there at first; one that goes later is waited for
        """
        folder, looked_s, fault = HotFolder(), -math.inf, None

        def look() -> None:
            nonlocal looked_s, fault
            now_s = time.monotonic()
            if now_s - looked_s < LOOKS_EVERY_S:
                return
            is_first, looked_s = looked_s == -math.inf, now_s
            try:
                films = self._films(manifest, tell, may_be_empty=True)
                plan = self._plan(folder.resting(films, now_s), manifest)
            except LivebrushError as error:
                if is_first:
                    raise
                if str(error) != fault:
                    tell(Note(f"{error} (it is looked for again)", error.code))
                fault = str(error)
                return
            fault = None
            told.kept = plan.kept
            run.add(plan.items)
            run.refuse(plan.refused)

        return look


def _write(told: BatchReport, path: Path, tell: OnEvent) -> None:
    """The report, into a file. On a full disk the person is still told of the films."""
    try:
        told.write(path)
    except LivebrushError as error:
        told.unwritten = str(error)
        tell(Note(str(error), error.code))


def _judge(told: BatchReport, tell: OnEvent) -> None:
    """The end of a batch, as its report has it. raises: BatchStopped, BatchFailed"""
    if told.kept:
        text = f"{_paintings(len(told.kept))} there already, by no batch on this folder: left alone"
        tell(Note(text, "kept", "overwrite_kept"))
    if told.waiting:
        raise BatchStopped(told)
    if told.failed or told.damaged or told.unwritten:
        raise BatchFailed(told)
    tell(Finished(Path(told.output), {"frame": told.frames, "seconds": round(told.wall_s, 3)}))


def _paintings(count: int) -> str:
    return f"{count} painting{'s' * (count != 1)}"
