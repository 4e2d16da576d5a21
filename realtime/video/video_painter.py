"""A style made ready for painting a file: every frame, in order, with all cores."""

from collections.abc import Sequence
from typing import NamedTuple

from livebrush.models.assignment import Styles
from livebrush.models.regions import ALL
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.engine import Engine, Engines
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.engine.layers import layers_of
from livebrush.realtime.engine.stream import Stream, in_parallel
from livebrush.realtime.video.pipeline import Paint

_REMEMBERED, _REMEMBERED_BY_STATE = 25, 75
"""frames, after which a painting is within half a level (of 255, on average) of one that has seen all before: measured
with `--steady` and with looks, whose state lasts longer"""


class VideoPainter(NamedTuple):
    """What `paint_video` takes.

    engines:  that it paints with, one for each file
    painters: how many frames to paint at once
    warm_up:  how many frames it needs to have seen for its memory
    """

    paint: Paint
    engines: Sequence[Engine]
    stream: Stream
    painters: int
    warm_up: int


def video_painter(styles: Styles, device: str, threads: int | None, finish: Finish) -> VideoPainter:
    """Load a style, or those of regions; None for threads takes all cores.

    On the CPU every core paints a frame of its own: nothing waits for the slowest part of a frame. Styles that
    remember, steadying and persons need frames one after the other, and all cores on each.

    raises: LivebrushError when a file cannot be run, or the device that was named does not come up
    """
    remembered = remembered_frames(styles, finish)
    engines = Engines(device, threads if remembered else 1)
    layers, stream = layers_of(styles, engines.of), Stream()
    painters = (threads or usable_cores()) if in_parallel(layers, finish) else 1
    return VideoPainter(
        lambda frame: stream.paint(frame, layers, finish),
        engines.loaded, stream, painters, remembered,
    )  # fmt: skip


def remembered_frames(styles: Styles, finish: Finish) -> int:
    """How many frames before one its painting depends on, for all that can be seen; 0: on none."""
    models = [choice.model for _, choice in styles.parts]
    by_region = any(region != ALL for region, _ in styles.parts)
    remembers = (
        finish.steady or by_region or any(model.carries_state or model.takes_masks for model in models)
    )
    if any(model.carries_state for model in models):
        return _REMEMBERED_BY_STATE
    return _REMEMBERED if remembers else 0
