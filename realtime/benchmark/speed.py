"""How fast styles are: every case of a benchmark, one after the other, and what was found so far."""

import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from livebrush.models.catalogue import Choice, packaged_folder, ready_models
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.benchmark.file_to_file import EXAMPLE
from livebrush.realtime.benchmark.machine import OtherLoad, describe_machine
from livebrush.realtime.benchmark.references import References
from livebrush.realtime.benchmark.result import Result, Row
from livebrush.realtime.benchmark.side_by_side import Case, SideBySide
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.made.asked import find_choice, made
from livebrush.realtime.video.codecs import check_preset
from livebrush.realtime.video.source import VideoSource

LOOK_S = 1.0  # how long the machine is watched before the run
LEAST_SIDE = 8


@dataclass(frozen=True)
class Options:
    """What to measure.

    sizes:     (height, width)
    threads:   more than there are cores become as many
    source:    the video for file to file; None: the example, else a test pattern
    reference: None: where PyTorch is installed
    compiled:  also the reference by `torch.compile`, on CUDA
    """

    choices: Sequence[Choice]
    sizes: Sequence[tuple[int, int]]
    threads: Sequence[int]
    device: str = "auto"
    rounds: int = 5
    source: Path | None = None
    preset: str = "veryfast"
    reference: bool | None = None
    compiled: bool = False


class Benchmark:
    """One run.

    command:  as the user gave it
    progress: called with turns taken, and turns in all as far as known
    raises:   LivebrushError for options that cannot be met, before anything is measured
    """

    def __init__(self, options: Options, command: str, progress: Callable[[int, int | None], None]) -> None:
        check_preset(options.preset)
        for height, width in options.sizes:
            if min(height, width) < LEAST_SIDE:
                raise LivebrushError(
                    f"{width}x{height} is too small: sides have {LEAST_SIDE} pixels at least",
                    code="invalid",
                )
        if options.source:
            VideoSource(options.source).close()
        engines = [Engine(choice.model, options.device, 1) for choice in options.choices]
        self.notes = list(dict.fromkeys(engine.note for engine in engines if engine.note))
        self._on_gpu = any(engine.on_gpu for engine in engines)
        self._options, self._command, self._progress = options, command, progress
        self._rows: list[Row] = []
        self._current: SideBySide | None = None
        self._threads = self._usable_threads()
        self._turns, self._complete = 0, False
        self._started = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
        load = OtherLoad()
        time.sleep(LOOK_S)
        self._before_cores, self._load = load.cores(), OtherLoad()

    def _usable_threads(self) -> list[int]:
        cores = usable_cores()
        threads = list(dict.fromkeys(min(count, cores) for count in self._options.threads))
        if max(self._options.threads) > cores:
            self.notes.append(
                f"More threads than the {cores} cores there are were asked for: taken as {cores}."
            )
        if self._on_gpu and len(threads) > 1:
            self.notes.append(f"The GPU paints: threads matter little, measured with {threads[0]} alone.")
            threads = threads[:1]
        return threads

    def run(self) -> None:
        """Measure all cases; whatever ends it early, `result` has what was measured till then."""
        options = self._options
        with tempfile.TemporaryDirectory(prefix="livebrush-bench-") as name:
            folder = Path(name)
            references = References(
                options.reference, folder, "cuda" if self._on_gpu else "cpu", options.compiled
            )
            self.notes += references.notes
            cases = list(itertools.product(options.sizes, self._threads))
            for (height, width), threads in cases:
                case = Case(
                    options.choices, height, width, threads, options.device, options.source, options.preset
                )
                self._current = current = SideBySide(case, references, folder)
                turns = current.turns(options.rounds) * len(cases)
                current.run(options.rounds, lambda turns=turns: self._turn_taken(turns))
                self.notes += current.notes
                # The rows alone are kept: sessions hold memory, on a GPU much of it
                self._rows, self._current = [*self._rows, *current.rows()], None
        self._complete = True

    def _turn_taken(self, of: int) -> None:
        self._turns += 1
        self._progress(self._turns, of)

    @property
    def rows(self) -> list[Row]:
        """What has been measured so far."""
        return [*self._rows, *(self._current.rows() if self._current else [])]

    @property
    def result(self) -> Result:
        """What has been measured so far, and on what."""
        options = self._options
        source = (
            options.source.name if options.source else EXAMPLE.name if EXAMPLE.is_file() else "test pattern"
        )
        return Result(
            self._complete, self._started, self._command, options.rounds, options.preset, source,
            describe_machine(self._on_gpu), self._before_cores, self._load.cores(), self.notes, self.rows,
        )  # fmt: skip


def chosen_styles(names: Sequence[str]) -> list[Choice]:
    """The styles that a user named, "all" among the names meaning every one that can be run here; none named:
    one that ships for each (net, margin, multiple), since all styles of one net take the same time.

    raises: LivebrushError for a name that is not known
    """
    if "all" in names:
        return [made(Choice(model)) for model in ready_models()]
    if names:
        named = [find_choice(name) for name in names]
        return list({(choice.model.path, choice.style): choice for choice in named}.values())
    nets: dict[tuple[str, int, int], Choice] = {}
    for path in sorted(packaged_folder().glob("*.onnx")):
        model = read_style_model(path)
        facts = model.metadata
        if facts.kind == "painting" and not model.takes_picture:
            nets.setdefault((facts.net, facts.margin, facts.multiple), made(Choice(model)))
    if not nets:
        raise LivebrushError("no style ships with this livebrush", code="not_found", remedy="give_style")
    return list(nets.values())
