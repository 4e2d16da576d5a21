"""Noise without an end: each value depends on its place and the seed alone, whoever asks for it."""

import numpy as np

_ODD = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""of SplitMix64"""


def noise(
    seed: int,
    scale: int,
    channels: int,
    place: tuple[int, int],
    size: tuple[int, int],
    wrapped: tuple[int, int] | None = None,
) -> np.ndarray:
    """A part of the noise of one scale of a texture.

    place:   of its first value, (row, column), which may be below 0
    size:    (height, width)
    wrapped: (height, width) after which all repeats; None: never
    returns: (channels, height, width) float32, evenly spread, of mean 0 and variance 1
    source:  the finaliser of SplitMix64 (Steele et al. 2014), over the places' numbers
    """
    rows, columns = (first + np.arange(count) for first, count in zip(place, size, strict=True))
    if wrapped:
        rows, columns = rows % wrapped[0], columns % wrapped[1]
    with np.errstate(over="ignore"):
        of_channel = _mixed(np.uint64(seed) + _mixed(scale * 1024 + np.arange(channels, dtype=np.uint64)))
        of_row = _mixed(of_channel[:, None] + rows.astype(np.uint64))
        bits = _mixed(of_row[:, :, None] + columns.astype(np.uint64))
    even = (bits >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)  # 24 bits: what a float32 holds
    return (even - np.float32(0.5)) * np.float32(12**0.5)


def _mixed(x: np.ndarray) -> np.ndarray:
    """Numbers, (...) uint64, scattered over all others."""
    x = (x + np.uint64(1)) * np.uint64(_ODD[0])
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_ODD[1])
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_ODD[2])
    return x ^ (x >> np.uint64(31))
