"""All rewrites of a style model, one after the other, each proved against the graph before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime as ort

from livebrush.converters.graph_edit import GraphEdit, copied
from livebrush.converters.likeness import Likeness, Painter, likeness
from livebrush.converters.running import session, times_ms
from livebrush.converters.surgery.columns import paint_columns_together
from livebrush.converters.surgery.instance_norms import join_instance_norms
from livebrush.converters.surgery.outer_pad import pad_frames
from livebrush.converters.surgery.transposed import split_transposed
from livebrush.models.errors import LivebrushError

LEAST_ALIKE = 0.9999
"""share of values within a level; a rewrite computes the same, in another order of additions"""
FASTER = 0.99
"""of the time before, at most: what takes as long stays as it was written"""


@dataclass(frozen=True)
class Rewrite:
    """name: what is done; change: does it, and returns how often; timed: kept only where it is faster here"""

    name: str
    change: Callable[[GraphEdit], int]
    timed: bool = True


REWRITES = (
    Rewrite("reflected border added to frames as bytes", pad_frames, timed=False),
    Rewrite("written-out instance norms joined", join_instance_norms, timed=False),
    Rewrite("transposed convolutions split by place", split_transposed),
    Rewrite("last layer paints two columns at once", paint_columns_together),
)


@dataclass(frozen=True)
class Step:
    """One rewrite that was tried. refused: why it was not kept, or ""; times in ms, where they were measured"""

    name: str
    count: int
    likeness: Likeness
    before_ms: float | None = None
    after_ms: float | None = None
    refused: str = ""


def rewritten(
    model: onnx.ModelProto, frame: np.ndarray, small: np.ndarray, others: Mapping[str, np.ndarray]
) -> tuple[onnx.ModelProto, list[Step]]:
    """model: a style model, frame: (H, W, 3) uint8 to time it with, small: one to compare with; sizes that it takes

    others: its inputs beside the frames
    """
    steps: list[Step] = []
    for rewrite in REWRITES:
        candidate, step = _tried(rewrite, model, frame, small, others)
        if step is None:
            continue
        steps.append(step)
        if not step.refused:
            model = candidate
    return model, steps


def _tried(
    rewrite: Rewrite,
    model: onnx.ModelProto,
    frame: np.ndarray,
    small: np.ndarray,
    others: Mapping[str, np.ndarray],
) -> tuple[onnx.ModelProto, Step | None]:
    edit = GraphEdit(copied(model))
    count = rewrite.change(edit)
    if not count:
        return model, None
    candidate = edit.finish()
    before = session(model, "the net")
    try:
        after = session(candidate, "the net")
    except LivebrushError as error:
        return model, Step(rewrite.name, count, Likeness(0, 0, 0), refused=str(error))
    alike = likeness(painter(before, others), painter(after, others), [small])
    if alike.within_1 < LEAST_ALIKE:
        return model, Step(rewrite.name, count, alike, refused=f"it paints otherwise ({alike})")
    if not rewrite.timed:
        return candidate, Step(rewrite.name, count, alike)
    feeds = {"frames": frame[None], **others}
    was, now = times_ms([before, after], [feeds, feeds], runs=3)
    refused = "" if now <= FASTER * was else "not faster here"
    return candidate, Step(rewrite.name, count, alike, was, now, refused)


def painter(runner: ort.InferenceSession, others: Mapping[str, np.ndarray]) -> Painter:
    """A session of a style model as a function from frame to painting, both (H, W, 3) uint8."""

    def paint(frame: np.ndarray) -> np.ndarray:
        return np.asarray(
            runner.run(["stylized"], {"frames": np.ascontiguousarray(frame)[None], **others})[0]
        )[0]

    return paint
