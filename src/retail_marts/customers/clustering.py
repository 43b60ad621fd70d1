"""K-Means of weighted points, with enough starts that the optimum is the optimum.

Lloyd's steps run over many starts at once, in blocks that fit the processor's cache.
Many starts by k-means++ are refined on all points, or on a weighted sample of a few
thousand where there are more; the best is improved by swaps (a centre is taken away
and put elsewhere) until none helps, and the best few are polished on all points.

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

#: Up to so many distinct points every start sees all of them; beyond, a coreset.
EXPLORED_POINTS = 5_000
#: Points of that coreset.
CORESET_POINTS = 2_500
#: Points of the coreset that decides between the best of the first one.
COMPARED_POINTS = 20_000
#: Up to so many distinct points no start is given up early, and more swaps are tried.
THOROUGH_POINTS = 1_000
#: Rounds of swaps without a better result before they end.
_PATIENCE = 2
#: Results on the coreset that are compared on more points.
_COMPARED = 3
#: Further starts on these points.
_FRESH_STARTS = 6
#: Least and most starts when the caller names no number: fewer for more points.
MIN_STARTS, MAX_STARTS = 24, 1_000
#: Steps end when the inertia falls by less than this share of itself.
_COARSE, _FINE, _LARGE, _EXACT = 1e-3, 1e-5, 1e-7, 1e-12
_MAX_STEPS = 1_000
#: Steps after which the better starts are known, and how many of them go on.
_FEW_STEPS, _KEPT = 20, 4
#: Elements of a block of distances: 8 bytes each, and they should stay in the cache.
_BLOCK = 65_536


@dataclass(frozen=True)
class KMeansFit:
    """A partition by K-Means.

    Attributes
    ----------
    labels
        Cluster of each row, 0 to k - 1, in the order that the rows were given.
    centres
        Weighted mean of each cluster, (k, features); clusters by rising first
        coordinate, then second and so on.
    inertia
        Weighted sum of the squared distances of rows to their centres.
    """

    labels: LabelArray
    centres: FloatArray
    inertia: float


@dataclass(frozen=True)
class DistinctPoints:
    """The different rows of a set of points, in an order that knows no row order.

    Attributes
    ----------
    points
        Different rows in lexical order, (distinct, features).
    weights
        Sum of the weights of the rows that are equal.
    counts
        Number of rows that are equal.
    inverse
        Position in ``points`` of each row that was given.
    """

    points: FloatArray
    weights: FloatArray
    counts: IntArray
    inverse: IntArray


def distinct_points(
    points: ArrayLike, weights: ArrayLike | None = None
) -> DistinctPoints:
    """Check points and weights, and put equal rows together.

    Parameters
    ----------
    points
        Numbers, (rows, features), at least one row and one feature; no nulls.
    weights
        One a row, not below zero, not all zero; 1 each when not given.

    Raises
    ------
    InputError
        When a value or weight is missing, infinite or negative, or none is there.
    """
    values = np.ascontiguousarray(points, dtype="float64")
    if values.ndim != 2 or 0 in values.shape:
        raise InputError(
            f"clustering: the points have the shape {values.shape}.",
            remedy="Give at least one row and one feature.",
        )
    if not np.isfinite(values).all():
        raise InputError(
            "clustering: a point holds a null or infinite value.",
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
            "clustering: the weights are not one number of at least 0 a row.",
            remedy="Give each row a weight of at least 0, and not 0 to all.",
        )
    # -0.0 and 0.0 are one value; the weight last, so that sums do not know the order.
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
    """Fits of rising k on the same points; what is best for k helps k + 1.

    Parameters
    ----------
    distinct
        The points; labels of a fit are those of its rows.
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
        """The best partitions into 1 to ``k_max`` clusters.

        What is best for k, with a centre more or less, is a start for its neighbours.
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
        """The best of several centres on the coreset that compares, after swaps.

        What is best on the small coreset need not be so on more points.
        """
        points, weights = self._compared, self._compared_weights
        # Fresh starts besides: those that the coreset liked may be much the same.
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
        """Centres for k clusters, the best on the coreset that compares."""
        rng = np.random.default_rng([self._seed, k])
        points, weights = self._sample, self._sample_weights
        if k > np.count_nonzero(weights):
            # More clusters than points of any weight: the others get a centre, too.
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
    """Lloyd's steps from a few starts on many points, by scikit-learn.

    Its steps take a fraction of the time of :func:`lloyd`, but each call its
    milliseconds, so few points from many starts are better off there.
    """
    current = centres
    # Checked once by us, the points are not to be checked in each of hundreds of calls.
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
    """Keep products of small matrices in one thread.

    Sharing them out takes many times longer than computing them.
    """
    limited: AbstractContextManager[object] = _thread_pools().limit(
        limits=1, user_api="blas"
    )
    return limited


@cache
def _thread_pools() -> ThreadpoolController:
    """The libraries that start threads; finding them takes milliseconds."""
    return ThreadpoolController()


def _different(centres: FloatArray, inertia: FloatArray, most: int) -> FloatArray:
    """The best results, those of equal inertia once."""
    order = np.argsort(inertia, kind="stable")
    ranked = inertia[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = ranked[1:] > ranked[:-1] * (1 + 1e-7)
    return centres[order[is_new][:most]]


def coreset(
    points: FloatArray, weights: FloatArray, *, size: int, random_state: int = 0
) -> tuple[FloatArray, FloatArray]:
    """A weighted sample whose inertia is nearly that of all points, for any centres.

    Half of the chance of a point is its share of the weight, half its share of the
    squared distances from the mean, so that far points are not missed (Bachem, Lucic
    and Krause 2018).

    Parameters
    ----------
    points, weights
        Points around their weighted mean, (points, features) and (points,).
    size
        Number of draws; a point that is drawn twice stands once, with its weight.

    Returns
    -------
    tuple
        Sampled points and their weights, which sum to about that of all.
    """
    distance = weights * np.einsum("nd,nd->n", points, points)
    share = 0.5 * weights / weights.sum()
    share += 0.5 * distance / distance.sum() if distance.any() else share
    # Systematic draws: as even over the ordered points as can be.
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
    """First centres by k-means++, (starts, k, features).

    ``weights`` is one row for all starts, or one a start.
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
    """A column of each row, drawn in proportion to its value."""
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
    """Each set of centres with one more, a far point by choice."""
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
    """Better results by taking each centre away and putting it elsewhere."""
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
    """Lloyd's steps from many starts at once.

    Parameters
    ----------
    points
        Points, (points, features), around their mean (for the sake of precision).
    weights
        One a point, or one a start and point.
    centres
        First centres, (starts, k, features). A centre that loses all its points is put
        on the point that is farthest from its own.
    tolerance
        A start ends when its inertia falls by less than this share of itself.

    Returns
    -------
    tuple
        Centres, (starts, k, features), and the inertia of each start.
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
        # A sum below 0 by rounding would never fall by less than a share of itself.
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
    """Lloyd's steps from centres that are nearly right, for many points.

    Bounds on a point's distances tell that it cannot have changed its cluster (Hamerly
    2010), so a step looks at few points only.

    Parameters
    ----------
    points, weights
        As for :func:`lloyd`, with one weight a point.
    centres
        First centres, (k, features).
    tolerance
        The steps end when moving the centres gains less than this share of the inertia.

    Returns
    -------
    tuple
        Centres, (k, features), and the inertia.
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
    # Once more with fresh sums: those above carry the rounding of every change.
    last, inertia = lloyd(points, weights, current[None], tolerance=tolerance)
    return last[0], float(inertia[0])


