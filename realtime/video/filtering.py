"""What a filter graph has ready."""

from collections.abc import Iterator

import av
from av.error import FFmpegError
from av.filter import Graph


def pulled(graph: Graph) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """The frames that come out of the graph now, until it wants more or is at its end."""
    while True:
        try:
            frame = graph.pull()
        except (FFmpegError, BlockingIOError, EOFError):
            return
        yield frame
