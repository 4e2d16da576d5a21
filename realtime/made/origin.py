"""Whether nets began as one: only then does anything lie between their weights."""

from collections.abc import Mapping, Sequence

import numpy as np

LEAST_ALIKE = 0.2
"""cosine of the kernels of two nets; between those that ship, and pictures, it is 0.73 to 0.98, between strangers 0"""


def began_as_one(nets: Sequence[Mapping[str, np.ndarray]]) -> bool:
    """Whether the kernels of all nets of one shape have much in common with the first's.

    nets: the weights of each by name; kernels are those of four dimensions
    """
    kernels = [[value.ravel() for value in net.values() if value.ndim == 4] for net in nets]
    if not all(kernels):
        return False
    flat = [np.concatenate(of_net) for of_net in kernels]
    first = flat[0] / np.linalg.norm(flat[0])
    return all(float(first @ other) >= LEAST_ALIKE * np.linalg.norm(other) for other in flat[1:])
