"""Count the distinct groups in a set of points: those with a valley between them.

K-Means cuts any set of points into as many clusters as it is asked for. A cut between
two clusters separates distinct groups only if few points are near the cut, compared
with the points near the two centres. Otherwise it runs through a continuum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np

from retail_marts.customers.clustering import FloatArray, KMeansFit

#: Largest number of distinct groups that is looked for.
MOST_GROUPS = 8
#: With fewer rows, valleys say too little.
LEAST_ROWS = 100
#: Two clusters are neighbours if this share of the smaller one has the other as its
#: second-nearest centre.
_NEIGHBOUR_SHARE = 0.1
#: Half the width of a window on the line between two centres, which are at 0 and 1.
_HALF_WINDOW = 0.1
#: A valley holds less than this share of the points around the lesser centre.
_VALLEY_SHARE = 0.5


def count_distinct_groups(
    points: FloatArray, mass: FloatArray, fits: Mapping[int, KMeansFit]
) -> int:
    """The largest k up to 8 for which every cut between neighbours is a valley.

    Parameters
    ----------
    points
        Distinct points, shape (points, features).
    mass
        Number of rows that each point represents.
    fits
        Partitions of the points by K-Means, by their number of clusters.

    Returns
    -------
    int
        1 if no partition has only valleys between its clusters.
    """
    found = (
        k
        for k in range(min(MOST_GROUPS, max(fits)), 1, -1)
        if _has_only_valleys(points, mass, fits[k])
    )
    return next(found, 1)


def _has_only_valleys(points: FloatArray, mass: FloatArray, fit: KMeansFit) -> bool:
    labels, centres = fit.labels, fit.centres
    k = len(centres)
    # The constant square of each point does not change the order of the centres.
    distance = (centres**2).sum(axis=1) - 2 * points @ centres.T
    distance[np.arange(len(points)), labels] = np.inf
    second = distance.argmin(axis=1)
    sizes = np.bincount(labels, weights=mass, minlength=k)
    beside = np.bincount(labels * k + second, weights=mass, minlength=k * k)
    shares = beside.reshape(k, k) / sizes[:, None]
    for one, other in combinations(range(k), 2):
        smaller, larger = sorted((one, other), key=lambda cluster: sizes[cluster])
        if shares[smaller, larger] < _NEIGHBOUR_SHARE:
            continue
        both = (labels == one) | (labels == other)
        line = centres[other] - centres[one]
        place = (points[both] - centres[one]) @ line / (line @ line)
        if not _is_valley(place, mass[both]):
            return False
    return True


def _is_valley(place: FloatArray, mass: FloatArray) -> bool:
    """Whether few points lie midway, even if chance took some of them away."""
    one, middle, other = (
        float(mass[np.abs(place - window) <= _HALF_WINDOW].sum())
        for window in (0.0, 0.5, 1.0)
    )
    return middle + 2 * math.sqrt(middle + 1) < _VALLEY_SHARE * min(one, other)