def _sums(
    labels: NDArray[np.int32], scaled: FloatArray, weights: FloatArray, k: int
) -> tuple[FloatArray, FloatArray]:
    """Weighted sums and weights of each cluster."""
    columns = (*scaled.T, weights)
    sums = np.empty((k, len(columns)))
    for place, column in enumerate(columns):
        sums[:, place] = np.bincount(labels, weights=column, minlength=k)
    return sums[:, :-1], sums[:, -1]


def _two_nearest(
    points: FloatArray, centres: FloatArray
) -> tuple[LabelArray, FloatArray, FloatArray]:
    """The nearest centre of each point, the distance to it and to the next."""
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
    """Put the empty centres of a start on the points that are worst off."""
    empty = np.flatnonzero(masses[start] <= 0)
    _, distance = assign(points, moved[start][masses[start] > 0])
    worst = np.argsort(-weights * distance, kind="stable")[: len(empty)]
    moved[start, empty[: len(worst)]] = points[worst]


def _step(
    points: FloatArray, weights: FloatArray, terms: FloatArray, centres: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted sums and weights of each start's clusters, and its inertia.

    The inertia lacks the weighted squares of the points, the same for every start.
    ``terms`` are the weighted points and, last, the weights: (features + 1, points),
    or one such a start.
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
            # Of centres at the same distance, the first has the point.
            is_own &= np.cumsum(is_own, axis=1, dtype=np.int32) == 1
        # Ones and zeros times the terms: many times faster than sums by label.
        members = is_own.astype("float64")
        if own:
            totals += members @ terms[..., here].transpose(0, 2, 1)
        else:
            totals += (members.reshape(starts * k, -1) @ terms[:, here].T).reshape(
                totals.shape
            )
    return totals[..., :-1], totals[..., -1], inertia


def _nearest(distance: FloatArray) -> tuple[IntArray, FloatArray]:
    """Position and value of the least along the middle axis, the first of equals.

    numpy's own argmin along such an axis takes four times as long.
    """
    k = distance.shape[1]
    best = distance.min(axis=1)
    small = np.int8 if k < 128 else np.int32
    is_best = (distance == best[:, None]).astype(small, copy=False)
    is_best *= np.arange(k, 0, -1, dtype=small)[:, None]
    return k - is_best.max(axis=1).astype("int64"), best


def assign(points: FloatArray, centres: FloatArray) -> tuple[LabelArray, FloatArray]:
    """The nearest centre of each point, and the squared distance to it."""
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
