"""Forecasts that add up.

Minimum trace reconciliation with a diagonal error covariance (WLS; Wickramasuriya,
Athanasopoulos and Hyndman 2019, doi:10.1080/01621459.2018.1448825), written as a
projection on the constraints so that two trees may share the total: products in
sub-categories in categories in the total, and stores in the total.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

FloatArray = NDArray[np.float64]

#: A parent's row and the rows of its children.
Family = tuple[int, NDArray[np.int64]]


def reconcile(
    forecasts: FloatArray,
    variances: FloatArray,
    families: Sequence[Family],
    *,
    non_negative: NDArray[np.bool_],
) -> FloatArray:
    """Move forecasts as little as possible so that children add up to their parents.

    Parameters
    ----------
    forecasts
        Shape (nodes, steps).
    variances
        Shape (nodes,): the error variance of each node; the larger, the more it moves.
    families
        Parents before their own children, top first.
    non_negative
        Shape (nodes,): whose forecasts may not be negative. A parent of such children
        alone must be such a node too.

    Returns
    -------
    numpy.ndarray
        Shape (nodes, steps). Sums agree to the last digits of floating point.
    """
    if not families:
        return forecasts.copy()
    count = len(forecasts)
    rows, columns, entries = [], [], []
    for row, (parent, children) in enumerate(families):
        rows.append(np.full(len(children) + 1, row))
        columns.append(np.append(children, parent))
        entries.append(np.append(np.full(len(children), -1.0), 1.0))
    constraints = csr_array(
        (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(families), count),
    )
    top = float(variances.max())
    weights = np.maximum(variances, 1e-9 * top) if top > 0 else np.ones(count)
    weighted = constraints * weights[None, :]
    gaps = constraints @ forecasts
    system = (weighted @ constraints.T).toarray()
    moved: FloatArray = (
        forecasts - weighted.T @ np.linalg.lstsq(system, gaps, rcond=None)[0]
    )
    moved[non_negative] = np.maximum(moved[non_negative], 0.0)
    # From the top down, so that the sums are exact after clipping and rounding.
    for parent, children in families:
        moved[children] = _adding_up_to(
            moved[parent],
            moved[children],
            weights=weights[children],
            free=~non_negative[children],
        )
    return moved


def _adding_up_to(
    wanted: FloatArray,
    parts: FloatArray,
    *,
    weights: FloatArray,
    free: NDArray[np.bool_],
) -> FloatArray:
    """Parts (shape (parts, steps)) that sum to what is wanted (shape (steps,)).

    Where some parts may be negative, those take the gap; else all are scaled.
    """
    sums = parts.sum(axis=0)
    if free.any():
        shares = np.where(free, weights, 0.0)
        shifted: FloatArray = parts + (shares / shares.sum())[:, None] * (wanted - sums)
        return shifted
    usable = sums > 0
    factor = np.where(usable, wanted / np.where(usable, sums, 1.0), 0.0)
    shares = weights / weights.sum()
    return np.where(usable, parts * factor, shares[:, None] * wanted)
