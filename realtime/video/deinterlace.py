"""Interlaced video as whole pictures: the two fields of a frame were taken at different times."""

from collections.abc import Iterator
from fractions import Fraction

import av
from av.filter import Graph

from livebrush.realtime.video.filtering import pulled


class Deinterlacer:
    """FFmpeg's bwdif over the frames of a track, one picture a frame, from the first interlaced frame on.

    Frames that are not interlaced pass untouched, before and after. `seen` is whether any was.
    """

    def __init__(self) -> None:
        self.seen = False
        self._graph: Graph | None = None
        self._layout: tuple[int, int, str] | None = None

    def push(self, frame: av.VideoFrame, time_base: Fraction) -> Iterator[av.VideoFrame]:
        """The frames that are ready, their pts in ticks of time_base as before: the filter looks one frame ahead."""
        layout = (frame.height, frame.width, frame.format.name)
        if self._graph and layout != self._layout:
            yield from self.flush()
        if not self._graph:
            if not frame.interlaced_frame:
                yield frame
                return
            self._open(frame, layout, time_base)
        assert self._graph
        self._graph.push(frame)
        yield from _in_ticks(self._graph, time_base)

    def flush(self) -> Iterator[av.VideoFrame]:
        """What is still held."""
        if self._graph:
            graph, self._graph = self._graph, None
            graph.push(None)
            yield from _in_ticks(graph, self._time_base)

    def _open(self, frame: av.VideoFrame, layout: tuple[int, int, str], time_base: Fraction) -> None:
        self.seen, self._layout, self._time_base = True, layout, time_base
        self._graph = Graph()
        start = self._graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=time_base
        )
        whole = self._graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
        self._graph.link_nodes(start, whole, self._graph.add("buffersink")).configure()


def _in_ticks(graph: Graph, time_base: Fraction) -> Iterator[av.VideoFrame]:
    for frame in pulled(graph):
        assert isinstance(frame, av.VideoFrame)
        scale = (frame.time_base or time_base) / time_base  # the filter counts in half ticks
        frame.pts = None if frame.pts is None else round(frame.pts * scale)
        frame.duration = round(frame.duration * scale)
        frame.time_base = time_base
        yield frame
