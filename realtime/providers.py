"""Opens style models: on the CPU by ONNX Runtime or OpenVINO, or on an NVIDIA GPU; each as fast as it is right."""

import ctypes
import functools
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort

from livebrush.models.catalogue import Choice
from livebrush.models.errors import LivebrushError
from livebrush.realtime.cores import DEVICES, usable_cores
from livebrush.realtime.device_frames import DeviceFrames, first_feeds
from livebrush.realtime.half_precision import bears_half, in_half_precision
from livebrush.realtime.openvino_session import OpenVinoSession, multiplies_bfloat16

PRECISIONS = ("auto", "float32", "float16")
CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC"}  # EXHAUSTIVE stalls for half a second at each new size
FARTHEST = 0.5  # mean 8-bit levels between half precision and float32; the styles that ship: 0.02


@dataclass(frozen=True)
class Opened:
    """A style model ready to run.

    session:   an `ort.InferenceSession` or an `OpenVinoSession`
    frames:    its buffers on the GPU; None on the CPU, where binding them wins nothing
    precision: of the arithmetic, "float32", "float16" or "bfloat16"
    note:      what came out otherwise than "auto" and a fixed size would have it, or ""
    """

    session: Any
    frames: DeviceFrames | None = None
    precision: str = "float32"
    note: str = ""


def open_model(
    choice: Choice, device: str, threads: int, precision: str = "auto", size: tuple[int, int] | None = None
) -> Opened:
    """Open a style model on a device; see `StyleSession`.

    size:   (height, width) of every frame that will come, margin included; None where they may differ
    raises: LivebrushError when the file cannot be run, or the device that was named does not come up
    """
    if device not in DEVICES:
        raise LivebrushError(f"no device is called {device!r}: use {', '.join(DEVICES)}", code="invalid")
    if precision not in PRECISIONS:
        raise LivebrushError(
            f"no precision is called {precision!r}: use {', '.join(PRECISIONS)}", code="invalid"
        )
    note = ""
    if device == "cuda" or (device == "auto" and has_nvidia_driver()):
        try:
            return _open_cuda(choice, threads, precision, size)
        except LivebrushError as error:
            if device == "cuda":
                raise
            note = f"running on the CPU: {error}"
    if device == "openvino" or (device == "auto" and _gains_by_openvino(choice, precision)):
        try:
            opened = _open_openvino(choice, threads, precision)
            return replace(opened, note="; ".join(filter(None, (note, opened.note))))
        except LivebrushError as error:
            if device == "openvino":
                raise
            note = f"without OpenVINO: {error}"
    # A fixed size makes the CPU slower: constants that it folds lie in a layout that the convolutions cannot use
    return Opened(_open_cpu(choice, threads), note=note)


def session_options(threads: int, size: tuple[int, int] | None = None) -> ort.SessionOptions:
    """How every session is set; `python -m livebrush.realtime.benchmark.session_options` measures the alternatives.

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


def has_nvidia_driver() -> bool:
    """Whether an NVIDIA driver is installed; says nothing about whether it works."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _open_cpu(choice: Choice, threads: int) -> ort.InferenceSession:
    return _create(choice, choice.model.path, ["CPUExecutionProvider"], session_options(threads))


def _gains_by_openvino(choice: Choice, precision: str) -> bool:
    """Looks are maps of colours found in a small copy, and gain nothing."""
    return choice.model.metadata.kind == "painting" and precision == "auto" and multiplies_bfloat16()


def _open_openvino(choice: Choice, threads: int, precision: str) -> Opened:
    """In bfloat16 where the processor multiplies that and it paints the same."""
    path = choice.model.path
    if precision == "float16":
        raise LivebrushError(
            "OpenVINO computes in bfloat16 or float32 on a CPU: use auto or float32", code="unsupported"
        )
    note = ""
    if precision == "auto" and multiplies_bfloat16():
        opened = Opened(OpenVinoSession(path, threads, "bfloat16"), precision="bfloat16")
        off = _difference(choice, opened.session)
        if off <= FARTHEST:
            return opened
        note = f"computing in float32: bfloat16 paints {off:.1f} levels off"
    return Opened(OpenVinoSession(path, threads, "float32"), note=note)


def _difference(choice: Choice, session: OpenVinoSession | ort.InferenceSession) -> float:
    """As `_levels_off`, for sessions on the CPU."""
    feeds = first_feeds(choice, _test_picture(choice, None))
    paintings: list[Any] = [
        one.run(["stylized"], feeds)[0] for one in (session, _open_cpu(choice, usable_cores()))
    ]
    return float(np.abs(paintings[0].astype(np.int16) - paintings[1]).mean())


