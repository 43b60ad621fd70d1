"""Choose the number of clusters: distinct groups, or else the elbow.

distinct groups
    Groups with a valley between them, see :mod:`distinct_groups`. If there are three or
    more, their number is chosen.
elbow
    Otherwise, the k at which the inertia of 1 to 12 clusters bends most (kneedle:
    Satopää et al. 2011), but at least 3 and at most 6. A continuum has no right
    number of clusters; this one is practical and changes least between samples.

The choice is never above ``k_max`` or the square root of the number of rows, so that on
average a cluster has at least as many rows as there are clusters.

Other criteria are shown for information. Each ranks all k from 2 to that square root;
the consensus is the k with the lowest mean rank, the smallest k if several are equal.

silhouette
    Rousseeuw 1987. Above a number of rows, distances to centres are used instead of
    distances between rows (Vendramin, Campello and Hruschka 2010). Higher is better.
Calinski-Harabasz, Davies-Bouldin
    Calinski and Harabasz 1974, higher is better; Davies and Bouldin 1979, lower is
    better.
stability
    Adjusted Rand index (Hubert and Arabie 1985) of the partitions of pairs of bootstrap
    samples (von Luxburg 2010). Higher is better.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retail_marts.customers.clustering import (
    DistinctPoints,
    FloatArray,
    KMeansFit,
    KMeansSearch,
    LabelArray,
    assign,
    distinct_points,
    lloyd,
    one_blas_thread,
    plus_plus,
)
from retail_marts.customers.distinct_groups import LEAST_ROWS, count_distinct_groups
from retail_marts.errors import InputError
from retail_marts.frames import Schema, conform
from retail_marts.progress import OnShare, unwatched
from retail_marts.settings.customers import EXACT_SILHOUETTE_ROWS, K_LIMIT

#: Pairs of bootstrap samples, rows of each, and starts on each.
STABILITY_PAIRS, STABILITY_ROWS, _STABILITY_STARTS = 10, 2_000, 4

#: The elbow depends on the range of k, so the range is always the same.
ELBOW_RANGE = 12
#: A number of clusters that people can work with, where the data do not decide.
FEWEST, MOST = 3, 6

#: Shares of the work that the fits and their scores take, roughly.
_FIT_SHARE, _SCORE_SHARE = 0.4, 0.3

#: One row per number of clusters.
SCORES: Schema = {
    "k": "int64",
    "inertia": "float64",
    "elbow_strength": "float64",
    "silhouette": "float64",
    "silhouette_method": "string",
    "calinski_harabasz": "float64",
    "davies_bouldin": "float64",
    "stability": "float64",
    "distinct_groups": "Int64",
    "mean_rank": "float64",
    "is_elbow": "bool",
    "is_consensus": "bool",
    "is_chosen": "bool",
}

#: Criterion to whether higher is better.
CRITERIA = {
    "elbow_strength": True,
    "silhouette": True,
    "calinski_harabasz": True,
    "davies_bouldin": False,
    "stability": True,
}


@dataclass(frozen=True)
class Partition:
    """The scores of one partition.

    Attributes
    ----------
    silhouette, calinski_harabasz, davies_bouldin
        Criteria; null for a single cluster. Calinski-Harabasz is infinite if every row
        is equal to its centre.
    silhouettes
        One per row, -1 to 1; 0 for the only row of a cluster.
    silhouette_method
        ``exact`` (all pairs) or ``simplified`` (distances to centres).
    """

    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float
    silhouettes: FloatArray
    silhouette_method: str


@dataclass(frozen=True)
class Selection:
    """Scores of each k, and the chosen partition.

    Attributes
    ----------
    scores
        One row per k (:data:`SCORES`).
    k
        The chosen number of clusters: the pinned one, or the distinct groups or elbow.
    fit
        The partition into ``k`` clusters.
    silhouettes
        Silhouette of each row in that partition; null where k is 1.
    note
        What the data say about ``k``, in words.
    """

    scores: pd.DataFrame
    k: int
    fit: KMeansFit
    silhouettes: FloatArray
    note: str


def choose_k(
    points: ArrayLike,
    *,
    k_max: int = 12,
    k: int | None = None,
    weights: ArrayLike | None = None,
    starts: int | None = None,
    exact_silhouette_rows: int = EXACT_SILHOUETTE_ROWS,
    stability_pairs: int = STABILITY_PAIRS,
    random_state: int = 0,
    on_share: OnShare = unwatched,
) -> Selection:
    """Fit K-Means with 1 to ``k_max`` clusters, score each, and choose.

    Parameters
    ----------
    points
        Numbers, shape (rows, features), already scaled; no nulls.
    k_max
        Largest number of clusters to choose; limited to the number of distinct rows.
        :data:`ELBOW_RANGE` clusters are tried even if it is smaller.
    k
        Pins the number of clusters; it is scored even above ``k_max``. With fewer
        distinct rows than ``k``, their number is used and ``note`` says so.
    weights
        One per row, at least 0; 1 each if not given.
    starts
        As for :class:`clustering.KMeansSearch`.
    exact_silhouette_rows
        Up to this many rows, the silhouette uses the distances of all pairs of rows.
    stability_pairs
        Number of pairs of bootstrap samples; with 0 there is no stability.
    random_state
        Seed. The order of the rows changes nothing.
    on_share
        Is told which share of the work is done.

    Returns
    -------
    Selection

    Raises
    ------
    InputError
        When ``k`` or ``k_max`` is not a whole number from 1 to :data:`K_LIMIT`.
    """
    for name, count in (("k_max", k_max), ("k", 1 if k is None else k)):
        _check_cluster_count(count, name=name)
    distinct = distinct_points(points, weights)
    possible = len(distinct.points)
    # A pinned number needs no elbow.
    tried = min(max(k_max, k or ELBOW_RANGE), possible)
    search = KMeansSearch(distinct, starts=starts, random_state=random_state)
    fits = search.fit_all(tried)
    on_share(_FIT_SHARE)
    partitions = _scored(
        distinct,
        {each: fit.labels for each, fit in fits.items()},
        exact_rows=exact_silhouette_rows,
    )
    on_share(_SCORE_SHARE)
    stability = _stability(
        distinct,
        k_max=tried,
        pairs=stability_pairs,
        random_state=random_state,
        on_share=on_share,
    )
    rows = len(distinct.inverse)
    groups = None
    if rows >= LEAST_ROWS:
        mass = distinct.weights * (rows / distinct.weights.sum())
        groups = count_distinct_groups(distinct.points, mass, fits)
    scores = _criteria(fits, partitions, stability).assign(distinct_groups=groups)
    root = max(2, math.isqrt(rows))
    scores["mean_rank"] = mean_rank(scores.loc[scores["k"] <= root])
    strength = scores["elbow_strength"]
    elbow = int(strength.argmax()) + 1 if strength.notna().any() else None
    ranked = scores.loc[scores["mean_rank"].notna()]
    consensus = _first_best(ranked["mean_rank"], ranked["k"])
    most = min(k_max, root, possible)
    chosen = min(k or _natural_k(groups, elbow), most if k is None else possible)
    scores["is_elbow"] = scores["k"] == elbow
    scores["is_consensus"] = scores["k"] == consensus
    scores["is_chosen"] = scores["k"] == chosen
    # Some clients cannot read infinity.
    scores["calinski_harabasz"] = scores["calinski_harabasz"].replace(np.inf, np.nan)
    fit = fits[chosen]
    return Selection(
        scores=conform(scores, SCORES),
        k=chosen,
        fit=KMeansFit(fit.labels[distinct.inverse], fit.centres, fit.inertia),
        silhouettes=partitions[chosen].silhouettes[distinct.inverse],
        note=_note(k, chosen, groups, possible),
    )


def _natural_k(groups: int | None, elbow: int | None) -> int:
    """The number of distinct groups if there are several, else the elbow."""
    if groups is not None and groups >= FEWEST:
        return groups
    return min(max(elbow or FEWEST, FEWEST), MOST)


def _note(pinned: int | None, chosen: int, groups: int | None, possible: int) -> str:
    """What the data say about the chosen number of clusters."""
    if pinned is not None and pinned > possible:
        return (
            f"pinned to {pinned} clusters, but there are only {possible} distinct rows"
        )
    if possible == 1:
        return ""
    if groups is None:
        found = f"fewer than {LEAST_ROWS} rows: too few to tell distinct groups"
    elif groups == 1:
        found = (
            "no distinct groups: the segments cut a continuum, other numbers are as "
            "good"
        )
    else:
        found = f"{groups} distinct groups"
        if chosen != groups:
            found += ", divided further" if chosen > groups else ", some are combined"
    return found if pinned is None else f"number set by you; {found}"


def _criteria(
    fits: Mapping[int, KMeansFit],
    partitions: Mapping[int, Partition],
    stability: Mapping[int, float],
) -> pd.DataFrame:
    """One row per k, with inertia and criteria."""
    inertia = [fit.inertia for fit in fits.values()]
    strength = pd.Series(elbow_strength(inertia[:ELBOW_RANGE]))
    return pd.DataFrame(
        {
            "k": list(fits),
            "inertia": inertia,
            "elbow_strength": strength.reindex(range(len(inertia))),
            **{
                name: [getattr(partitions[k], name) for k in fits]
                for name in (
                    *("silhouette", "silhouette_method"),
                    *("calinski_harabasz", "davies_bouldin"),
                )
            },
            "stability": [stability.get(k, np.nan) for k in fits],
        }
    )


def _check_cluster_count(count: object, *, name: str) -> None:
    if (
        isinstance(count, bool)
        or not isinstance(count, int | np.integer)
        or not 1 <= count <= K_LIMIT
    ):
        raise InputError(
            f"clustering: {name} is {count!r}, not a number of clusters.",
            remedy=f"Set {name} to a whole number from 1 to {K_LIMIT}.",
        )


def _first_best(ranks: pd.Series, k: pd.Series) -> int:
    """The first k with the lowest rank; 1 without ranks."""
    return int(k.to_numpy()[ranks.to_numpy().argmin()]) if len(ranks) else 1


def mean_rank(scores: pd.DataFrame) -> pd.Series:
    """Mean rank of each row over the criteria; null for a row with k = 1.

    Parameters
    ----------
    scores
        One row per k to choose from, with ``k`` and the columns of :data:`CRITERIA`. A
        criterion that is null in all rows is ignored.
    """
    several = scores.loc[scores["k"] > 1]
    ranks = [
        several[name].round(12).rank(ascending=not is_high, na_option="bottom")
        for name, is_high in CRITERIA.items()
        if several[name].notna().any()
    ]
    if not ranks:
        return pd.Series(np.nan, index=scores.index)
    return pd.concat(ranks, axis=1).mean(axis=1).round(12).reindex(scores.index)


def elbow_strength(inertia: ArrayLike) -> FloatArray:
    """How far each point of a falling curve is below the line between its ends.

    Both axes are scaled to 0 to 1. The elbow is the point with the highest value. This
    is the difference curve of kneedle (Satopää, Albrecht, Irwin and Raghavan 2011,
    "Finding a 'kneedle' in a haystack").

    Parameters
    ----------
    inertia
        Values of consecutive k.

    Returns
    -------
    numpy.ndarray
        One value per k; null for fewer than three values or a curve that does not fall.
    """
    values = np.asarray(inertia, dtype="float64")
    span = values[0] - values[-1] if len(values) else 0.0
    if len(values) < 3 or span <= 0:
        return np.full(len(values), np.nan)
    strength: FloatArray = (values[0] - values) / span - np.linspace(0, 1, len(values))
    return strength


def score_partitions(
    points: ArrayLike,
    labels: Mapping[int, NDArray[np.integer]],
    *,
    exact_silhouette_rows: int = EXACT_SILHOUETTE_ROWS,
) -> dict[int, Partition]:
    """Score partitions of the same points by any algorithm.

    Parameters
    ----------
    points
        Numbers, shape (rows, features), already scaled; no nulls.
    labels
        Any key to the cluster of each row: 0, 1, 2 ... without gaps. Equal rows may be
        in different clusters.
    exact_silhouette_rows
        Up to this many rows, the silhouette uses the distances of all pairs of rows,
        which are computed once for all partitions.

    Returns
    -------
    dict
        Key to :class:`Partition`.
    """
    groups = {key: np.asarray(one, dtype="int32") for key, one in labels.items()}
    distinct = distinct_points(points)
    first = np.unique(distinct.inverse, return_index=True)[1]
    # Equal rows are combined only if they share their cluster in all partitions.
    if any((one[first][distinct.inverse] != one).any() for one in groups.values()):
        values = np.asarray(points, dtype="float64")
        rows = np.arange(len(values))
        distinct = DistinctPoints(
            points=values,
            weights=np.ones(len(values)),
            counts=np.ones(len(values), dtype="int64"),
            inverse=rows,
        )
        first = rows
    found = _scored(
        distinct,
        {key: one[first] for key, one in groups.items()},
        exact_rows=exact_silhouette_rows,
    )
    return {
        key: replace(one, silhouettes=one.silhouettes[distinct.inverse])
        for key, one in found.items()
    }


def _scored(
    distinct: DistinctPoints, labels: Mapping[int, LabelArray], *, exact_rows: int
) -> dict[int, Partition]:
    """Scores of partitions of distinct points; weights act as numbers of rows."""
    rows = int(distinct.counts.sum())
    # Weights are scaled to add up to the number of rows, so their unit does not matter.
    mass = distinct.weights * (rows / distinct.weights.sum())
    points = distinct.points - mass @ distinct.points / rows
    method = "exact" if rows <= exact_rows else "simplified"
    several = {key: one for key, one in labels.items() if one.max() > 0}
    with one_blas_thread():
        exact = (
            _exact_silhouettes(points, mass, mass / distinct.counts, several)
            if method == "exact"
            else {}
        )
    found = {}
    for key, one in labels.items():
        if key not in several:
            nothing = np.full(len(points), np.nan)
            found[key] = Partition(np.nan, np.nan, np.nan, nothing, method)
            continue
        with one_blas_thread():
            centres, harabasz, bouldin = _spread(points, mass, one, rows)
            silhouettes = (
                exact[key] if key in exact else _simplified(points, one, centres)
            )
        found[key] = Partition(
            float(mass @ silhouettes / rows), harabasz, bouldin, silhouettes, method
        )
    return found


def _spread(
    points: FloatArray, mass: FloatArray, labels: LabelArray, rows: int
) -> tuple[FloatArray, float, float]:
    """Centres, Calinski-Harabasz and Davies-Bouldin of points with mean 0."""
    k = int(labels.max()) + 1
    sizes = np.bincount(labels, weights=mass, minlength=k)
    safe = np.where(sizes > 0, sizes, 1.0)
    centres = (
        np.stack(
            [np.bincount(labels, weights=mass * x, minlength=k) for x in points.T],
            axis=1,
        )
        / safe[:, None]
    )
    off = points - centres[labels]
    squared = np.einsum("nd,nd->n", off, off)
    within = float(mass @ squared)
    between = float(sizes @ np.einsum("kd,kd->k", centres, centres))
    if rows <= k:
        harabasz = np.nan
    elif within <= 1e-12 * between:
        harabasz = np.inf
    else:
        harabasz = between / (k - 1) / (within / (rows - k))
    width = np.bincount(labels, weights=mass * np.sqrt(squared), minlength=k) / safe
    apart = np.sqrt(((centres[:, None] - centres) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num((width[:, None] + width) / apart, posinf=np.inf)
    return centres, harabasz, float(ratio.max(axis=1).mean())


def _simplified(
    points: FloatArray, labels: LabelArray, centres: FloatArray
) -> FloatArray:
    """Silhouettes from the distances to the own and the nearest other centre."""
    result = np.empty(len(points))
    constant = np.einsum("kd,kd->k", centres, centres)
    size = 65_536
    for begin in range(0, len(points), size):
        here = slice(begin, begin + size)
        part, own = points[here], labels[here]
        squares = np.einsum("nd,nd->n", part, part)[:, None]
        distance = np.sqrt(np.maximum(squares - 2 * part @ centres.T + constant, 0))
        place = np.arange(len(part))
        inside = distance[place, own]
        distance[place, own] = np.inf
        outside = distance.min(axis=1)
        larger = np.maximum(inside, outside)
        result[here] = np.where(larger > 0, outside - inside, 0) / np.where(
            larger > 0, larger, 1
        )
    return result


def _exact_silhouettes(
    points: FloatArray,
    mass: FloatArray,
    itself: FloatArray,
    labels: Mapping[int, LabelArray],
) -> dict[int, FloatArray]:
    """Silhouettes of several partitions from one pass over all pairs of rows.

    ``itself`` is the weight of a single row of each point, which does not count in the
    mean distance to its own cluster.
    """
    count = len(points)
    sizes = {key: int(one.max()) + 1 for key, one in labels.items()}
    members = np.zeros((count, sum(sizes.values())))
    offsets = dict(
        zip(sizes, np.cumsum([0, *sizes.values()])[:-1].tolist(), strict=True)
    )
    place = np.arange(count)
    for key, one in labels.items():
        members[place, offsets[key] + one] = mass
    totals = members.sum(axis=0)
    result = {key: np.zeros(count) for key in labels}
    squares = np.einsum("nd,nd->n", points, points)
    columns = np.ascontiguousarray(points.T)
    # Half a million distances at a time, so that they stay in the cache.
    size = max(16, 500_000 // max(count, 1))
    for begin in range(0, count, size):
        here = slice(begin, min(begin + size, count))
        rows = np.arange(here.start, here.stop)
        distance = -2 * points[here] @ columns
        distance += squares
        distance += squares[here, None]
        np.maximum(distance, 0, out=distance)
        np.sqrt(distance, out=distance)
        distance[rows - begin, rows] = 0
        sums = distance @ members
        for key, one in labels.items():
            cells = slice(offsets[key], offsets[key] + sizes[key])
            result[key][here] = _silhouette(
                sums[:, cells], totals[cells], one[here], itself[here]
            )
    return result


def _silhouette(
    sums: FloatArray, totals: FloatArray, own: LabelArray, itself: FloatArray
) -> FloatArray:
    place = np.arange(len(sums))
    others = totals[own] - itself
    alone = others <= 1e-9 * totals[own]
    inside = sums[place, own] / np.where(alone, 1, others)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(totals > 0, sums / totals, np.inf)
    means[place, own] = np.inf
    outside = means.min(axis=1)
    larger = np.maximum(inside, outside)
    values: FloatArray = np.where(
        alone | (larger <= 0), 0, (outside - inside) / np.where(larger > 0, larger, 1)
    )
    return values


def _stability(
    distinct: DistinctPoints,
    *,
    k_max: int,
    pairs: int,
    random_state: int,
    on_share: OnShare,
) -> dict[int, float]:
    """Mean agreement of the partitions of pairs of bootstrap samples, for k from 2.

    Both partitions of a pair label all rows by their nearest centres. With more than
    :data:`STABILITY_ROWS` rows, the samples have that many rows, drawn by weight.
    """
    if pairs < 1 or k_max < 2:
        return {}
    rng = np.random.default_rng([random_state, 0])
    rows = min(int(distinct.counts.sum()), STABILITY_ROWS)
    share = distinct.weights / distinct.weights.sum()
    points = distinct.points - share @ distinct.points
    is_draw = len(points) > STABILITY_ROWS
    if is_draw:
        edges = np.cumsum(share)
        draws = (np.arange(rows) + rng.random()) * edges[-1] / rows
        drawn, hits = np.unique(
            np.minimum(np.searchsorted(edges, draws), len(points) - 1),
            return_counts=True,
        )
        points, share = points[drawn], hits / rows
    samples = rng.multinomial(rows, share, size=2 * pairs).astype("float64")
    result = {}
    tried = range(2, min(k_max, len(points)) + 1)
    with one_blas_thread():
        for k in tried:
            on_share((1.0 - _FIT_SHARE - _SCORE_SHARE) / len(tried))
            repeated = np.repeat(samples, _STABILITY_STARTS, axis=0)
            begin = plus_plus(points, repeated, k=k, starts=len(repeated), rng=rng)
            # With many rows, only the best start of each sample runs to the end.
            coarse = 1e-2 if is_draw else 1e-4
            centres, inertia = lloyd(points, repeated, begin, tolerance=coarse)
            best = inertia.reshape(2 * pairs, -1).argmin(axis=1)
            chosen = centres[np.arange(2 * pairs) * _STABILITY_STARTS + best]
            if is_draw:
                chosen, _ = lloyd(points, samples, chosen, tolerance=1e-4)
            found = [assign(points, each)[0] for each in chosen]
            result[k] = float(
                np.mean(
                    [
                        adjusted_rand(
                            found[2 * p], found[2 * p + 1], weights=share * rows
                        )
                        for p in range(pairs)
                    ]
                )
            )
    return result


def adjusted_rand(
    one: NDArray[np.integer],
    other: NDArray[np.integer],
    *,
    weights: FloatArray | None = None,
) -> float:
    """Adjusted Rand index of two partitions of the same rows (Hubert and Arabie 1985).

    Parameters
    ----------
    one, other
        Cluster of each row, 0 and up.
    weights
        Number of rows that each row represents; 1 each if not given.

    Returns
    -------
    float
        1 for equal partitions, about 0 for independent ones.
    """
    wide = int(other.max()) + 1
    cells = np.bincount(
        one.astype("int64") * wide + other,
        weights=weights,
        minlength=(int(one.max()) + 1) * wide,
    ).reshape(-1, wide)

    def pairs(counts: NDArray[Any]) -> float:
        # A weight below 1 has no pairs.
        return float((counts * np.maximum(counts - 1, 0)).sum() / 2)

    both, first, second = pairs(cells), pairs(cells.sum(1)), pairs(cells.sum(0))
    total = pairs(np.atleast_1d(cells.sum()))
    expected = first * second / total if total else 0.0
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)
