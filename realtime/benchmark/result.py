"""What a measurement of speed found."""

import dataclasses
import json

from livebrush.realtime.benchmark.machine import Machine


@dataclasses.dataclass(frozen=True)
class Row:
    """One net at one size with one number of threads. None: not measured, or not yet.

    contender:        a style's name, or the reference and what ran it
    reference:        whether it is the reference
    net:              the kind of net, from the style model's metadata
    width, height:    of the frame; the margin comes on top
    threads:          that the net was given; file to file, the frames that are painted at once
    provider:         what ran it: ONNX Runtime's execution provider, or PyTorch
    precision:        of its arithmetic, "float32" or "float16"
    net_*_ms:         the net alone: padded uint8 frame in, painting of that size out
    net_round_p50_ms: the same by round, in the order measured: what noise and drift did
    stylize_*_ms:     uint8 frame in, painting out: net_*_ms and the padding and cropping
    file_fps:         frames a second of `livebrush video`: decoded, painted, encoded, start and end included
    bound_fps:        frames a second if every core of the machine worked all the time at that
    share_of_bound:   file_fps / bound_fps; well below 1 where there are fewer threads than cores
    file_frames:      how many frames that file has
    peak_memory_mb:   see `peak_memory_mb`
    ratio:            the eager PyTorch reference's net_p50_ms at the same size and threads / net_p50_ms
    """

    contender: str
    reference: bool
    net: str
    width: int
    height: int
    threads: int
    provider: str
    precision: str
    net_p50_ms: float
    net_p95_ms: float
    net_round_p50_ms: list[float]
    net_runs: int
    stylize_p50_ms: float | None = None
    stylize_p95_ms: float | None = None
    file_fps: float | None = None
    bound_fps: float | None = None
    share_of_bound: float | None = None
    file_frames: int | None = None
    peak_memory_mb: float | None = None
    ratio: float | None = None


@dataclasses.dataclass(frozen=True)
class Result:
    """A whole run.

    complete:            False when it was stopped early: rows may be missing, or hold fewer rounds
    others_before_cores: how many cores other processes kept busy in the second before, see `OtherLoad`
    others_during_cores: the same while it ran, on average
    notes:               what was left out and why, one line each
    """

    complete: bool
    started: str
    command: str
    rounds: int
    preset: str
    source: str
    machine: Machine
    others_before_cores: float
    others_during_cores: float
    notes: list[str]
    rows: list[Row]

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)
