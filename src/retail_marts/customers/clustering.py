"""K-Means of weighted points, with many starts to find the lowest inertia.

Lloyd's algorithm runs for many starts at once, in blocks that fit the processor's
cache. Starts by k-means++ run on all points, or on a weighted sample of a few thousand
points if there are more. The best result is improved by swaps (a centre is removed and
placed elsewhere) until no swap helps, and then fitted to all points.

Sources: k-means++ (Arthur and Vassilvitskii 2007), lightweight coresets (Bachem,
Lucic and Krause 2018), random swap (Fränti 2018).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import config_context
from sklearn.cluster import k_means
from threadpoolctl import ThreadpoolController

from retail_marts.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LabelArray = NDArray[np.int32]

#: Up to this many distinct points, starts use all of them; above, a coreset.
EXPLORED_POINTS = 5_000
#: Number of points of that coreset.
CORESET_POINTS = 2_500
#: Number of points of a larger coreset that decides between the best results.
COMPARED_POINTS = 20_000
#: Up to this many distinct points, starts run longer and more swaps are tried.
THOROUGH_POINTS = 1_000
#: Rounds of swaps without improvement after which the swaps end.
_PATIENCE = 2
#: Number of results on the first coreset that the larger one compares.
_COMPARED = 3
#: Number of further starts on the larger coreset.
_FRESH_STARTS = 6
#: Smallest and largest default number of starts: fewer for more points.
MIN_STARTS, MAX_STARTS = 24, 1_000
#: Iterations end when the inertia falls by less than this share of itself.
_COARSE, _FINE, _LARGE, _EXACT = 1e-3, 1e-5, 1e-7, 1e-12
_MAX_STEPS = 1_000
#: Iterations before all but the best starts end, and the number that continue.
_FEW_STEPS, _KEPT = 20, 4
#: Number of distances in a block, 8 bytes each, which should stay in the cache.
_BLOCK = 65_536


@dataclass(frozen=True)
class KMeansFit:
    """A partition by K-Means.

    Attributes
    ----------
    labels
        Cluster of each row, 0 to k - 1, in the order of the input rows.
    centres
        Weighted mean of each cluster, shape (k, features). Clusters are sorted by the
        first coordinate, then the second, and so on.
    inertia
        Weighted sum of the squared distances of rows to their centres.
    """

    labels: LabelArray
    centres: FloatArray
    inertia: float


@dataclass(frozen=True)
class DistinctPoints:
    """Distinct rows of a set of points; they do not depend on the order of the rows.

    Attributes
    ----------
    points
        Distinct rows in lexical order, shape (distinct, features).
    weights
        Sum of the weights of the equal rows.
    counts
        Number of equal rows.
    inverse
        Position in ``points`` of each input row.
    """

    points: FloatArray
    weights: FloatArray
    counts: IntArray
    inverse: IntArray


def distinct_points(
    points: ArrayLike, weights: ArrayLike | None = None
) -> DistinctPoints:
    """Check points and weights, and combine equal rows.

    Parameters
    ----------
    points
        Numbers, shape (rows, features), at least one row and one feature; no nulls.
    weights
        One per row, at least 0, not all 0; 1 each if not given.

    Raises
    ------
    InputError
        When there is no row or feature, a value is null or infinite, or a weight is
        missing, infinite or negative.
    """
    values = np.ascontiguousarray(points, dtype="float64")
    if values.ndim != 2 or 0 in values.shape:
        raise InputError(
            f"clustering: the points have the shape {values.shape}.",
            remedy="Give a table with at least one row and one feature.",
        )
    if not np.isfinite(values).all():
        raise InputError(
            "clustering: a point has a null or infinite value.",
            remedy="Leave out rows with nulls, or fill them.",
        )
    mass = np.ones(len(values)) if weights is None else np.asarray(weights, "float64")
    if (
        mass.shape != (len(values),)
        or not np.isfinite(mass).all()
        or (mass < 0).any()
        or not mass.any()
    ):
        raise InputError(
            "clustering: the weights are not one number of at least 0 per row, or all "
            "of them are 0.",
            remedy="Give each row a weight of at least 0, and at least one above 0.",
        )
    # Adding 0.0 turns -0.0 into 0.0. Equal rows are sorted by weight, so that sums do
    # not depend on the order of the rows.
    values = values + 0.0
    order = np.lexsort((mass, *values.T[::-1]))
    ordered = values[order]
    is_new = np.ones(len(values), dtype=bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    group = np.cumsum(is_new) - 1
    inverse = np.empty(len(values), dtype="int64")
    inverse[order] = group
    return DistinctPoints(
        points=ordered[is_new],
        weights=np.bincount(group, weights=mass[order]).astype("float64"),
        counts=np.bincount(group),
        inverse=inverse,
    )


class KMeansSearch:
    """Fits K-Means for several k to the same points.

    Parameters
    ----------
    distinct
        The points. Labels of a fit refer to the distinct points.
    starts
        Number of k-means++ starts for each k. When not given, from :data:`MAX_STARTS`
        for a few dozen distinct rows to :data:`MIN_STARTS` for many.
    random_state
        Seed. The order of the rows changes nothing.
    """

    def __init__(
        self,
        distinct: DistinctPoints,
        *,
        starts: int | None = None,
        random_state: int = 0,
    ) -> None:
        mass = distinct.weights
        self._centre = mass @ distinct.points / mass.sum()
        self._points = distinct.points - self._centre
        self._weights = mass
        self._seed = random_state
        self._is_small = len(mass) <= EXPLORED_POINTS
        size = EXPLORED_POINTS if self._is_small else CORESET_POINTS
        self._sample, self._sample_weights = self._reduced(size)
        self._compared, self._compared_weights = self._reduced(COMPARED_POINTS)
        usual = 50_000 // len(self._sample)
        self._starts = starts or min(max(usual, MIN_STARTS), MAX_STARTS)
        self._best: dict[int, FloatArray] = {}

    def _reduced(self, size: int) -> tuple[FloatArray, FloatArray]:
        if len(self._points) <= size:
            return self._points, self._weights
        return coreset(self._points, self._weights, size=size, random_state=self._seed)

    def fit_all(self, k_max: int) -> dict[int, KMeansFit]:
        """The best partitions found into 1 to ``k_max`` clusters.

        The best centres for k, with one added or removed, are starts for k + 1 and
        k - 1.
        """
        with one_blas_thread():
            best: dict[int, FloatArray] = {}
            for k in range(1, k_max + 1):
                best[k] = self._explored(k, before=best.get(k - 1))
            for k in range(k_max - 1, 1, -1):
                begin = np.stack(
                    [np.delete(best[k + 1], place, axis=0) for place in range(k + 1)]
                )
                if self._is_small:
                    begin = np.concatenate([begin, best[k][None]])
                    centres, inertia = lloyd(
                        self._points, self._weights, begin, tolerance=_FINE
                    )
                else:
                    found = lloyd(
                        self._sample, self._sample_weights, begin, tolerance=_FINE
                    )
                    begin = np.concatenate([_different(*found, 2), best[k][None]])
                    centres, inertia = _refined(
                        self._compared, self._compared_weights, begin
                    )
                best[k] = centres[int(np.argmin(inertia))]
            return {k: self._polished(centres) for k, centres in best.items()}

    def _best_of_many(
        self, centres: FloatArray, *, rng: np.random.Generator
    ) -> FloatArray:
        """The best of several results on the larger coreset, improved by swaps.

        The best result on the small coreset need not be the best on more points.
        """
        points, weights = self._compared, self._compared_weights
        # New starts are added, because the results may be much alike.
        others = plus_plus(
            points, weights, k=centres.shape[1], starts=_FRESH_STARTS, rng=rng
        )
        centres, inertia = _refined(points, weights, np.concatenate([centres, others]))
        best: FloatArray = centres[int(np.argmin(inertia))]
        least = float(inertia.min())
        while True:
            fewer = [np.delete(best, place, axis=0) for place in range(len(best))]
            begin = _one_more(points, weights, np.stack(fewer), rng)
            found, reached = _refined(points, weights, begin)
            if reached.min() >= least * (1 - 1e-5):
                break
            best, least = found[int(np.argmin(reached))], float(reached.min())
        return best

    def _polished(self, centres: FloatArray) -> KMeansFit:
        tolerance = _EXACT if self._is_small else _LARGE
        best, _ = polish(self._points, self._weights, centres, tolerance=tolerance)
        best = best[np.lexsort(best.T[::-1])]
        labels, _ = assign(self._points, best)
        exact = self._points - best[labels]
        return KMeansFit(
            labels,
            best + self._centre,
            float(self._weights @ np.einsum("nd,nd->n", exact, exact)),
        )

    def _explored(self, k: int, *, before: FloatArray | None = None) -> FloatArray:
        """The best centres found for k clusters, before the fit to all points.

        ``before`` are the centres for k - 1; None for k = 1.
        """
        rng = np.random.default_rng([self._seed, k])
        points, weights = self._sample, self._sample_weights
        if k > np.count_nonzero(weights):
            # Fewer points with a weight than clusters: allow points without a weight.
            points = self._points
            weights = np.maximum(self._weights, 1e-12 * self._weights.max())
        if k == len(points):
            return points
        begin = plus_plus(points, weights, k=k, starts=self._starts, rng=rng)
        if before is None:
            return lloyd(points, weights, begin[:1])[0].reshape(1, -1)
        known = np.repeat(before[None], max(4, self._starts // 8), axis=0)
        begin = np.concatenate([begin, _one_more(points, weights, known, rng)])
        is_tiny = len(points) <= THOROUGH_POINTS
        coarse = _FINE if is_tiny else _COARSE
        centres, inertia = lloyd(points, weights, begin, tolerance=coarse)
        centres, inertia = lloyd(
            points, weights, _different(centres, inertia, 8), tolerance=_FINE
        )
        centres, inertia = _swapped(
            points,
            weights,
            centres,
            inertia,
            rng=rng,
            trials=6 * k if is_tiny else max(12, 2 * k),
            coarse=coarse,
        )
        if points is not self._points:
            return self._best_of_many(_different(centres, inertia, _COMPARED), rng=rng)
        best: FloatArray = centres[int(np.argmin(inertia))]
        return best


def _refined(
    points: FloatArray, weights: FloatArray, centres: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Lloyd's algorithm from a few starts on many points, by scikit-learn.

    An iteration takes a fraction of the time of :func:`lloyd`, but each call adds
    milliseconds, so :func:`lloyd` is faster for many starts on few points.
    """
    current = centres
    # The points are checked already; scikit-learn would check them in each call.
    with (
        _thread_pools().limit(limits=1),
        config_context(assume_finite=True, skip_parameter_validation=True),
    ):
        for steps in (_FEW_STEPS, _MAX_STEPS):
            found = [
                k_means(
                    points,
                    len(begin),
                    sample_weight=weights,
                    init=begin,
                    n_init=1,
                    max_iter=steps,
                )
                for begin in current
            ]
            order = np.argsort([one[2] for one in found], kind="stable")[:_KEPT]
            current = np.stack([found[place][0] for place in order])
    return current, np.array([found[place][2] for place in order])


