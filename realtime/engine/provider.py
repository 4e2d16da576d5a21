"""What runs models: the interface that each file in `providers` fills, and what several of them share."""

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnxruntime as ort

from livebrush.models.contract import StyleModel
from livebrush.models.errors import LivebrushError
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.feeds import Feeds, feeds
from livebrush.realtime.engine.memory import HostMemory, Memory

CPU = "CPUExecutionProvider"
PRECISIONS = ("auto", "float32", "float16")


def always_ready(_feeds: Feeds, _in_time: bool) -> bool:
    """Of what has nothing to prepare."""
    return True


RunHelper = Callable[[Feeds, ort.RunOptions], Sequence[np.ndarray]]
"""inputs by name to all outputs, in the net's order; in several threads at once"""


@dataclass(frozen=True)
class Opened:
    """A model ready to run.

    title:     what runs it, as the session itself tells
    begin:     a memory for one more stream
    precision: of the arithmetic, "float32", "float16" or "bfloat16"
    note:      what came out otherwise than "auto" and a fixed size would have it, or ""
    prepare:   makes it as fast as it can be for inputs of such sizes, at once or, `in_time`, behind what is painted
               meanwhile; returns whether that is done
    """

    title: str
    begin: Callable[[], Memory]
    precision: str = "float32"
    note: str = ""
    prepare: Callable[[Feeds, bool], bool] = always_ready


class Provider(ABC):
    """One way to run models, named after its file; an object of it has no state.

    place:       in the order in which "auto" tries; None where it is taken only by name
    in_parallel: whether several frames are painted at once, in threads of the caller
    farthest:    mean 8-bit levels by which its first picture may differ from what the CPU paints in float32
    """

    place: ClassVar[int | None] = None
    in_parallel: ClassVar[bool] = True
    farthest: ClassVar[float] = 0.5  # half precision makes 0.02 of the styles that ship

    @abstractmethod
    def problem(self) -> LivebrushError | None:
        """Why it cannot be had here, and what to install; None where it is worth a try."""

    @abstractmethod
    def suits(self, model: StyleModel, precision: str) -> bool:
        """Whether "auto" is to try it for a model, without a word where not."""

    @abstractmethod
    def open(
        self, model: StyleModel, threads: int, precision: str = "auto", size: tuple[int, int] | None = None
    ) -> Opened:
        """A model that has painted its first picture, where that may fail or come out wrong.

        threads:   processor threads for one frame
        precision: one of PRECISIONS
        size:      (height, width) of every frame that will come, margin included; None where they may differ
        raises:    LivebrushError when it cannot be had, or not run this model
        """

    def open_helper(self, path: Path, threads: int) -> RunHelper:
        """One of our own nets that work beside a style: on the processor, where nothing better is known.

        raises: LivebrushError when it is missing or cannot be loaded
        """
        return open_on_processor(path, threads)


def open_on_processor(path: Path, threads: int) -> RunHelper:
    """See `Provider.open_helper`."""
    session: Any = create_session(path, path.name, session_options(threads))
    return partial(session.run, None)


def session_options(threads: int, size: tuple[int, int] | None = None) -> ort.SessionOptions:
    """How every session is set; `python -m tests.benchmarks.session_options` measures the alternatives.

    size: (height, width) that free sizes named H and W are fixed to, which folds all arithmetic on shapes
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads that spin would take the cores from decoding and encoding
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Planned memory costs the first runs at each size, and an arena that is warm is as fast without
    options.enable_mem_pattern = False
    _share_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.log_severity_level = 3
    if size:
        for name, value in zip("NHW", (1, *size), strict=True):
            options.add_free_dimension_override_by_name(name, value)
    return options


@functools.cache
def _share_memory() -> None:
    """One arena for all sessions of the process: they paint in turn, and each would keep 200 MB for itself."""
    memory = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(memory, ort.OrtArenaCfg(0, -1, -1, -1))


def create_session(
    graph: Path | bytes,
    name: str,
    options: ort.SessionOptions,
    execution_provider: str = CPU,
    its_options: dict[str, Any] | None = None,
) -> ort.InferenceSession:
    """What the execution provider cannot do is done by the CPU's.

    name:   of the model's file
    raises: LivebrushError when the graph cannot be loaded
    """
    wanted: list[Any] = [CPU] if execution_provider == CPU else [(execution_provider, its_options or {}), CPU]
    try:
        return ort.InferenceSession(graph, options, providers=wanted, enable_fallback=0)
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise LivebrushError(f"{name} cannot be loaded: {reason(error)}", code="failed") from error


def came_up(session: ort.InferenceSession, wanted: str, title: str, remedy: str, **values: object) -> None:
    """raises: LivebrushError where ONNX Runtime silently took another of its execution providers"""
    got = session.get_providers()[0]
    if got != wanted:
        raise LivebrushError(
            f"{title} did not come up (ONNX Runtime {ort.__version__} fell back to {got})",
            code="unavailable",
            remedy=remedy,
            **values,
        )


def test_picture(model: StyleModel, size: tuple[int, int] | None) -> np.ndarray:
    """Noise, (H, W, 3) uint8; small where no size is given."""
    side = 16 * model.metadata.multiple
    return np.random.default_rng(0).integers(0, 256, (*(size or (side, side)), 3), dtype=np.uint8)


def first_painting(
    memory: Memory,
    model: StyleModel,
    title: str,
    size: tuple[int, int] | None = None,
    prepare: Callable[[Feeds, bool], bool] = always_ready,
) -> np.ndarray:
    """The test picture painted, (H, W, 3) uint8; the memory forgets it.

    title:   of what runs the model, for the message
    prepare: see `Opened`
    raises:  LivebrushError when it does not run there
    """
    conditions = Conditions(style_picture=test_picture(model, None))
    given = feeds(model, test_picture(model, size), conditions)
    try:
        prepare(given, False)
        painted = memory.paint(given)
        memory.reset()
    except Exception as error:  # the libraries' exceptions share no base class
        raise LivebrushError(
            f"{model.path.name} does not run on {title}: {reason(error)}", code="failed"
        ) from error
    return painted


def levels_off(painting: np.ndarray, model: StyleModel, size: tuple[int, int] | None = None) -> float:
    """How far a first painting is from what the CPU paints in float32: mean difference of 8-bit levels."""
    session = create_session(model.path, model.path.name, session_options(usable_cores()))
    reference = first_painting(HostMemory(session, model), model, "the CPU", size)
    return float(np.abs(painting.astype(np.int16) - reference).mean())


def reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
