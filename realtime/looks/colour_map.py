"""The linear map of colours that costs least: from one mean and covariance to another's."""

import numpy as np


def transport(covariance: np.ndarray, wanted_root: np.ndarray) -> np.ndarray:
    """The matrix that gives colours of one covariance another's, and moves them least.

    covariance:  (3, 3), of the colours as they are, A; positive definite
    wanted_root: (3, 3), S, the square root of the wanted covariance
    returns:     (3, 3): S (S A S)^-1/2 S
    source:      Pitie and Kokaram 2007, The linear Monge-Kantorovitch linear colour mapping
    """
    values, vectors = np.linalg.eigh(wanted_root @ covariance @ wanted_root)
    inverse = vectors / np.sqrt(np.maximum(values, 1e-12)) @ vectors.T
    return wanted_root @ inverse @ wanted_root


def square_root(matrix: np.ndarray) -> np.ndarray:
    """Of a symmetric matrix (N, N) without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
