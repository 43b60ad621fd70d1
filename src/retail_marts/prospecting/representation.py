"""Who of the population is over- and who under-represented among the customers.

Customers are put into clusters of the population on the population's scale. The ratio
of their share to the population's has an interval of two uncertain shares:

- the population's is estimated from a sample and from imputed answers. Its variance
  is, by the combining rules of Rubin (1987, "Multiple imputation for nonresponse in
  surveys", chapter 3), the mean variance within an implicate (here a bootstrap of
  families) plus (1 + 1/m) times the variance between the m implicates; its interval is
  a t interval of the log-odds;
- the customers' is a binomial share, with the interval of Wilson (1927).

The two intervals are combined by the method of variance estimates recovery for a ratio
(Donner and Zou 2012, "Closed-form confidence intervals for functions of the normal mean
and standard deviation"), which needs no count above zero. The clusters themselves are
taken as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from retail_marts.prospecting.weighting import FloatArray, group_sums

_LEVEL = 0.95
_NORMAL = float(stats.norm.ppf((1 + _LEVEL) / 2))
#: Replicates times families that a bootstrap holds at once.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Share:
    """A share of each cluster with a 95 % interval; arrays of shape (clusters,)."""

    share: FloatArray
    lower: FloatArray
    upper: FloatArray


def population_shares(
    labels: NDArray[np.int64],
    *,
    weights: FloatArray,
    family_of: NDArray[np.int64],
    implicate_of: NDArray[np.int64],
    cluster_count: int,
    replicates: int,
    random_state: int,
) -> Share:
    """Weighted shares of the population's clusters.

    Parameters
    ----------
    labels, weights, family_of, implicate_of
        Shape (rows,): cluster, weight, family and number within the family of each row.
    replicates
        Of the bootstrap, in which each family counts as often as a Poisson number of
        mean 1 says.

    Notes
    -----
    The survey's design (strata, and replicate weights that its public extract lacks) is
    not known here: families count as drawn one by one.
    """
    implicates = int(implicate_of.max()) + 1
    cells = implicate_of * cluster_count + labels
    share = group_sums(weights, labels, cluster_count) / weights.sum()
    by_implicate = group_sums(weights, cells, implicates * cluster_count)
    by_implicate = by_implicate.reshape(implicates, cluster_count)
    by_implicate = by_implicate / by_implicate.sum(axis=1, keepdims=True)
    within = _bootstrap_variance(
        cells,
        weights=weights,
        family_of=family_of,
        shape=(implicates, cluster_count),
        replicates=replicates,
        random_state=random_state,
    ).mean(axis=0)
    between = by_implicate.var(axis=0, ddof=1) if implicates > 1 else 0.0 * within
    inflated = (1 + 1 / implicates) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = (implicates - 1) * (1 + within / inflated) ** 2
        freedom = np.where(inflated > 0, freedom, np.inf)
        width = stats.t.ppf((1 + _LEVEL) / 2, np.maximum(freedom, 1)) * np.sqrt(
            within + inflated
        )
        odds = np.log(share / (1 - share))
        spread = width / (share * (1 - share))
    known = np.isfinite(odds) & np.isfinite(spread)
    lower = np.where(known, 1 / (1 + np.exp(-(odds - spread))), share)
    upper = np.where(known, 1 / (1 + np.exp(-(odds + spread))), share)
    return Share(share, lower, upper)


def _bootstrap_variance(
    cells: NDArray[np.int64],
    *,
    weights: FloatArray,
    family_of: NDArray[np.int64],
    shape: tuple[int, int],
    replicates: int,
    random_state: int,
) -> FloatArray:
    """Variance of each implicate's shares over replicates of the families."""
    rng = np.random.default_rng(random_state)
    families = int(family_of.max()) + 1
    size = shape[0] * shape[1]
    sums = np.zeros((replicates, size))
    step = max(1, _BLOCK // max(replicates, size))
    starts = np.searchsorted(family_of, np.arange(0, families + step, step))
    for part, begin in enumerate(range(0, families, step)):
        rows = slice(starts[part], starts[part + 1])
        count = min(step, families - begin)
        table = group_sums(
            weights[rows], (family_of[rows] - begin) * size + cells[rows], count * size
        )
        sums += rng.poisson(1.0, (replicates, count)) @ table.reshape(count, size)
    by_implicate = sums.reshape(replicates, *shape)
    totals = by_implicate.sum(axis=2, keepdims=True)
    shares = np.divide(by_implicate, totals, where=totals > 0, out=by_implicate)
    return np.asarray(shares.var(axis=0, ddof=1), dtype=float)


def customer_shares(labels: NDArray[np.int64], *, cluster_count: int) -> Share:
    """Shares of the customers in each cluster, with Wilson's interval."""
    count = len(labels)
    share = np.bincount(labels, minlength=cluster_count) / count
    square = _NORMAL**2 / count
    middle = (share + square / 2) / (1 + square)
    width = _NORMAL * np.sqrt(share * (1 - share) / count + square / (4 * count))
    width = width / (1 + square)
    return Share(
        share,
        np.where(share == 0, 0.0, np.maximum(middle - width, 0.0)),
        np.where(share == 1, 1.0, np.minimum(middle + width, 1.0)),
    )


def representation_ratios(customers: Share, population: Share) -> Share:
    """Customers' share over the population's, with its 95 % interval."""
    ours, theirs = customers.share, population.share
    product = ours * theirs
    # The population's own limits, kept where the formula is defined (below twice the
    # share): an interval that reaches further has no upper limit to speak of.
    low, high = population.lower, np.minimum(population.upper, 1.99 * theirs)
    below = customers.lower * high * (2 * ours - customers.lower) * (2 * theirs - high)
    above = customers.upper * low * (2 * ours - customers.upper) * (2 * theirs - low)
    lower = product - np.sqrt(np.maximum(product**2 - below, 0.0))
    upper = product + np.sqrt(np.maximum(product**2 - above, 0.0))
    return Share(
        ours / theirs,
        np.maximum(lower / (high * (2 * theirs - high)), 0.0),
        upper / (low * (2 * theirs - low)),
    )
