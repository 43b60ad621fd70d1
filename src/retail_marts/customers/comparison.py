"""Other clustering algorithms on the same points, compared with K-Means."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, ward
from sklearn.cluster import HDBSCAN

from retail_marts.customers.clustering import FloatArray, LabelArray
from retail_marts.customers.schemas import SELECTION
from retail_marts.customers.selection import SCORES, score_partitions
from retail_marts.frames import stacked

#: Smallest number of rows of a dense group, and its smallest share of all rows.
_LEAST_GROUP, _LEAST_SHARE = 5, 0.02


def compared_algorithms(
    points: FloatArray,
    *,
    algorithms: tuple[str, ...],
    k_max: int = 12,
    most_rows: int = 2_500,
    random_state: int = 0,
) -> pd.DataFrame:
    """Cluster the points with other algorithms and score the results.

    ``agglomerative`` merges clusters by Ward's criterion (1963), for each k from 2.
    ``density`` is HDBSCAN (Campello, Moulavi and Sander 2013), which finds the number
    of groups itself and leaves out rows between groups.

    Parameters
    ----------
    points
        Transformed and scaled features, (rows, features).
    algorithms
        ``agglomerative``, ``density``.
    k_max
        Largest number of clusters.
    most_rows
        Both algorithms need the distances of all pairs of rows. With more rows than
        this they run on a random sample of this size, and the note says so.
    random_state
        Seed of the sample.

    Returns
    -------
    pandas.DataFrame
        One row per algorithm and k: the columns of :data:`selection.SCORES` (null if
        they do not apply), ``algorithm``, ``row_count`` (rows that were clustered) and
        ``note``. No row if all points are equal.
    """
    ordered = points[np.lexsort(points.T[::-1])]
    rows = len(ordered)
    sample = ordered
    if rows > most_rows:
        drawn = np.random.default_rng(random_state).choice(rows, most_rows, False)
        sample = ordered[np.sort(drawn)]
    note = "" if len(sample) == rows else f"a sample of {len(sample)} of {rows} rows"
    distinct = len(np.unique(sample, axis=0))
    parts = []
    if "agglomerative" in algorithms and distinct > 1:
        parts.append(_agglomerative(sample, min(k_max, distinct), note))
    if "density" in algorithms and distinct > 1:
        parts.append(_density(sample, note))
    columns = (*SCORES, "algorithm", "row_count", "note")
    return stacked(parts, {name: SELECTION[name] for name in columns})


def _agglomerative(points: FloatArray, k_max: int, note: str) -> pd.DataFrame:
    tree = ward(points)
    labels = {}
    for k in range(2, k_max + 1):
        found = fcluster(tree, k, criterion="maxclust")
        # Merges at the same height can give fewer clusters than requested.
        if found.max() == k:
            labels[k] = (found - 1).astype("int32")
    return _frame("agglomerative", points, labels, note=[note] * len(labels))


def _density(points: FloatArray, note: str) -> pd.DataFrame:
    least = max(_LEAST_GROUP, round(_LEAST_SHARE * len(points)))
    if len(points) <= least:
        found = np.full(len(points), -1)
    else:
        found = HDBSCAN(min_cluster_size=least, copy=True).fit_predict(points)
    is_noise = found < 0
    k = int(found.max()) + 1
    remark = (
        f"{is_noise.mean():.0%} of the rows are between the groups and are not scored"
        if k
        else f"no group of {least} or more rows is denser than its surroundings"
    )
    whole = "; ".join(text for text in (remark, note) if text)
    if not k:
        return pd.DataFrame([_row("density", 0, len(points), whole)])
    return _frame(
        "density",
        points[~is_noise],
        {k: found[~is_noise].astype("int32")},
        note=[whole],
        row_count=len(points),
    )


def _frame(
    algorithm: str,
    points: FloatArray,
    labels: dict[int, LabelArray],
    *,
    note: list[str],
    row_count: int | None = None,
) -> pd.DataFrame:
    scored = score_partitions(points, labels) if labels else {}
    rows = []
    for (k, one), text in zip(labels.items(), note, strict=True):
        part = scored[k]
        rows.append(
            _row(algorithm, k, row_count or len(points), text)
            | {
                "inertia": _inertia(points, one),
                "silhouette": part.silhouette,
                "silhouette_method": part.silhouette_method,
                "calinski_harabasz": part.calinski_harabasz
                if np.isfinite(part.calinski_harabasz)
                else np.nan,
                "davies_bouldin": part.davies_bouldin,
            }
        )
    return pd.DataFrame(rows)


def _row(algorithm: str, k: int, row_count: int, note: str) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(SCORES)
    row |= dict.fromkeys(("is_elbow", "is_consensus", "is_chosen"), False)
    return row | {
        "algorithm": algorithm,
        "k": k,
        "row_count": row_count,
        "note": note or None,
    }


def _inertia(points: FloatArray, labels: LabelArray) -> float:
    sizes = np.bincount(labels)
    total = 0.0
    for column in points.T:
        means = np.bincount(labels, weights=column) / sizes
        total += float(((column - means[labels]) ** 2).sum())
    return total
