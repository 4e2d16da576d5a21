"""A style made ready for painting a file: every frame, in order, with all cores."""

from typing import NamedTuple

from livebrush.models.catalogue import Choice
from livebrush.realtime.brush import Brush, stroke_of
from livebrush.realtime.cores import usable_cores
from livebrush.realtime.session import StyleSession

_REMEMBERED = 25
"""frames, a second or so: what is older has faded from a state and from steadying"""


class FilmBrush(NamedTuple):
    """painters: how many frames to paint at once; warm_up: how many it needs to have seen for its memory"""

    brush: Brush
    session: StyleSession
    painters: int
    warm_up: int


def film_brush(
    choice: Choice,
    device: str,
    threads: int | None,
    strength: float = 1.0,
    keep_colours: bool = False,
    steady: bool = False,
    stroke: float | None = None,
) -> FilmBrush:
    """Open a style for `stylize_video`; None for threads takes all cores.

    On the CPU every core paints a frame of its own: nothing waits for the slowest part of a frame. A model
    that carries state, and steadying, need frames one after the other, and all cores on each.

    stroke: see `stroke_of`
    raises: LivebrushError when the file cannot be run, or the device that was named does not come up
    """
    stroke = stroke_of(choice, stroke)
    one_after_another = steady or choice.model.state_shape is not None
    session = StyleSession(choice, device, threads if one_after_another else 1)
    painters = threads or usable_cores()
    if one_after_another or session.on_gpu:
        painters = 1
    brush = Brush(session, strength, keep_colours, steady, stroke)
    return FilmBrush(brush, session, painters, _REMEMBERED if one_after_another else 0)
