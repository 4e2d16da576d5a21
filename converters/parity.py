"""Whether an ONNX file paints what its torch net paints."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from livebrush.converters.frame_graph import Graph
from livebrush.models.errors import LivebrushError

LEVELS = 1
SHARE = 0.999


def check_parity(graph: Graph, path: Path, multiple: int) -> None:
    """Run both on three sizes, where state is carried on two frames each, and compare.

    raises: LivebrushError when more than one in a thousand values differ by more than one 8-bit level
    """
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    # Odd counts of the smallest size a net takes, portrait, and more than one frame
    for count, rows, columns in ((1, 9, 13), (1, 33, 17), (3, 8, 11)):
        feeds = list(
            graph.example(torch.from_numpy(_frames(random, count, rows * multiple, columns * multiple)))
        )
        for _ in graph.outputs:
            with torch.no_grad():
                expected = graph(*feeds)
            expected = expected if isinstance(expected, tuple) else (expected,)
            named = {name: feed.numpy() for name, feed in zip(graph.inputs, feeds, strict=True)}
            got = session.run(["stylized"], named)[0]
            compare(expected[0].numpy(), np.asarray(got), path.name)
            state = expected[1:]
            feeds = [*feeds[: len(feeds) - len(state)], *state]


def _frames(random: np.random.Generator, count: int, height: int, width: int) -> np.ndarray:
    """Smooth colours with noise over them, the extremes included: (count, height, width, 3) uint8."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    ramp = (rows / height + columns / width)[None, :, :, None] * np.array([90, 130, 60], np.float32)
    noise = random.normal(0, 40, (count, height, width, 3))
    return np.clip(ramp + noise, 0, 255).astype(np.uint8)


def compare(expected: np.ndarray, got: np.ndarray, name: str) -> None:
    if expected.shape != got.shape or expected.dtype != got.dtype:
        raise LivebrushError(
            f"{name} gives {got.dtype} {got.shape} where torch gives {expected.dtype} {expected.shape}: not exported",
            code="failed",
        )
    difference = np.abs(expected.astype(np.int16) - got.astype(np.int16))
    share = float((difference <= LEVELS).mean())
    if share < SHARE:
        raise LivebrushError(
            f"{name} does not paint what the net paints: {share:.2%} of values within {LEVELS} level of torch's, "
            f"expected {SHARE:.1%}; the largest difference is {difference.max()} levels: not exported",
            code="failed",
        )
