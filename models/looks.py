"""What a look stores of its style photo: inputs of `models/looks/closed_form.onnx` beside frames, masks and state."""

from typing import NamedTuple

import numpy as np

QUANTILES = 32
LUMA = (0.299, 0.587, 0.114)
LEAST_SPREAD = 3e-4
"""squared spread of colour, of 1, that a region has at least: a flat sky is not stretched into a textured one"""


class LookStatistics(NamedTuple):
    """Statistics of K = 11 regions: the ten groups, last the whole photo. A missing group has those of its stand-in.

    means: (K, 3) float32, RGB in [0, 1]
    roots: (K, 3, 3) float32, square roots of the colours' covariances
    tones: (K, QUANTILES) float32: luma at even shares, in standard deviations from the mean
    known: (K,) float32, 0..1: 1 for a group with statistics of its own, 0 for one that is treated like the whole frame,
           because neither it nor a stand-in is in the photo
    reach: (K,) float32, 0..1: how far each group is moved to its target
    """

    means: np.ndarray
    roots: np.ndarray
    tones: np.ndarray
    known: np.ndarray
    reach: np.ndarray
