"""What a look knows of its style photo: what `models/looks/closed_form.onnx` takes besides frames, masks and state."""

from typing import NamedTuple

import numpy as np

QUANTILES = 32
LUMA = (0.299, 0.587, 0.114)
LEAST_SPREAD = 3e-4
"""squared spread of colour, of 1, that a region has at least: a flat sky is not stretched into a textured one"""


class LookStatistics(NamedTuple):
    """Of each of the K = 11 regions, the ten groups and last the whole photo. A group that is missing is its stand-in.

    means: (K, 3) float32, RGB in [0, 1]
    roots: (K, 3, 3) float32, square roots of the colours' covariances
    tones: (K, QUANTILES) float32: luma at even shares, in standard deviations from the mean
    known: (K,) float32, 0..1, how much of its own a group has; 0 for one that goes with the frame as a whole: what the
           photo lacks, and nothing stands in for
    reach: (K,) float32, how far each group goes from what it was to what it should be, 0..1
    """

    means: np.ndarray
    roots: np.ndarray
    tones: np.ndarray
    known: np.ndarray
    reach: np.ndarray
