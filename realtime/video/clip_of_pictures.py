"""Pictures that come from no video, as an H.264 clip: a way to a still, a benchmark's clip."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np

from livebrush.realtime.letterbox import pad_to_even
from livebrush.realtime.video.colour import PICTURE, RgbWriter


def write_clip(pictures: Iterable[np.ndarray], path: Path, rate_hz: int, preset: str = "medium") -> None:
    """pictures: (H, W, 3) uint8, RGB, all of one size; odd sides grow by a copy of their last row or column

    raises: FFmpegError or OSError when it cannot be written
    """
    with av.open(f"file:{path}", "w", container_options={"movflags": "+faststart"}) as output:
        stream: av.VideoStream | None = None
        for number, picture in enumerate(map(pad_to_even, pictures)):
            if stream is None:
                added = output.add_stream("libx264", rate_hz, {"preset": preset, "crf": "18"})
                stream = cast(av.VideoStream, added)
                stream.height, stream.width, stream.pix_fmt = *picture.shape[:2], "yuv420p"
                colour = PICTURE.as_yuv(stream.height)
                colour.tag(stream.codec_context)
                writer = RgbWriter(colour, "yuv420p")
            frame = writer.write(picture, None)
            frame.pts, frame.time_base = number, Fraction(1, rate_hz)
            output.mux(stream.encode(frame))
        if stream is not None:
            output.mux(stream.encode(None))
