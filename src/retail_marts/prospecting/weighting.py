"""Weighted figures of a survey: quantiles, moments, shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def weighted_quantiles(
    values: FloatArray, weights: FloatArray, probabilities: Sequence[float]
) -> FloatArray:
    """Weighted quantiles: the smallest values that reach these shares of all weight.

    Parameters
    ----------
    values, weights
        Shape (n,); weights above zero.
    probabilities
        Each from 0 to 1.

    Returns
    -------
    numpy.ndarray
        Shape (len(probabilities),); nan when there is no value.
    """
    if not len(values):
        return np.full(len(probabilities), np.nan)
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    # A sum of doubles may end just below the total that it should reach.
    wanted = np.asarray(probabilities, dtype=float) * below[-1] * (1 - 1e-12)
    return np.asarray(values[order][np.searchsorted(below, wanted)], dtype=float)


def weighted_moments(values: FloatArray, weights: FloatArray) -> tuple[float, float]:
    """Weighted mean and standard deviation (of a population, not of a sample)."""
    mean = float(np.average(values, weights=weights))
    return mean, float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))


def group_sums(values: FloatArray, groups: NDArray[np.int64], count: int) -> FloatArray:
    """Sums of values by group number 0 to count - 1."""
    return np.bincount(groups, weights=values, minlength=count).astype(float)
