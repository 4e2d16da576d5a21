"""A style model in float16 or int8: how far its paintings move, how fast it is here, and whether to keep it."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx

from livebrush.converters.foreign.probing import known_picture
from livebrush.converters.likeness import Painter, likeness
from livebrush.converters.precision.eight_bits import in_eight_bits
from livebrush.converters.precision.half import in_half
from livebrush.converters.rewriting import painter
from livebrush.converters.running import session, times_ms
from livebrush.models.errors import LivebrushError

FARTHEST = {"fp16": 2.0, "int8": 2.0}
"""levels by which paintings may move: fp16 on 99 % of values, int8 on average"""


def lowered(
    model: onnx.ModelProto,
    precision: str,
    calibration: Sequence[np.ndarray],
    others: Mapping[str, np.ndarray],
    size: tuple[int, int],
    *,
    force: bool,
) -> tuple[onnx.ModelProto, dict[str, str]]:
    """The model, and what to say of it.

    calibration: frames; int8 needs some, and all but the last are fitted to
    size:        (height, width) to measure at
    raises:      LivebrushError where it paints too differently, or is not faster although that is its point
    """
    if precision == "int8" and not calibration:
        raise LivebrushError("int8 is fitted to frames: name a clip", code="invalid", remedy="calibrate")
    judged = [*calibration[-1:], known_picture((192, 256))]
    small = (
        in_half(model)
        if precision == "fp16"
        else in_eight_bits(model, calibration[:-1] or calibration, others)
    )
    before, after = session(model, "the net"), session(small, "the net")
    alike = likeness(painter(before, others), painter(after, others), judged)
    feeds = {"frames": known_picture(size)[None], **others}
    was, now = times_ms([before, after], [feeds, feeds])
    said = f"{alike}; {now:.0f} ms on this CPU, float32 {was:.0f} ms"
    moved = _moved(precision, painter(before, others), painter(after, others), judged)
    if moved > FARTHEST[precision] and not force:
        raise LivebrushError(
            f"{precision} paints too differently from float32: {_in_words(precision, moved)}, expected "
            f"{FARTHEST[precision]:.0f} ({said}); not written",
            code="failed",
            remedy="force_conversion",
        )
    if precision == "int8" and now >= was and not force:
        raise LivebrushError(
            f"int8 is not faster on this CPU ({now:.0f} ms, float32 {was:.0f} ms; {alike}); not written",
            code="failed",
            remedy="force_conversion",
        )
    return small, {precision: said}


def _moved(precision: str, first: Painter, second: Painter, frames: Sequence[np.ndarray]) -> float:
    differences = np.concatenate([np.abs(first(f).astype(np.int16) - second(f)).ravel() for f in frames])
    return float(np.percentile(differences, 99) if precision == "fp16" else differences.mean())


def _in_words(precision: str, moved: float) -> str:
    return f"{moved:.1f} levels {'on 99 % of values' if precision == 'fp16' else 'on average'}"
