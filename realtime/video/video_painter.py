"""A style made ready for painting a file: every frame, in order, with all cores."""

from typing import NamedTuple

from livebrush.models.catalogue import Choice
from livebrush.realtime.engine.conditions import layer_of
from livebrush.realtime.engine.cores import usable_cores
from livebrush.realtime.engine.engine import Engine
from livebrush.realtime.engine.finish import Finish
from livebrush.realtime.engine.stream import Stream, in_parallel
from livebrush.realtime.video.pipeline import Paint

_REMEMBERED = 25
"""frames, a second or so: what is older has faded from a state and from steadying"""


class VideoPainter(NamedTuple):
    """What `paint_video` takes.

    painters: how many frames to paint at once
    warm_up:  how many frames it needs to have seen for its memory
    """

    paint: Paint
    engine: Engine
    stream: Stream
    painters: int
    warm_up: int


def video_painter(choice: Choice, device: str, threads: int | None, finish: Finish) -> VideoPainter:
    """Load a style; None for threads takes all cores.

    On the CPU every core paints a frame of its own: nothing waits for the slowest part of a frame. Styles that
    remember, and steadying, need frames one after the other, and all cores on each.

    raises: LivebrushError when the file cannot be run, or the device that was named does not come up
    """
    model = choice.model
    remembers = finish.steady or model.carries_state or model.takes_masks
    engine, stream = Engine(model, device, threads if remembers else 1), Stream()
    layers = [layer_of(choice, engine)]
    painters = (threads or usable_cores()) if in_parallel(layers, finish) else 1
    return VideoPainter(
        lambda frame: stream.paint(frame, layers, finish),
        engine, stream, painters, _REMEMBERED if remembers else 0,
    )  # fmt: skip
