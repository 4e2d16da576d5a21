"""The sound of a network stream, handed on with the times of the pictures that it belongs to."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress

import av
import numpy as np
from av.error import FFmpegError

from livebrush.realtime.live.frame import SOUND_HZ, SoundBlock
from livebrush.realtime.live.sources.even_start import EvenStart

_WAITING = 100  # blocks that came before the first picture
_BELIEVED = 0.05  # of a picture that comes late


class StreamSound:
    """Decodes a stream's sound track.

    hand_on: given each block, in the thread that reads the stream
    """

    def __init__(self, hand_on: Callable[[SoundBlock], None]) -> None:
        self._hand_on = hand_on
        self._resampler = _resampler()
        self._start = EvenStart(_BELIEVED)
        self._next_s = 0.0
        self._waiting: deque[tuple[float, np.ndarray]] = deque(maxlen=_WAITING)

    def follow(self, starts_s: float) -> float:
        """Time 0 of the stream was then, to go by the last picture; returns when it was, to go by all of them."""
        starts_s = self._start.follow(starts_s)
        while self._waiting:
            time_s, samples = self._waiting.popleft()
            self._hand_on(SoundBlock(samples, starts_s + time_s))
        return starts_s

    def take(self, packet: av.Packet) -> None:
        """What is damaged becomes silence."""
        with suppress(FFmpegError):
            for frame in packet.decode():
                if isinstance(frame, av.AudioFrame):
                    self._take(frame)

    def _take(self, frame: av.AudioFrame) -> None:
        begins_s = self._next_s if frame.time is None else frame.time
        self._next_s = begins_s + frame.samples / frame.sample_rate
        try:
            blocks = self._resampler.resample(frame)
        except ValueError:  # from here on the track has another rate or other channels
            self._resampler = _resampler()
            blocks = self._resampler.resample(frame)
        for block in blocks:
            time_s = begins_s if block.time is None else block.time
            samples = block.to_ndarray().reshape(-1, 2)
            if self._start.begun_s is None:
                self._waiting.append((time_s, samples))
            else:
                self._hand_on(SoundBlock(samples, self._start.begun_s + time_s))


def _resampler() -> av.AudioResampler:
    return av.AudioResampler("flt", "stereo", SOUND_HZ)
