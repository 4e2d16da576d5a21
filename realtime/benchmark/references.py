"""The reference that speed is compared with: Johnson's net, where PyTorch is there to make it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from livebrush.models.catalogue import Choice
from livebrush.models.contract import read_style_model
from livebrush.models.errors import LivebrushError
from livebrush.realtime.benchmark.contenders import Contender
from livebrush.realtime.engine.conditions import Conditions
from livebrush.realtime.engine.engine import Engine

EAGER = "johnson (PyTorch)"
COMPILED = "johnson (compiled)"
ONNX = "johnson (ONNX)"
INSTALL = "pip install 'livebrush[train]'"


class References:
    """Johnson's net in PyTorch, and by ONNX Runtime.

    wanted:   False leaves it out; None takes it where PyTorch is installed
    folder:   where its style model is written to
    device:   "cpu" or "cuda"
    compiled: also by `torch.compile`, on CUDA alone
    raises:   LivebrushError when it is wanted and PyTorch is missing

    notes: what was left out and why, one line each
    """

    def __init__(self, wanted: bool | None, folder: Path, device: str, compiled: bool) -> None:
        self.notes: list[str] = []
        self._device, self._choice = device, None
        self._in_torch: Callable[..., Callable[[np.ndarray], np.ndarray]] | None = None
        self._compiled = compiled and device == "cuda"
        if compiled and not self._compiled:
            self.notes.append("--compile left out: it measures on an NVIDIA GPU only.")
        if wanted is not False:
            self._make(bool(wanted), folder)

    def _make(self, must: bool, folder: Path) -> None:
        try:
            from livebrush.trainer.nets.reference import export_johnson, johnson_in_torch

            path = folder / "johnson.onnx"
            export_johnson(path)
        except ImportError as error:
            reason = f"the reference (johnson) needs the package {error.name or error}: {INSTALL}"
            if must:
                raise LivebrushError(reason, code="not_installed") from error
            self.notes.append(f"Left out: {reason}")
            return
        self._choice = Choice(read_style_model(path))
        try:
            johnson_in_torch(1, self._device)
            self._in_torch = johnson_in_torch
        except LivebrushError as error:
            self.notes.append(f"Left out: {EAGER}: {error}")

    def contenders(self, frame: np.ndarray, threads: int) -> list[Contender]:
        """The net alone, to paint a frame; each name tells what runs it.

        frame: (H, W, 3) uint8, RGB
        """
        if self._choice is None:
            return []
        engine = Engine(self._choice.model, self._device, threads, precision="float32")
        feeds, memory = engine.feeds(frame, Conditions()), engine.begin()
        paints = {ONNX: lambda _: memory.paint(feeds)}
        padded = feeds["frames"][0]
        if self._in_torch:
            paints = {EAGER: self._in_torch(threads, self._device)} | paints
            if self._compiled:
                paints[COMPILED] = self._in_torch(threads, self._device, compiled=True)
        return [_painting(name, paint, padded) for name, paint in paints.items()]


def _painting(name: str, paint: Callable[[np.ndarray], np.ndarray], padded: np.ndarray) -> Contender:
    def run() -> None:
        paint(padded)

    return Contender(name, run, warm_up=run)