def one_blas_thread() -> AbstractContextManager[object]:
    """Limit matrix products to one thread.

    The matrices are small, and distributing them takes longer than multiplying them.
    """
    limited: AbstractContextManager[object] = _thread_pools().limit(
        limits=1, user_api="blas"
    )
    return limited


@cache
def _thread_pools() -> ThreadpoolController:
    """The libraries that start threads; cached, as finding them takes milliseconds."""
    return ThreadpoolController()


def _different(centres: FloatArray, inertia: FloatArray, most: int) -> FloatArray:
    """The best results, at most ``most``; only one of those with equal inertia."""
    order = np.argsort(inertia, kind="stable")
    ranked = inertia[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = ranked[1:] > ranked[:-1] * (1 + 1e-7)
    return centres[order[is_new][:most]]


def coreset(
    points: FloatArray, weights: FloatArray, *, size: int, random_state: int = 0
) -> tuple[FloatArray, FloatArray]:
    """A weighted sample with nearly the inertia of all points, for any centres.

    The chance of a point is the mean of its share of the weight and its share of the
    squared distances from the mean, so that far points are not missed (Bachem, Lucic
    and Krause 2018).

    Parameters
    ----------
    points, weights
        Points relative to their weighted mean, shapes (points, features) and (points,).
    size
        Number of draws. A point that is drawn twice is returned once, with the weight
        of both draws.

    Returns
    -------
    tuple
        Sampled points and their weights, which sum to about the weight of all points.
    """
    distance = weights * np.einsum("nd,nd->n", points, points)
    share = 0.5 * weights / weights.sum()
    share += 0.5 * distance / distance.sum() if distance.any() else share
    # Systematic draws, evenly spread over the ordered points.
    edges = np.cumsum(share)
    offset = np.random.default_rng(random_state).random()
    draws = np.searchsorted(edges, (np.arange(size) + offset) * edges[-1] / size)
    rows, hits = np.unique(np.minimum(draws, len(points) - 1), return_counts=True)
    return points[rows], hits * weights[rows] / (size * share[rows] / edges[-1])


def plus_plus(
    points: FloatArray,
    weights: FloatArray,
    *,
    k: int,
    starts: int,
    rng: np.random.Generator,
) -> FloatArray:
    """First centres by k-means++, shape (starts, k, features).

    ``weights`` is one row for all starts, or one row per start.
    """
    centres = np.empty((starts, k, points.shape[1]))
    mass = np.broadcast_to(weights, (starts, len(points)))
    closest = np.ones((starts, len(points)))
    squares = np.einsum("nd,nd->n", points, points)
    for place in range(k):
        chosen = points[_drawn(mass * closest, rng)]
        centres[:, place] = chosen
        distance = squares - 2 * chosen @ points.T
        distance += np.einsum("sd,sd->s", chosen, chosen)[:, None]
        np.maximum(distance, 0, out=distance)
        closest = distance if place == 0 else np.minimum(closest, distance)
    return centres


def _drawn(mass: FloatArray, rng: np.random.Generator) -> IntArray:
    """One column index per row, drawn in proportion to the values."""
    edges = np.cumsum(mass, axis=1)
    drawn = rng.random(len(mass)) * edges[:, -1]
    return np.array(
        [
            min(int(np.searchsorted(row, value, side="right")), len(row) - 1)
            for row, value in zip(edges, drawn, strict=True)
        ]
    )


def _one_more(
    points: FloatArray,
    weights: FloatArray,
    centres: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Add a centre to each set of centres, more likely a point far from all others."""
    closest = np.stack([assign(points, each)[1] for each in centres])
    added = points[_drawn(weights * closest, rng)]
    return np.concatenate([centres, added[:, None]], axis=1)


def _swapped(
    points: FloatArray,
    weights: FloatArray,
    centres: FloatArray,
    inertia: FloatArray,
    *,
    rng: np.random.Generator,
    trials: int,
    coarse: float,
) -> tuple[FloatArray, FloatArray]:
    """Improve the best result by removing a centre and placing it elsewhere."""
    k = centres.shape[1]
    misses = 0
    while misses < _PATIENCE:
        best = int(np.argmin(inertia))
        others = [
            np.delete(centres[best], place % k, axis=0) for place in range(trials)
        ]
        begin = _one_more(points, weights, np.stack(others), rng)
        found, reached = lloyd(points, weights, begin, tolerance=coarse)
        found, reached = lloyd(
            points, weights, _different(found, reached, 3), tolerance=_FINE
        )
        is_better = reached.min() < inertia[best] * (1 - 1e-7)
        misses = 0 if is_better else misses + 1
        centres = np.concatenate([centres, found])
        inertia = np.concatenate([inertia, reached])
    return centres, inertia


def lloyd(
    points: FloatArray,
    weights: FloatArray,
    centres: FloatArray,
    *,
    tolerance: float = _EXACT,
) -> tuple[FloatArray, FloatArray]:
    """Lloyd's algorithm from many starts at once.

    Parameters
    ----------
    points
        Points relative to their mean (for precision), shape (points, features).
    weights
        One per point, or one per start and point.
    centres
        First centres, shape (starts, k, features). A centre that loses all its points
        is moved to the point that is farthest from its centre.
    tolerance
        A start ends when its inertia falls by less than this share of itself.

    Returns
    -------
    tuple
        Centres, shape (starts, k, features), and the inertia of each start.
    """
    current = centres.copy()
    inertia = np.full(len(current), np.inf)
    squares = np.einsum("nd,nd->n", points, points)
    terms = np.concatenate(
        [points.T * weights[..., None, :], weights[..., None, :]], axis=-2
    )
    base = (weights * squares).sum(axis=-1)
    own = weights.ndim == 2
    active = np.arange(len(current))
    for _ in range(_MAX_STEPS):
        some = current[active]
        mass = weights[active] if own else weights
        sums, masses, part = _step(points, mass, terms[active] if own else terms, some)
        # Rounding can give a sum below 0, for which the test below would never end.
        reached = np.maximum(part + (base[active] if own else base), 0)
        masses_there = masses > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            moved = np.where(masses_there[..., None], sums / masses[..., None], some)
        for start in np.flatnonzero(~masses_there.all(axis=1)):
            _refill(points, mass[start] if own else mass, moved, masses, int(start))
        falls = reached < inertia[active] * (1 - tolerance)
        falls |= ~masses_there.all(axis=1) & (reached < inertia[active])
        inertia[active] = np.minimum(reached, inertia[active])
        current[active[falls]] = moved[falls]
        active = active[falls]
        if not len(active):
            break
    return current, np.maximum(inertia, 0)


def polish(
    points: FloatArray,
    weights: FloatArray,
    centres: FloatArray,
    *,
    tolerance: float = _LARGE,
) -> tuple[FloatArray, float]:
    """Lloyd's algorithm from nearly final centres, for many points.

    Bounds on the distances show which points cannot change their cluster (Hamerly
    2010), so an iteration computes distances of few points only.

    Parameters
    ----------
    points, weights
        As for :func:`lloyd`, with one weight per point.
    centres
        First centres, shape (k, features).
    tolerance
        Iterations end when moving the centres gains less than this share of the
        inertia.

    Returns
    -------
    tuple
        Centres, shape (k, features), and the inertia.
    """
    started, inertia = lloyd(points, weights, centres[None], tolerance=_COARSE)
    current, k = started[0], len(centres)
    if k == 1:
        return current, float(inertia[0])
    scaled = points * weights[:, None]
    labels, upper, lower = _two_nearest(points, current)
    sums, masses = _sums(labels, scaled, weights, k)
    for _ in range(_MAX_STEPS):
        if (masses <= 0).any():
            break
        moved = sums / masses[:, None]
        shift = np.sqrt(((moved - current) ** 2).sum(axis=1))
        current = moved
        if masses @ shift**2 <= tolerance * inertia[0]:
            break
        upper += shift[labels]
        lower -= shift.max()
        between = np.sqrt(((current[:, None] - current) ** 2).sum(axis=2))
        np.fill_diagonal(between, np.inf)
        bound = np.maximum(0.5 * between.min(axis=1)[labels], lower)
        rows = np.flatnonzero(upper > bound)
        near = points[rows] - current[labels[rows]]
        upper[rows] = np.sqrt(np.einsum("nd,nd->n", near, near))
        rows = rows[upper[rows] > bound[rows]]
        found, upper[rows], lower[rows] = _two_nearest(points[rows], current)
        changes = found != labels[rows]
        rows, found = rows[changes], found[changes]
        for sign, cells in ((-1.0, labels[rows]), (1.0, found)):
            part, mass = _sums(cells, scaled[rows], weights[rows], k)
            sums += sign * part
            masses += sign * mass
        labels[rows] = found
    # Once more with new sums, because those above add up the rounding of each change.
    last, inertia = lloyd(points, weights, current[None], tolerance=tolerance)
    return last[0], float(inertia[0])


def _sums(
    labels: NDArray[np.int32], scaled: FloatArray, weights: FloatArray, k: int
) -> tuple[FloatArray, FloatArray]:
    """Weighted sum of the points and total weight of each cluster."""
    columns = (*scaled.T, weights)
    sums = np.empty((k, len(columns)))
    for place, column in enumerate(columns):
        sums[:, place] = np.bincount(labels, weights=column, minlength=k)
    return sums[:, :-1], sums[:, -1]


def _two_nearest(
    points: FloatArray, centres: FloatArray
) -> tuple[LabelArray, FloatArray, FloatArray]:
    """Nearest centre of each point, the distance to it and to the second nearest."""
    labels = np.empty(len(points), dtype="int32")
    distances = np.empty((2, len(points)))
    squares = np.einsum("nd,nd->n", points, points)
    constant = np.einsum("kd,kd->k", centres, centres)[:, None]
    size = max(256, _BLOCK // len(centres))
    for begin in range(0, len(points), size):
        here = slice(begin, begin + size)
        distance = -2.0 * centres @ points[here].T + constant
        label, best = _nearest(distance[None])
        labels[here] = label[0]
        distances[0, here] = best[0]
        distance[label[0], np.arange(distance.shape[1])] = np.inf
        distances[1, here] = distance.min(axis=0)
    upper, lower = np.sqrt(np.maximum(distances + squares, 0))
    return labels, upper, lower


def _refill(
    points: FloatArray,
    weights: FloatArray,
    moved: FloatArray,
    masses: FloatArray,
    start: int,
) -> None:
    """Move the empty centres of a start to the points farthest from their centres."""
    empty = np.flatnonzero(masses[start] <= 0)
    _, distance = assign(points, moved[start][masses[start] > 0])
    worst = np.argsort(-weights * distance, kind="stable")[: len(empty)]
    moved[start, empty[: len(worst)]] = points[worst]


def _step(
    points: FloatArray, weights: FloatArray, terms: FloatArray, centres: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted sums and weights of the clusters of each start, and its inertia.

    The inertia is returned without the weighted squares of the points, which are the
    same for all starts. ``terms`` are the weighted points and, in the last row, the
    weights: shape (features + 1, points), or one such table per start.
    """
    starts, k, features = centres.shape
    totals = np.zeros((starts, k, features + 1))
    inertia = np.zeros(starts)
    flat = -2.0 * centres.reshape(-1, features)
    constant = np.einsum("skd,skd->sk", centres, centres)[..., None]
    columns = np.ascontiguousarray(points.T)
    size = max(256, _BLOCK // (starts * k))
    own = weights.ndim == 2
    for begin in range(0, len(points), size):
        here = slice(begin, begin + size)
        distance = (flat @ columns[:, here]).reshape(starts, k, -1)
        distance += constant
        best = distance.min(axis=1)
        inertia += (best * weights[..., here]).sum(axis=1)
        is_own = distance == best[:, None]
        if np.count_nonzero(is_own) > best.size:
            # Of several nearest centres, the first gets the point.
            is_own &= np.cumsum(is_own, axis=1, dtype=np.int32) == 1
        # A product with ones and zeros is many times faster than sums by label.
        members = is_own.astype("float64")
        if own:
            totals += members @ terms[..., here].transpose(0, 2, 1)
        else:
            totals += (members.reshape(starts * k, -1) @ terms[:, here].T).reshape(
                totals.shape
            )
    return totals[..., :-1], totals[..., -1], inertia


def _nearest(distance: FloatArray) -> tuple[IntArray, FloatArray]:
    """First position and value of the minimum along the middle axis.

    numpy's argmin along such an axis takes four times as long.
    """
    k = distance.shape[1]
    best = distance.min(axis=1)
    small = np.int8 if k < 128 else np.int32
    is_best = (distance == best[:, None]).astype(small, copy=False)
    is_best *= np.arange(k, 0, -1, dtype=small)[:, None]
    return k - is_best.max(axis=1).astype("int64"), best


def assign(points: FloatArray, centres: FloatArray) -> tuple[LabelArray, FloatArray]:
    """Nearest centre of each point, and the squared distance to it."""
    labels = np.empty(len(points), dtype="int32")
    squared = np.einsum("nd,nd->n", points, points)
    constant = np.einsum("kd,kd->k", centres, centres)[:, None]
    size = max(256, _BLOCK // len(centres))
    for begin in range(0, len(points), size):
        here = slice(begin, begin + size)
        distance = -2.0 * centres @ points[here].T + constant
        label, best = _nearest(distance[None])
        labels[here] = label[0]
        squared[here] += best[0]
    return labels, np.maximum(squared, 0)
