"""Blocks of sound that come when they come, made into one track without a gap."""

from collections.abc import Iterator

import numpy as np

from livebrush.realtime.live.frame import SOUND_HZ, SoundBlock

_FOLLOW_S = (
    1.0  # how fast a track follows a sound card whose clock is another: a few ms are made up for unheard
)
_APART = round(0.02 * SOUND_HZ)  # samples: blocks further apart than this have a gap between them, or overlap
_FADE = round(0.004 * SOUND_HZ)  # samples: sound that stops or begins at once clicks


class SoundLine:
    """Puts each block where its time belongs.

    begin_s: the time of sample 0; skip: samples from there that are left out

    What is missing becomes silence, what comes too late is cut. Blocks that follow each other with times that drift
    apart are stretched or squeezed by so little that nobody hears it: a block of N samples becomes one of N and
    a few more, or fewer.

    end: the sample that comes next
    """

    def __init__(self, begin_s: float, skip: int = 0) -> None:
        self._begin_s, self.end = begin_s, skip
        self._silent = True
        self._held = np.zeros(
            (0, 2), np.float32
        )  # the last few milliseconds, to be faded out should nothing follow

    def put(self, block: SoundBlock) -> Iterator[np.ndarray]:
        """What is certain of the track now, in pieces (N, 2) float32 that follow what came before."""
        samples = block.samples
        missing = round((block.time_s - self._begin_s) * SOUND_HZ) - self.end
        if missing < (0 if self._silent else -_APART):
            samples = samples[-missing:]
        elif missing > (0 if self._silent else _APART):
            yield from self._silence(missing)
        elif not self._silent:
            follow = min(1.0, len(samples) / SOUND_HZ / _FOLLOW_S)
            samples = _stretched(samples, round(missing * follow))
        if len(samples) == 0:
            return
        if self._silent:
            samples = _faded(samples, 0.0, 1.0)
        self._silent = False
        self.end += len(samples)
        together = np.concatenate([self._held, samples])
        self._held = together[len(together) - _FADE :] if len(together) > _FADE else together
        yield together[: len(together) - len(self._held)]

    def silent_until(self, time_s: float) -> Iterator[np.ndarray]:
        """As `put`: nothing came for what is before this time, nor will it."""
        missing = round((time_s - self._begin_s) * SOUND_HZ) - self.end
        if missing > 0:
            yield from self._silence(missing)

    def rest(self) -> Iterator[np.ndarray]:
        """The end of the track."""
        yield from self._silence(0)

    def _silence(self, samples: int) -> Iterator[np.ndarray]:
        held, self._held = self._held, self._held[:0]
        self._silent = True
        self.end += samples
        yield _faded(held, 1.0, 0.0)
        while samples > 0:  # of hours, where a machine slept: a second at a time
            yield np.zeros((min(samples, SOUND_HZ), 2), np.float32)
            samples -= SOUND_HZ


def _stretched(samples: np.ndarray, by: int) -> np.ndarray:
    """(N, 2) as (N + by, 2): the first sample stays where it is, and so does what follows the last."""
    count = len(samples)
    if by == 0 or count + by < 1:
        return samples
    places = np.arange(count + by) * (count / (count + by))
    return np.stack([np.interp(places, np.arange(count), channel) for channel in samples.T], 1).astype(
        np.float32
    )


def _faded(samples: np.ndarray, begin: float, end: float) -> np.ndarray:
    """Its first few milliseconds from one loudness to the other."""
    count = min(len(samples), _FADE)
    ramp = np.linspace(begin, end, count, dtype=np.float32)[:, None]
    return np.concatenate([samples[:count] * ramp, samples[count:]])
