"""BG/NBD: how often customers buy, and whether they are still active.

Fader, Hardie and Lee (2005), "Counting your customers" the easy way: an alternative to
the Pareto/NBD model, Marketing Science 24(2). A customer who is alive (still active)
buys at random at an individual rate; rates follow a gamma distribution (shape ``r``,
scale ``1/alpha``). After each purchase the customer leaves with a probability of their
own, which follows a beta distribution (``a``, ``b``).

The input for a customer is ``x``, the number of repeat purchases; ``t_x``, the time
from the first to the last purchase; and ``T``, the time from the first purchase to the
as-of date. The unit of time is the day; all purchases of one day count as one.

The formulas are the paper's, rearranged to avoid overflow and cancellation: ratios of
gamma functions are sums of logarithms, differences of logarithms are ``log1p``, and the
expected number of purchases is an integral of positive terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.special import expit

from retail_marts.customers.maximum_likelihood import (
    Fit,
    FloatArray,
    maximise,
    softplus,
)

PARAMETERS = ("r", "alpha", "a", "b")

#: The search is over the logarithms of r, alpha / r, a / b and b: if customers do not
#: differ, r and alpha grow to infinity together; if nobody leaves, a / b goes to 0.
_BASIS = ((1, 0, 0, 0), (1, 1, 0, 0), (0, 0, 1, 1), (0, 0, 0, 1))

#: Starts of the search: (r, a, b).
_STARTS = ((0.5, 0.5, 2.0), (2.0, 0.1, 2.0), (1.0, 2.0, 20.0))

#: Number of histories on which the first part of the search runs.
_SKETCH_ROWS = 10_000


@dataclass(frozen=True)
class PurchaseCounts:
    """Distinct histories with the number of customers of each.

    Attributes
    ----------
    repeats, last, observed
        ``x``, ``t_x`` and ``T`` of each distinct history, sorted.
    weights
        Number of customers with this history.
    positions
        For each input customer, the row of their history.
    """

    repeats: FloatArray
    last: FloatArray
    observed: FloatArray
    weights: FloatArray
    positions: NDArray[np.int64]


def count_histories(
    repeats: FloatArray, last: FloatArray, observed: FloatArray
) -> PurchaseCounts:
    """Group customers by their history; their order does not matter."""
    order = np.lexsort((observed, last, repeats))
    columns = [
        np.asarray(c, dtype=np.float64)[order] for c in (repeats, last, observed)
    ]
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.any([c[1:] != c[:-1] for c in columns], axis=0)
    firsts = np.flatnonzero(new)
    positions = np.empty(len(order), dtype=np.int64)
    positions[order] = np.cumsum(new) - 1
    return PurchaseCounts(
        repeats=columns[0][firsts],
        last=columns[1][firsts],
        observed=columns[2][firsts],
        weights=np.diff(firsts, append=len(order)).astype(np.float64),
        positions=positions,
    )


def thin_histories(counts: PurchaseCounts, rows: int) -> PurchaseCounts:
    """About ``rows`` evenly spaced histories, reweighted; all histories if few."""
    size = len(counts.repeats)
    if size <= 2 * rows:
        return counts
    taken = np.linspace(0, size - 1, rows).round().astype(np.int64)
    weights = counts.weights[taken]
    return PurchaseCounts(
        repeats=counts.repeats[taken],
        last=counts.last[taken],
        observed=counts.observed[taken],
        weights=weights * (counts.weights.sum() / weights.sum()),
        positions=np.empty(0, dtype=np.int64),
    )


class BgNbdLikelihood:
    """The log-likelihood of distinct histories and its gradient.

    Terms that depend only on the number of repeats or only on ``T`` are grouped by it,
    so that each step needs whole histories only of customers with repeat purchases.
    """

    def __init__(self, counts: PurchaseCounts) -> None:
        repeated = counts.repeats > 0
        self._repeats = counts.repeats[repeated]
        self._last = counts.last[repeated]
        self._observed = counts.observed[repeated]
        self._silent = self._observed - self._last
        self._weights = counts.weights[repeated]
        # Number of customers with more than j repeats, for j = 0, 1, ...
        histogram = np.bincount(
            counts.repeats.astype(np.int64), weights=counts.weights, minlength=1
        )
        self._more_than = np.cumsum(histogram[::-1])[::-1][1:]
        self._steps = np.arange(len(self._more_than), dtype=np.float64)
        self._ages, which = np.unique(counts.observed, return_inverse=True)
        self._age_weights = np.bincount(which, weights=counts.weights)
        self._age_repeats = np.bincount(which, weights=counts.weights * counts.repeats)

    def __call__(self, parameters: FloatArray) -> tuple[float, FloatArray]:
        r, alpha, a, b = parameters
        # Sum over customers of ln G(r+x)/G(r), ln G(b+x)/G(b), ln G(a+b)/G(a+b+x).
        j, more = self._steps, self._more_than
        value = more @ (np.log(r + j) - np.log1p(a / (b + j)))
        by_r = more @ (1 / (r + j))
        by_a = -(more @ (1 / (a + b + j)))
        by_b = more @ (1 / (b + j) - 1 / (a + b + j))
        # r ln(alpha) - (r+x) ln(alpha+T): alive, no purchase since the last one.
        ages, buyers, repeats = self._ages, self._age_weights, self._age_repeats
        growth = np.log1p(ages / alpha)
        value -= r * (buyers @ growth) + repeats @ np.log(alpha + ages)
        by_r -= buyers @ growth
        by_alpha = r * (buyers @ (ages / (alpha * (alpha + ages))))
        by_alpha -= repeats @ (1 / (alpha + ages))
        # The chance of having left after the last purchase.
        x, weights = self._repeats, self._weights
        quiet = np.log1p(self._silent / (alpha + self._last))
        odds = np.log(a) - np.log(b + x - 1) + (r + x) * quiet
        added, share = softplus(odds)
        left = weights * share
        value += weights @ added
        by_r += left @ quiet
        by_alpha -= left @ (
            (r + x) * self._silent / ((alpha + self._observed) * (alpha + self._last))
        )
        by_a += left.sum() / a
        by_b -= left @ (1 / (b + x - 1))
        return float(value), np.array([by_r, by_alpha, by_a, by_b])


def fit_bg_nbd(counts: PurchaseCounts) -> Fit:
    """Fit the model to customers by maximum likelihood.

    Parameters
    ----------
    counts
        From :func:`count_histories`. At least one customer must have repeat purchases,
        and at least one must have been observed for a day.

    Returns
    -------
    Fit
        ``r``, ``alpha`` (days), ``a``, ``b``.
    """
    # Times in units of their mean, so that all parameters have similar magnitudes.
    total = float(counts.weights.sum())
    unit = float(counts.weights @ counts.observed) / total
    repeats = float(counts.weights @ counts.repeats)
    scaled = PurchaseCounts(
        repeats=counts.repeats,
        last=counts.last / unit,
        observed=counts.observed / unit,
        weights=counts.weights,
        positions=counts.positions,
    )
    rate = repeats / total
    likelihood = BgNbdLikelihood(scaled)
    sketch = thin_histories(scaled, _SKETCH_ROWS)
    fit = maximise(
        likelihood,
        names=PARAMETERS,
        basis=_BASIS,
        starts=[(r, r / rate, a, b) for r, a, b in _STARTS],
        observation_count=total,
        sketch=None if sketch is scaled else BgNbdLikelihood(sketch),
    )
    return Fit(
        parameters={**fit.parameters, "alpha": fit.parameters["alpha"] * unit},
        standard_errors={
            **fit.standard_errors,
            "alpha": fit.standard_errors["alpha"] * unit,
        },
        # The density of times in days, not in the unit of the search.
        log_likelihood=fit.log_likelihood - repeats * float(np.log(unit)),
        gradient_norm=fit.gradient_norm,
        iterations=fit.iterations,
        converged=fit.converged,
        seconds=fit.seconds,
    )


def probability_alive(
    parameters: Mapping[str, float], counts: PurchaseCounts
) -> FloatArray:
    """Probability that customers of each history are alive.

    1 without a repeat purchase: in this model a customer can only leave after one.

    Returns
    -------
    numpy.ndarray
        One value per row of ``counts``.
    """
    r, alpha, a, b = (parameters[name] for name in PARAMETERS)
    x = counts.repeats
    quiet = np.log1p((counts.observed - counts.last) / (alpha + counts.last))
    repeated = np.maximum(x, 1.0)
    odds = np.log(a) - np.log(b + repeated - 1) + (r + x) * quiet
    return np.where(x > 0, expit(-odds), 1.0)


def expected_purchases(
    parameters: Mapping[str, float], counts: PurchaseCounts, *, days: float
) -> FloatArray:
    """Expected purchases of customers of each history in the next days.

    Given the history, the rate of a customer who is alive follows a gamma distribution
    (``r + x``, ``alpha + T``), and their probability of leaving ``p`` a beta
    distribution (``a``, ``b + x``). The expectation is therefore the mean over ``p`` of
    ``(1 - ((alpha + T) / (alpha + T + p days)) ** (r + x)) / p``, times the probability
    of being alive. It equals equation (10) of the paper, whose hypergeometric function
    loses all digits if ``a`` is near 1 or its arguments are large. The mean over ``p``
    is computed by Gauss-Jacobi quadrature.

    Parameters
    ----------
    days
        Number of days ahead.

    Returns
    -------
    numpy.ndarray
        One value per row of ``counts``.
    """
    r, alpha, a, b = (parameters[name] for name in PARAMETERS)
    result = np.zeros(len(counts.repeats))
    if days <= 0:
        return result
    starts = np.flatnonzero(np.diff(counts.repeats, prepend=-1.0))
    for start, stop in zip(starts, [*starts[1:], len(result)], strict=True):
        x = counts.repeats[start]
        # Given that a customer is alive, the day of the last purchase does not matter.
        observed, which = np.unique(counts.observed[start:stop], return_inverse=True)
        reach = days / (alpha + observed)
        nodes, weights = _beta_nodes(a, b + x, _node_count(r + x, float(reach.max())))
        bought = -np.expm1(-(r + x) * np.log1p(nodes * reach[:, None])) / nodes
        result[start:stop] = (bought @ weights)[which]
    return result * probability_alive(parameters, counts)


def _node_count(power: float, reach: float) -> int:
    """Number of quadrature nodes for nine correct digits.

    The integrand is singular at ``-1 / reach``, and steeper if more purchases are
    expected; both need more nodes.
    """
    edge = 1 + 2 / reach
    speed = np.log(edge + np.sqrt(edge**2 - 1))
    steepness = np.sqrt(power * np.log1p(reach))
    return int(np.clip(np.ceil(20 / speed + 2 * steepness), 16, 400))


def _beta_nodes(a: float, b: float, count: int) -> tuple[FloatArray, FloatArray]:
    """Quadrature nodes and weights for a beta distribution (Golub and Welsch 1969)."""
    left, right = a - 1.0, b - 1.0
    both = left + right
    k = np.arange(1, count, dtype=np.float64)
    diagonal = np.empty(count)
    diagonal[0] = (left - right) / (both + 2)
    diagonal[1:] = both * (left - right) / ((2 * k + both) * (2 * k + both + 2))
    ratio = np.empty(count - 1)
    # For k = 1 the factor (k + both) / (2 k + both - 1) is 1, even if it is 0 / 0.
    ratio[0] = 1.0
    ratio[1:] = (k[1:] + both) / (2 * k[1:] + both - 1)
    beside = 4 * k * (k + left) * (k + right) * ratio
    beside /= (2 * k + both) ** 2 * (2 * k + both + 1)
    nodes, vectors = eigh_tridiagonal(diagonal, np.sqrt(beside))
    return np.clip((1 + nodes) / 2, 1e-12, 1.0), vectors[0] ** 2
