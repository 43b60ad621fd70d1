"""Gamma-Gamma: the mean value of a customer's purchases.

Fader and Hardie (2013), The Gamma-Gamma model of monetary value
(brucehardie.com/notes/025). The values of a customer's purchases follow a gamma
distribution of shape ``p`` around an individual mean. Means differ between customers:
the rate of that distribution follows a gamma distribution of shape ``q`` and scale
``1/gamma``. How much customers spend is assumed to be independent of how often they
buy.

The input for a customer is the number of purchases and their total value.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import betaln, digamma

from retail_marts.customers.maximum_likelihood import (
    Fit,
    FloatArray,
    maximise,
    softplus,
)

PARAMETERS = ("p", "q", "gamma")

#: The search is over the logarithms of p, q and p gamma / q. If values do not vary, p
#: or q grows to infinity, but the last one stays near the mean value.
_BASIS = ((1, 0, 0), (0, 1, 0), (-1, 1, 1))

#: Starts of the search: (p, q).
_STARTS = ((2.0, 4.0), (6.0, 3.0), (1.0, 12.0))

#: Number of customers on which the first part of the search runs.
_SKETCH_CUSTOMERS = 20_000


class GammaGammaLikelihood:
    """The log-likelihood of customers' mean values and its gradient.

    Parameters
    ----------
    counts, totals
        Purchases (at least 1) and their total value (above 0) of each customer, sorted
        by purchases.
    """

    def __init__(self, counts: FloatArray, totals: FloatArray) -> None:
        sizes, firsts = np.unique(counts, return_index=True)
        self._sizes = sizes.astype(np.float64)
        self._firsts = firsts
        self._customers = np.diff(firsts, append=len(counts)).astype(np.float64)
        self._logs = np.log(totals)
        self._log_sums = np.add.reduceat(self._logs, firsts)
        self._constant = float((self._logs - np.log(counts)).sum())

    def __call__(self, parameters: FloatArray) -> tuple[float, FloatArray]:
        p, q, gamma = parameters
        n, customers = self._sizes, self._customers
        above = self._logs - np.log(gamma)
        # ln((gamma + total) / gamma), and ln(total / (gamma + total)) from it.
        growth, shares = (np.add.reduceat(one, self._firsts) for one in softplus(above))
        rest = self._log_sums - customers * np.log(gamma) - growth
        whole = digamma(p * n + q)
        value = -(customers @ betaln(p * n, q)) + p * (n @ rest) - q * growth.sum()
        by_p = n @ (customers * (whole - digamma(p * n)) + rest)
        by_q = customers @ (whole - digamma(q)) - growth.sum()
        by_gamma = (q * shares.sum() - p * (n @ (customers - shares))) / gamma
        return float(value) - self._constant, np.array([by_p, by_q, by_gamma])


def fit_gamma_gamma(counts: FloatArray, totals: FloatArray) -> Fit:
    """Fit the model to customers by maximum likelihood.

    Parameters
    ----------
    counts
        Purchases of each customer, at least 1.
    totals
        Their total value, above 0, in any currency.

    Returns
    -------
    Fit
        ``p``, ``q``, ``gamma`` (money).
    """
    # Values in units of their geometric mean, so that all parameters have similar
    # magnitudes even with outliers; and sorted, so that sums do not depend on the order
    # of the customers.
    order = np.lexsort((totals, counts))
    counts, totals = counts[order], totals[order]
    unit = float(np.exp(np.log(totals / counts).mean()))
    scaled = totals / unit
    every = len(counts) // _SKETCH_CUSTOMERS
    sketch = None
    if every > 1:
        few = GammaGammaLikelihood(counts[::every], scaled[::every])

        def sketch(parameters: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = few(parameters)
            return every * value, every * gradient

    fit = maximise(
        GammaGammaLikelihood(counts, scaled),
        names=PARAMETERS,
        basis=_BASIS,
        starts=[(p, q, (q - 1) / p) for p, q in _STARTS],
        observation_count=float(len(counts)),
        sketch=sketch,
    )
    return Fit(
        parameters={**fit.parameters, "gamma": fit.parameters["gamma"] * unit},
        standard_errors={
            **fit.standard_errors,
            "gamma": fit.standard_errors["gamma"] * unit,
        },
        # The density of money, not of the unit of the search.
        log_likelihood=fit.log_likelihood - len(counts) * float(np.log(unit)),
        gradient_norm=fit.gradient_norm,
        iterations=fit.iterations,
        converged=fit.converged,
        seconds=fit.seconds,
    )


def expected_mean_value(
    parameters: Mapping[str, float], counts: FloatArray, totals: FloatArray
) -> FloatArray:
    """Expected mean value of future purchases, given the purchases so far.

    A weighted mean of the customer's own mean value and that of all customers. The more
    purchases the customer has, the more their own mean counts.

    Returns
    -------
    numpy.ndarray
        One value per customer; NaN if the distribution has no mean.
    """
    p, q, gamma = (parameters[name] for name in PARAMETERS)
    below = p * counts + q - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, p * (gamma + totals) / below, np.nan)