def _open_cuda(choice: Choice, threads: int, precision: str, size: tuple[int, int] | None) -> Opened:
    """In float16 where that paints the same, as a CUDA graph where all frames have one size."""
    _check_cuda()
    model = onnx.load(choice.model.path)
    if precision == "float16":
        if not bears_half(model):
            raise LivebrushError(
                f"{choice.model.path.name} takes statistics of whole pictures, which float16 cannot hold: use auto "
                "or float32",
                code="unsupported",
            )
        return replace(_start_cuda(choice, in_half_precision(model), threads, size), precision="float16")
    note = ""
    if precision == "auto" and bears_half(model):
        try:
            opened = _start_cuda(choice, in_half_precision(model), threads, size)
            off = _levels_off(choice, opened, size)
            if off <= FARTHEST:
                return replace(opened, precision="float16")
            note = f"computing in float32: float16 paints {off:.1f} levels off"
        except LivebrushError as error:
            note = f"computing in float32: {error}"
    opened = _start_cuda(choice, model, threads, size)
    return replace(opened, note="; ".join(filter(None, (note, opened.note))))


def _check_cuda() -> None:
    if "CUDAExecutionProvider" not in ort.get_available_providers():
        raise LivebrushError(
            "this ONNX Runtime is built without CUDA", code="unavailable", remedy="cuda_or_cpu"
        )
    if not has_nvidia_driver():
        raise LivebrushError(
            "no NVIDIA driver is installed on this machine", code="unavailable", remedy="cuda_or_cpu"
        )
    if hasattr(ort, "preload_dlls"):
        ort.preload_dlls()


def _start_cuda(choice: Choice, model: onnx.ModelProto, threads: int, size: tuple[int, int] | None) -> Opened:
    """A session that has painted its first picture, so that what cannot run fails here."""
    if size is None:
        return _first_run(choice, model, threads, size, CUDA_OPTIONS)
    try:
        return _first_run(choice, model, threads, size, CUDA_OPTIONS | {"enable_cuda_graph": "1"})
    except LivebrushError as error:
        opened = _first_run(choice, model, threads, size, CUDA_OPTIONS)
        return replace(opened, note=f"without a CUDA graph: {error}")


def _first_run(
    choice: Choice,
    model: onnx.ModelProto,
    threads: int,
    size: tuple[int, int] | None,
    provider_options: dict[str, str],
) -> Opened:
    options = session_options(threads, size)
    options.log_severity_level = 4  # what goes wrong is said once, by the error
    providers = [("CUDAExecutionProvider", provider_options), "CPUExecutionProvider"]
    session = _create(choice, model.SerializeToString(), providers, options)
    if session.get_providers()[0] != "CUDAExecutionProvider":
        raise LivebrushError(
            f"CUDA did not come up (ONNX Runtime {ort.__version__} fell back to {session.get_providers()[0]})",
            code="unavailable",
            remedy="cuda_or_cpu",
        )
    frames = DeviceFrames(session, choice)
    try:
        turns = 1 if choice.model.state_shape is None else 2  # of the state, each with a graph of its own
        for _ in range(turns):
            frames.paint(_test_picture(choice, size))
            frames.reset()
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        reason = str(error).splitlines()[0]
        raise LivebrushError(
            f"{choice.model.path.name} does not run on CUDA: {reason}", code="failed"
        ) from error
    return Opened(session, frames)


def _levels_off(choice: Choice, opened: Opened, size: tuple[int, int] | None) -> float:
    """How far the first picture is from what the CPU paints in float32: mean difference of 8-bit levels."""
    assert opened.frames is not None
    reference = DeviceFrames(_open_cpu(choice, usable_cores()), choice).paint(_test_picture(choice, size))
    return float(np.abs(opened.frames.get().astype(np.int16) - reference).mean())


def _test_picture(choice: Choice, size: tuple[int, int] | None) -> np.ndarray:
    """Noise; small where no size is given."""
    side = 16 * choice.model.metadata.multiple
    return np.random.default_rng(0).integers(0, 256, (*(size or (side, side)), 3), dtype=np.uint8)


def _create(
    choice: Choice, model: Path | bytes, providers: list[Any], options: ort.SessionOptions
) -> ort.InferenceSession:
    try:
        return ort.InferenceSession(model, options, providers=providers, enable_fallback=0)
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        reason = str(error).splitlines()[0]
        raise LivebrushError(f"{choice.model.path.name} cannot be loaded: {reason}", code="failed") from error
