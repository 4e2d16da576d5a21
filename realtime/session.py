"""A style model loaded and ready: frames in, painted frames out, on the CPU or on an NVIDIA GPU."""

import ctypes
import functools
import sys
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort

from models.catalogue import Choice
from models.errors import LivebrushError
from realtime.cores import usable_cores

DEVICES = ("auto", "cpu", "cuda")
CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC"}  # EXHAUSTIVE stalls for half a second at each new size


class StyleSession:
    """One style, run by ONNX Runtime.

    choice:   which model, and which of its styles
    device:   "cpu", "cuda", or "auto": CUDA where there is an NVIDIA driver and it comes up, else the CPU
    threads:  of the CPU provider; None takes every core this process may use, and more are no use
    raises:   LivebrushError when the file cannot be run, or the device that was named does not come up
    """

    def __init__(self, choice: Choice, device: str = "auto", threads: int | None = None) -> None:
        if choice.model.takes_masks:
            raise LivebrushError(
                f"{choice.model.path.name} needs region masks, which this livebrush cannot make: update livebrush"
            )
        self.choice, self.metadata = choice, choice.model.metadata
        self._session, self.note = _open(choice, device, min(threads or usable_cores(), usable_cores()))
        self._state_shape = choice.model.state_shape
        self.reset()

    @property
    def provider(self) -> str:
        """The execution provider that came up: only the session itself knows."""
        return self._session.get_providers()[0]

    @property
    def carries_state(self) -> bool:
        """Whether a frame's painting depends on the frames before it."""
        return self._state_shape is not None

    def warm_up(self, height: int, width: int) -> None:
        """Paint black frames of a size, so that the first real one takes no longer than the rest."""
        for _ in range(2):
            self.stylize(np.zeros((height, width, 3), np.uint8))
        self.reset()

    def reset(self) -> None:
        """Forget what the model carries from frame to frame: at the start, after a seek, after a cut."""
        self._state: np.ndarray | None = None

    def stylize(self, frame: np.ndarray) -> np.ndarray:
        """Paint one frame of any size.

        frame:   (H, W, 3) uint8, RGB
        returns: (H, W, 3) uint8, RGB
        raises:  LivebrushError when the device runs out of memory or the model fails
        """
        height, width = frame.shape[:2]
        margin = self.metadata.margin
        padded = pad_to_multiple(pad_margin(frame, margin), self.metadata.multiple)
        feeds: dict[str, Any] = {"frames": padded[None]}
        if len(self.metadata.styles) > 1:
            weights = np.zeros(len(self.metadata.styles), np.float32)
            weights[self.choice.style] = 1
            feeds["style"] = weights
        if self._state_shape is not None:
            feeds["state"] = self._state if self._state is not None else self._first_state(padded)
        painted = self._run(feeds, width, height)
        return painted[0, margin : margin + height, margin : margin + width]

    def _run(self, feeds: dict[str, Any], width: int, height: int) -> np.ndarray:
        names = ["stylized"] + (["state_out"] if "state" in feeds else [])
        try:
            outputs: list[Any] = list(self._session.run(names, feeds))
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            reason = str(error).splitlines()[0]
            raise LivebrushError(
                f"{self.choice.model.path.name} failed on a {width}x{height} frame: {reason}; "
                "try a smaller --size or --device cpu"
            ) from error
        if len(outputs) > 1:
            self._state = outputs[1]
        return outputs[0]

    def _first_state(self, padded: np.ndarray) -> np.ndarray:
        """Zeros; free sizes of the state are named after the frame's N, H and W."""
        sizes = {"N": 1, "H": padded.shape[0], "W": padded.shape[1]}
        assert self._state_shape is not None
        return np.zeros([s if isinstance(s, int) else sizes.get(s, 1) for s in self._state_shape], np.float32)


def pad_margin(frame: np.ndarray, margin: int) -> np.ndarray:
    """(H, W, 3) -> (H + 2 margin, W + 2 margin, 3), reflected; replicated where too small to reflect."""
    if margin == 0:
        return frame
    return cv2.copyMakeBorder(frame, margin, margin, margin, margin, _border(frame, margin))


def pad_to_multiple(frame: np.ndarray, multiple: int) -> np.ndarray:
    """Fill bottom and right until both sides divide by `multiple`."""
    bottom, right = -frame.shape[0] % multiple, -frame.shape[1] % multiple
    if not bottom and not right:
        return frame
    return cv2.copyMakeBorder(frame, 0, bottom, 0, right, _border(frame, max(bottom, right)))


def _border(frame: np.ndarray, by: int) -> int:
    return cv2.BORDER_REFLECT_101 if by < min(frame.shape[:2]) else cv2.BORDER_REPLICATE


def _open(choice: Choice, device: str, threads: int) -> tuple[ort.InferenceSession, str]:
    """The session, and a note when "auto" wanted CUDA and got the CPU."""
    if device not in DEVICES:
        raise LivebrushError(f"no device is called {device!r}: use {', '.join(DEVICES)}")
    if device == "cuda" or (device == "auto" and has_nvidia_driver()):
        try:
            return _open_cuda(choice, threads), ""
        except LivebrushError as error:
            if device == "cuda":
                raise
            return _create(choice, ["CPUExecutionProvider"], threads), f"running on the CPU: {error}"
    return _create(choice, ["CPUExecutionProvider"], threads), ""


def _open_cuda(choice: Choice, threads: int) -> ort.InferenceSession:
    fix = "install the NVIDIA driver and livebrush's 'cuda' extra, or use --device cpu"
    if "CUDAExecutionProvider" not in ort.get_available_providers():
        raise LivebrushError(f"this ONNX Runtime is built without CUDA: {fix}")
    if not has_nvidia_driver():
        raise LivebrushError(f"--device cuda: no NVIDIA driver is installed on this machine: {fix}")
    if hasattr(ort, "preload_dlls"):
        ort.preload_dlls()
    session = _create(
        choice, [("CUDAExecutionProvider", CUDA_OPTIONS), "CPUExecutionProvider"], threads, quiet=True
    )
    if session.get_providers()[0] != "CUDAExecutionProvider":
        raise LivebrushError(
            f"CUDA did not come up (ONNX Runtime {ort.__version__} fell back to {session.get_providers()[0]}): {fix}"
        )
    return session


def _create(choice: Choice, providers: list[Any], threads: int, quiet: bool = False) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads that spin would take the cores from decoding and encoding
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Planned memory costs the first runs at each size, and an arena that is warm is as fast without
    options.enable_mem_pattern = False
    _share_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.log_severity_level = 4 if quiet else 3
    try:
        return ort.InferenceSession(choice.model.path, options, providers=providers, enable_fallback=0)
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        reason = str(error).splitlines()[0]
        raise LivebrushError(f"{choice.model.path.name} cannot be loaded: {reason}") from error


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
