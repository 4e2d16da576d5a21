"""The process that grabs the screen: FFmpeg's frames on standard output, as raw RGB. Run as a program by ScreenSource.

In one process with OpenCV the two wheels' copies of the same X libraries get mixed up, and the program crashes.
"""

import json
import struct
import sys

import av
import numpy as np
from av.error import FFmpegError

HEADER = struct.Struct(">II")
"""height and width before each frame's (H, W, 3) bytes"""


def relay(form: str, place: str, options: dict[str, str]) -> None:
    """Until whoever reads closes the pipe.

    form, place, options: see av.open
    raises: FFmpegError, OSError
    """
    output = sys.stdout.buffer
    with av.open(place, format=form, options=options) as container:
        for frame in container.decode(video=0):
            pixels = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))  # rows may be padded
            output.write(HEADER.pack(*pixels.shape[:2]))
            output.write(pixels.data)
            output.flush()


if __name__ == "__main__":
    try:
        relay(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
    except BrokenPipeError:
        sys.stderr.close()
    except (FFmpegError, OSError) as failure:
        sys.exit(getattr(failure, "strerror", None) or str(failure))
