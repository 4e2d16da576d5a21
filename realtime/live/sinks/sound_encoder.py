"""The sound track of a recording or a send."""

from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.container import OutputContainer

from livebrush.realtime.live.frame import SOUND_HZ, SoundBlock
from livebrush.realtime.live.sinks.sound_line import SoundLine

# AAC at about 160 kbit/s. Of one quality, it takes 1 % of a core; a search that fills a rate takes up to 7
_OPTIONS = {
    "aac": {"aac_coder": "fast", "flags": "+qscale", "global_quality": "236"},
    "libopus": {"b": "160000"},
}
_FRAME = 1024  # samples
# Encoders give out some samples of silence first. Where these would come before 0, muxers move sound, picture or both
_SKIPPED = 1024


class SoundEncoder:
    """The one sound track of a container, in step with its pictures.

    output: opened for writing, its header not written yet
    codec:  FFmpeg's name of the encoder: aac or libopus

    Its methods raise FFmpegError or OSError when the output cannot be written.
    """

    def __init__(self, output: OutputContainer, codec: str) -> None:
        self._output = output
        self._stream = cast(
            av.AudioStream, output.add_stream(codec, SOUND_HZ, _OPTIONS[codec], layout="stereo")
        )
        self._line: SoundLine | None = None
        self._waiting: list[np.ndarray] = []
        self._count, self._pts = 0, _SKIPPED

    def begin(self, at_s: float) -> None:
        """This is time 0."""
        self._line = SoundLine(at_s, _SKIPPED)

    def write(self, block: SoundBlock) -> None:
        """After `begin`."""
        if self._line:
            self._encode(self._line.put(block))

    def silent_until(self, at_s: float) -> None:
        """What has not come before this time will not come any more."""
        if self._line:
            self._encode(self._line.silent_until(at_s))

    def finish(self, at_s: float) -> None:
        """End at this time, or where the sound ends that goes on longer."""
        if self._line:
            self.silent_until(at_s)
            self._encode(self._line.rest())
            if self._count:
                self._encode_first(self._count)
            self._output.mux(self._stream.encode(None))

    def _encode(self, pieces: Iterator[np.ndarray]) -> None:
        for samples in pieces:
            self._waiting.append(samples)
            self._count += len(samples)
            if whole := self._count - self._count % _FRAME:
                self._encode_first(whole)

    def _encode_first(self, count: int) -> None:
        together = np.concatenate(self._waiting)
        # Encoders stop at values that are no number, or far out of range, which drivers and damaged files have
        sound = np.clip(np.nan_to_num(together[:count]), -1.0, 1.0).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(sound, format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_HZ, self._pts, Fraction(1, SOUND_HZ)
        self._waiting, self._count, self._pts = [together[count:]], len(together) - count, self._pts + count
        self._output.mux(self._stream.encode(frame))
