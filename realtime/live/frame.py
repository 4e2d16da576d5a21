"""What travels from a source to the sinks."""

from dataclasses import dataclass

import numpy as np

SOUND_HZ = 48_000
"""samples a second of all sound that travels to the sinks"""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture as the source delivered it.

    pixels:     (H, W, 3) uint8, RGB; never written to
    captured_s: when it was captured, on the monotonic clock
    number:     counts what the source delivered; a gap is a drop
    """

    pixels: np.ndarray
    captured_s: float
    number: int


@dataclass(frozen=True, slots=True)
class PaintedFrame:
    """A frame and its painting, of the same size.

    style:  the name of what is painted, "original" where nothing is
    net_s:  seconds that the net took
    """

    frame: Frame
    painted: np.ndarray
    style: str
    net_s: float


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """A short piece of sound.

    samples: (N, 2) float32 in [-1, 1], SOUND_HZ of them a second; never written to
    time_s:  when the first sample is to be heard, on the clock that frames are stamped by
    """

    samples: np.ndarray
    time_s: float
