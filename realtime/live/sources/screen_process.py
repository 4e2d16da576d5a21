"""The process that grabs a screen: run as a program, it writes frames to its standard output.

In a process of its own, because OpenCV and PyAV each bring a library for X of their own: where OpenCV's was loaded
first, FFmpeg's x11grab brings the whole program down.

arguments: FFmpeg's input format, what it opens, its options as JSON
output:    for each frame height and width, two unsigned 32-bit numbers in network order, and its bytes, RGB
"""

import json
import os
import struct
import sys

import av
from av.error import FFmpegError

HEADER = struct.Struct("!II")


def grab(format: str, place: str, options: dict[str, str]) -> None:
    """raises: FFmpegError, OSError, ValueError"""
    output = sys.stdout.buffer
    with av.open(place, format=format, options=options) as container:
        for frame in container.decode(video=0):
            output.write(HEADER.pack(frame.height, frame.width))
            output.write(frame.to_ndarray(format="rgb24").tobytes())
            output.flush()


if __name__ == "__main__":
    try:
        grab(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
    except BrokenPipeError:
        os._exit(0)  # whoever read the frames has gone
    except (FFmpegError, OSError, ValueError) as failure:
        sys.stderr.write(getattr(failure, "strerror", None) or str(failure))
        sys.stderr.flush()
        os._exit(1)
