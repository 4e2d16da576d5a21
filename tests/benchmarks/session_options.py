"""ONNX Runtime's session options, measured: alone, and beside a process that decodes and encodes.

python -m tests.benchmarks.session_options
python -m tests.benchmarks.session_options --style great_wave --size 1280x720 --frames 40

Run it on a quiet machine. The variants take turns, so that what disturbs one disturbs all.
"""

import io
import itertools
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.synchronize import Event
from pathlib import Path

import av
import click
import numpy as np
import onnxruntime as ort

from livebrush.models.catalogue import Choice, find_style
from livebrush.realtime.commands.option_types import FrameSize
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.feeds import Feeds, first_state
from livebrush.realtime.engine.layers import layer_of
from livebrush.realtime.engine.memory import DeviceMemory
from livebrush.realtime.engine.provider import session_options

LEVELS = {
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
LOAD_SIZE = (480, 640)


@dataclass(frozen=True)
class Variant:
    """One way to open and run a session; the defaults are livebrush's own. `level` is the graph's optimisation."""

    threads: int = field(default_factory=usable_cores)
    spinning: bool = False
    memory_pattern: bool = False
    shared_arena: bool = True
    level: str = "all"
    binding: bool = False
    fixed_size: bool = False


@dataclass
class Cost:
    """Of every frame painted: wall-clock and CPU time of this process, in ms."""

    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def cells(self) -> str:
        p50, p95 = np.percentile(self.wall_ms, (50, 95))
        return f"{p50:.1f} | {p95:.1f} | {np.median(self.cpu_ms):.1f}"


def variants() -> dict[str, Variant]:
    """livebrush's own options, and each changed by itself."""
    own = Variant()
    return {
        f"livebrush's own, threads: {own.threads}": own,
        **{f"threads: {n}": replace(own, threads=n) for n in (1, 2) if n != own.threads},
        "threads spin": replace(own, spinning=True),
        "memory pattern": replace(own, memory_pattern=True),
        "own arena": replace(own, shared_arena=False),
        "graph level basic": replace(own, level="basic"),
        "graph level extended": replace(own, level="extended"),
        "IO binding": replace(own, binding=True),
        "fixed size": replace(own, fixed_size=True),
    }


def painter(choice: Choice, variant: Variant, feeds: Feeds) -> Callable[[], object]:
    """Paints what a model was given, once a call, on the CPU."""
    _, height, width, _ = feeds["frames"].shape
    options = session_options(variant.threads, (height, width) if variant.fixed_size else None)
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(variant.spinning)))
    options.add_session_config_entry("session.use_env_allocators", str(int(variant.shared_arena)))
    options.enable_mem_pattern = variant.memory_pattern
    options.graph_optimization_level = LEVELS[variant.level]
    session = ort.InferenceSession(choice.model.path, options, providers=["CPUExecutionProvider"])
    if variant.binding:
        memory = DeviceMemory(session, choice.model, "cpu", itertools.count(), threading.Lock())
        return lambda: memory.paint(feeds)
    if choice.model.carries_state:
        feeds = {**feeds, "state": first_state(choice.model, height, width)}
    return lambda: session.run(None, feeds)


def measure(painters: dict[str, Callable[[], object]], rounds: int, frames: int) -> dict[str, Cost]:
    """Every painter in turn, `rounds` times; of `frames` frames a turn the first warms up and does not count."""
    costs = {name: Cost() for name in painters}
    for _ in range(rounds):
        for name, paint in painters.items():
            paint()
            for _ in range(frames - 1):
                wall_s, cpu_s = time.perf_counter(), time.process_time()
                paint()
                costs[name].wall_ms.append(1e3 * (time.perf_counter() - wall_s))
                costs[name].cpu_ms.append(1e3 * (time.process_time() - cpu_s))
    return costs


@contextmanager
def decoding_and_encoding() -> Iterator[None]:
    """Another process at it all the while: its CPU time is not ours."""
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Event(), context.Event()
    process = context.Process(target=decode_and_encode, args=(ready, stop), daemon=True)
    process.start()
    try:
        if not ready.wait(60):
            raise RuntimeError("the process that decodes and encodes did not start")
        yield
    finally:
        stop.set()
        process.join()


def decode_and_encode(ready: Event, stop: Event) -> None:
    """Encode a moving picture with H.264 and decode it again, until `stop`."""
    height, width = LOAD_SIZE
    picture = np.random.default_rng(0).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    picture = picture.repeat(8, 0).repeat(8, 1)
    ready.set()
    while not stop.is_set():
        clip = io.BytesIO()
        with av.open(clip, "w", format="matroska") as target:
            stream = target.add_stream("libx264", rate=25, options={"preset": "veryfast"})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for shift in range(25):
                target.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(picture, 3 * shift, 1))))
            target.mux(stream.encode())
        clip.seek(0)
        with av.open(clip, "r") as source:
            for frame in source.decode(video=0):
                frame.to_ndarray(format="rgb24")


def table(alone: dict[str, Cost], beside: dict[str, Cost]) -> str:
    """Markdown, a row a variant."""
    lines = [
        "| ms a frame | alone p50 | p95 | CPU | beside decode and encode p50 | p95 | CPU |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [f"| {name} | {alone[name].cells()} | {beside[name].cells()} |" for name in alone]
    return "\n".join(lines)


@click.command()
@click.option(
    "-s", "--style", default="starry_night", show_default=True, type=str, help="Name or .onnx file."
)
@click.option(
    "--size", type=FrameSize(), default="640x480", show_default=True, help="Of the frame, without margin."
)
@click.option("--rounds", type=click.IntRange(min=1), default=8, show_default=True)
@click.option(
    "--frames",
    type=click.IntRange(min=2),
    default=10,
    show_default=True,
    help="Frames a turn, the first uncounted.",
)
def main(style: str, size: tuple[int, int] | int, rounds: int, frames: int) -> None:
    """One table: every option by itself against livebrush's own."""
    height, width = size if isinstance(size, tuple) else (size, size * 4 // 3)
    ort.set_default_logger_severity(3)  # or it remarks on every option that is set a second time
    choice = find_style(style)
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    engine = Engine(choice.model, "cpu", 1)
    feeds = engine.feeds(picture, layer_of(choice, engine).conditions)
    painters = {name: painter(choice, variant, feeds) for name, variant in variants().items()}
    alone = measure(painters, rounds, frames)
    with decoding_and_encoding():
        beside = measure(painters, rounds, frames)
    click.echo(
        f"{Path(style).stem}, {width}x{height}, {usable_cores()} cores, ONNX Runtime {ort.__version__}\n"
    )
    click.echo(table(alone, beside))


if __name__ == "__main__":
    main()
