"""The sound track of a video file, decoded from any place on."""

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError

from livebrush.models.errors import LivebrushError
from livebrush.realtime.video.media_file import open_media

JOIN_S = 0.03
"""containers round timestamps: blocks nearer than this follow each other without a gap"""


def has_sound(path: Path) -> bool:
    """Whether a video has a sound track.

    raises: LivebrushError when the file does not open, or nothing here decodes the track
    """
    with closing(open_media(path)) as container:
        tracks = container.streams.audio
        if tracks and tracks[0].codec_context is None:
            raise LivebrushError(
                "there is no decoder for the sound track; convert it to AAC first", code="unsupported"
            )
        return bool(tracks)


def read_track(
    path: Path, zero_s: Fraction, start_s: float, rate: int
) -> Generator[tuple[float, np.ndarray], None, None]:
    """The first sound track from start_s on: where in the video, in seconds, and (N, 2) float32 in [-1, 1]."""
    with closing(open_media(path)) as container:
        track = container.streams.audio[0]
        if start_s and track.time_base:
            with suppress(FFmpegError, OSError):  # what cannot be wound is read from its beginning
                container.seek(round((start_s + zero_s) / track.time_base), stream=track)
        resampler = av.AudioResampler("flt", "stereo", rate)
        next_s = start_s
        for frame in _decode_track(container, track):
            begins_s = next_s if frame.time is None else frame.time - float(zero_s)
            next_s = begins_s + frame.samples / frame.sample_rate
            if next_s < start_s:
                continue
            try:
                blocks = resampler.resample(frame)
            except ValueError:  # from here on the track has another rate or other channels
                resampler = av.AudioResampler("flt", "stereo", rate)
                blocks = resampler.resample(frame)
            for block in blocks:
                time_s = begins_s if block.time is None else block.time - float(zero_s)
                yield time_s, block.to_ndarray().reshape(-1, 2)


def _decode_track(container: Any, track: Any) -> Iterator[av.AudioFrame]:
    """Its frames; damaged packets are left out, and a file that cannot be read on ends."""
    packets = container.demux(track)
    while True:
        try:
            packet = next(packets, None)
        except (FFmpegError, OSError):
            return
        if packet is None:
            return
        with suppress(FFmpegError):
            yield from packet.decode()
