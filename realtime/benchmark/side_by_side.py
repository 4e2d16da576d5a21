"""All contenders at one size with one number of threads, timed in turns."""

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from livebrush.models.catalogue import Choice
from livebrush.models.errors import LivebrushError
from livebrush.realtime.benchmark.contenders import Contender, take_turns
from livebrush.realtime.benchmark.file_to_file import RATE_HZ, FileToFile, frames_for, pictures
from livebrush.realtime.benchmark.peak_memory import peak_memory_mb
from livebrush.realtime.benchmark.references import EAGER, ONNX, References
from livebrush.realtime.benchmark.result import Row
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.engine.layers import Layer, layer_of
from livebrush.realtime.engine.memory import DeviceMemory
from livebrush.realtime.engine.stream import Stream
from livebrush.realtime.video.clip_of_pictures import write_clip


@dataclass(frozen=True)
class Case:
    """What is measured side by side.

    device:         as an engine takes it
    source, preset: of the video, and of the encoder, file to file
    """

    choices: Sequence[Choice]
    height: int
    width: int
    threads: int
    device: str
    source: Path | None
    preset: str


class _Style:
    """One style's contenders."""

    def __init__(self, choice: Choice, case: Case, frame: np.ndarray) -> None:
        self.choice = choice
        self.engine = Engine(choice.model, case.device, case.threads, size=(case.height, case.width))
        layer, stream = layer_of(choice, self.engine), Stream()
        self.net = Contender(
            "net", self._net_alone(frame, layer), lambda: self.engine.warm_up(case.height, case.width)
        )
        self.frame = Contender("stylize", lambda: stream.paint(frame, [layer], Finish()))
        self.video = FileToFile(choice, case.device, case.threads, case.preset)
        self.file = Contender("file to file", self.video.run, turn_s=0)
        self.memory_mb: float | None = None

    def _net_alone(self, frame: np.ndarray, layer: Layer) -> Callable[[], object]:
        """On a GPU with the frame there already and the painting left there."""
        feeds, memory = self.engine.feeds(frame, layer.conditions), self.engine.begin()
        if not isinstance(memory, DeviceMemory):
            return lambda: memory.paint(feeds)
        memory.put(feeds)
        return memory.run


class SideBySide:
    """One case.

    folder: for videos, which this writes
    raises: LivebrushError when a style, the device or the source cannot be had

    notes: what was not measured and why, one line each
    """

    def __init__(self, case: Case, references: References, folder: Path) -> None:
        self.notes: list[str] = []
        self._case, self._folder = case, folder
        self._frame = next(pictures(case.source, case.height, case.width))
        self._styles = [_Style(choice, case, self._frame) for choice in case.choices]
        self._references = references.contenders(self._frame, case.threads)

    def turns(self, rounds: int) -> int:
        """How often `run` tells of a turn that was taken."""
        return rounds * (3 * len(self._styles) + len(self._references)) + len(self._styles)

    def run(self, rounds: int, turn_taken: Callable[[], None]) -> None:
        """turn_taken: called after every turn, and after every style's memory."""
        self._make_clip()
        by_style = [contender for style in self._styles for contender in (style.net, style.frame, style.file)]
        take_turns([*by_style, *self._references], rounds, turn_taken)
        case = self._case
        for style in self._styles:
            try:
                style.memory_mb = peak_memory_mb(
                    style.choice.model, case.height, case.width, case.device, case.threads
                )
            except LivebrushError as error:
                self.notes.append(str(error))
            turn_taken()

    def _make_clip(self) -> None:
        """One video for all styles, as long as the fastest has use for."""
        case, frame_s = self._case, []
        for style in self._styles:
            style.video.warm_up(case.height, case.width)
            start_s = time.perf_counter()
            style.video.paint(self._frame)
            frame_s.append((time.perf_counter() - start_s) / style.video.painters)
        frames = frames_for(min(frame_s))
        clip = self._folder / f"{case.width}x{case.height}_{frames}.mp4"
        if not clip.exists():
            shown = itertools.islice(pictures(case.source, case.height, case.width), frames)
            write_clip(shown, clip, RATE_HZ, "veryfast")
        for style in self._styles:
            style.video.clip = clip

    def rows(self) -> list[Row]:
        """What has been measured so far."""
        eager = next((c for c in self._references if c.name == EAGER), None)
        reference_ms = eager.percentile_ms(50) if eager else None
        rows = [self._style_row(style, reference_ms) for style in self._styles if style.net.runs]
        for reference in self._references:
            if reference.runs:
                by = self._styles[0].engine.provider if reference.name == ONNX else "PyTorch"
                measured = self._measured(reference, reference_ms)
                rows.append(
                    Row(reference.name, True, "johnson", provider=by, precision="float32", **measured)
                )
        return rows

    def _style_row(self, style: _Style, reference_ms: float | None) -> Row:
        video = style.video.typical
        return Row(
            style.choice.name, False, style.choice.model.metadata.net, provider=style.engine.provider,
            precision=style.engine.precision,
            stylize_p50_ms=style.frame.percentile_ms(50), stylize_p95_ms=style.frame.percentile_ms(95),
            file_fps=video and video.fps, bound_fps=video and video.bound_fps,
            share_of_bound=video and video.share_of_bound,
            file_frames=video and video.frames, peak_memory_mb=style.memory_mb,
            **self._measured(style.net, reference_ms),
        )  # fmt: skip

    def _measured(self, net: Contender, reference_ms: float | None) -> dict[str, Any]:
        """What every row has: the case, and the time of the net alone."""
        case, p50_ms = self._case, net.percentile_ms(50)
        assert p50_ms is not None
        return {
            "height": case.height, "width": case.width, "threads": case.threads,
            "net_p50_ms": p50_ms, "net_p95_ms": net.percentile_ms(95), "net_runs": net.runs,
            "net_round_p50_ms": [1e3 * statistics.median(runs_s) for runs_s in net.taken_s],
            "ratio": reference_ms and reference_ms / p50_ms,
        }  # fmt: skip
