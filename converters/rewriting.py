"""All rewrites of a style model, one after the other, each proved against the graph before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import onnx
import onnxruntime as ort

from livebrush.converters.graph_edit import GraphEdit, copied
from livebrush.converters.likeness import Likeness, Painter, likeness
from livebrush.converters.running import WORK, session, times_ms
from livebrush.converters.surgery.instance_norms import join_instance_norms
from livebrush.converters.surgery.outer_pad import pad_frames
from livebrush.converters.surgery.pixels import NARROW, paint_columns_together, paint_squares_together
from livebrush.converters.surgery.transposed import split_transposed
from livebrush.models.errors import LivebrushError

LEAST_ALIKE = 0.9999
"""share of values within a level; a rewrite computes the same, in another order of additions"""
FASTER = 0.99
"""of the time before, at most: what takes as long stays as it was written"""


@dataclass(frozen=True)
class Rewrite:
    """name: what is done; change: does it, and returns how often; timed: kept only where it is faster here

    others: other ways to do the same, of which the fastest here is kept
    """

    name: str
    change: Callable[[GraphEdit], int]
    timed: bool = True
    others: tuple["Rewrite", ...] = ()


REWRITES = (
    Rewrite("reflected border added to frames as bytes", pad_frames, timed=False),
    Rewrite("written-out instance norms joined", join_instance_norms, timed=False),
    Rewrite("transposed convolutions split by place", split_transposed),
    Rewrite(
        "last layer paints two columns at once",
        paint_columns_together,
        others=(Rewrite("last layer paints 2x2 pixels at once", paint_squares_together),),
    ),
    Rewrite("narrow layers paint two columns at once", partial(paint_columns_together, channels=NARROW)),
)


@dataclass(frozen=True)
class Step:
    """One rewrite that was tried. refused: why it was not kept, or ""; processor time in ms, where it was measured"""

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
        ways = [_tried(way, model, frame, small, others) for way in (rewrite, *rewrite.others)]
        kept = min((way for way in ways if way[1] and not way[1].refused), key=_share, default=None)
        if kept:
            model = kept[0]
        for _, step in (way for way in ways if way is not kept):
            steps += (
                [step if step.refused else replace(step, refused="the other way is faster")] if step else []
            )
        steps += [kept[1]] if kept and kept[1] else []
    return model, steps


def _share(way: tuple[onnx.ModelProto, Step | None]) -> float:
    """Of the time before."""
    step = way[1]
    return step.after_ms / step.before_ms if step and step.after_ms and step.before_ms else 1.0


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
    was, now = times_ms([before, after], [feeds, feeds], runs=4, clock=WORK)
    refused = "" if now <= FASTER * was else "not faster here"
    return candidate, Step(rewrite.name, count, alike, was, now, refused)


def painter(runner: ort.InferenceSession, others: Mapping[str, np.ndarray]) -> Painter:
    """A session of a style model as a function from frame to painting, both (H, W, 3) uint8."""

    def paint(frame: np.ndarray) -> np.ndarray:
        return np.asarray(
            runner.run(["stylized"], {"frames": np.ascontiguousarray(frame)[None], **others})[0]
        )[0]

    return paint
