"""Exact Gaussian likelihoods of one series under many ARMA models at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpbtrf, dtbtrs

from retail_marts.forecasting.series_model import FloatArray

#: A model that explains everything would have a likelihood without bound.
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True)
class Likelihoods:
    """Likelihoods at the best mean and variance of each model.

    Attributes
    ----------
    log_likelihoods, means, variances
        Each of shape (models,); variances are those of the innovations.
    """

    log_likelihoods: FloatArray
    means: FloatArray
    variances: FloatArray


def profile_likelihoods(
    values: FloatArray, *, ar: FloatArray, ma: FloatArray, has_mean: bool
) -> Likelihoods:
    """Log-likelihoods of ARMA models, maximised over mean and variance.

    Parameters
    ----------
    values
        The series, shape (days,), longer than any lag.
    ar, ma
        Coefficients of all lags with the signs of ``statsmodels``, shapes (models, p)
        and (models, q); the autoregressions must be stationary. A seasonal model is
        given as the product of its polynomials, see :func:`seasonal_product`.
    has_mean
        Whether the process has a mean other than zero.

    Raises
    ------
    ValueError
        When the covariance of a model is not positive definite.

    Notes
    -----
    What the autoregression leaves of the series behind its first max(p, q) days is a
    moving average, so that the covariance of first days and remainder is a band (Ansley
    1979, Biometrika 66): its Cholesky factor makes the series white, and costs a
    constant a day. Mean (generalised least squares) and variance follow from the white
    series in closed form.
    """
    models, days = len(ar), len(values)
    width = max(ar.shape[1], ma.shape[1])
    phi = np.zeros((models, width + 1))
    phi[:, 1 : ar.shape[1] + 1] = ar
    theta = np.zeros((models, width + 1))
    theta[:, 0] = 1.0
    theta[:, 1 : ma.shape[1] + 1] = ma
    columns = np.stack([values, np.ones(days)]) if has_mean else values[None]
    filtered = _filtered(columns, phi)
    bands = _covariance_bands(phi, theta, days)
    log_likelihoods, means, variances = np.zeros((3, models))
    for model in range(models):
        factor, problem = dpbtrf(bands[model].T, lower=1, overwrite_ab=1)
        if problem:
            raise ValueError("the covariance of the series is not positive definite")
        white, _ = dtbtrs(factor, filtered[model].T, uplo="L")
        left = white[:, 0]
        if has_mean:
            level = white[:, 1]
            means[model] = (level @ left) / (level @ level)
            left = left - means[model] * level
        variance = max(float(left @ left) / days, _LEAST_VARIANCE)
        variances[model] = variance
        log_likelihoods[model] = (
            -0.5 * days * (np.log(2.0 * np.pi * variance) + 1.0)
            - np.log(factor[0]).sum()
        )
    return Likelihoods(log_likelihoods, means, variances)


def _filtered(columns: FloatArray, phi: FloatArray) -> FloatArray:
    """First days as they are, the others less their autoregression.

    Shape (models, columns, days).
    """
    width = phi.shape[1] - 1
    count, days = columns.shape
    lagged = np.zeros((width, count, days))
    for lag in range(1, width + 1):
        lagged[lag - 1, :, lag:] = columns[:, :-lag]
    explained = (phi[:, 1:] @ lagged.reshape(width, count * days)).reshape(
        -1, count, days
    )
    explained[:, :, :width] = 0.0
    return np.asarray(columns - explained)


def _covariance_bands(phi: FloatArray, theta: FloatArray, days: int) -> FloatArray:
    """Lower bands of the covariance of the filtered series, variance 1.

    Shape (models, days, width + 1), as LAPACK wants them when transposed.
    """
    models, width = len(phi), phi.shape[1] - 1
    psi = np.zeros_like(phi)
    psi[:, 0] = 1.0
    for lag in range(1, width + 1):
        past = psi[:, :lag][:, ::-1]
        psi[:, lag] = theta[:, lag] + (phi[:, 1 : lag + 1] * past).sum(axis=1)
    # Of the moving average with itself, and with the series it was taken from.
    own, mixed = np.empty_like(phi), np.empty_like(phi)
    for lag in range(width + 1):
        ahead = width + 1 - lag
        own[:, lag] = (theta[:, lag:] * theta[:, :ahead]).sum(axis=1)
        mixed[:, lag] = (theta[:, lag:] * psi[:, :ahead]).sum(axis=1)
    # The Yule-Walker equations of an ARMA process (Brockwell and Davis 1991, section
    # 3.3).
    equations = np.zeros((models, width + 1, width + 1))
    for lag in range(width + 1):
        equations[:, lag, lag] += 1.0
        for step in range(1, width + 1):
            equations[:, lag, abs(lag - step)] -= phi[:, step]
    series = np.linalg.solve(equations, mixed[:, :, None])[:, :, 0]
    bands = np.empty((models, days, width + 1))
    bands[:] = own[:, None, :]
    is_first = np.add.outer(np.arange(width), np.arange(width + 1)) < width
    bands[:, :width] = np.where(is_first, series[:, None, :], mixed[:, None, :])
    return bands


def seasonal_product(
    terms: FloatArray, seasonal_terms: FloatArray, season: int, *, sign: int
) -> FloatArray:
    """Coefficients of (1 + sign x terms) x (1 + sign x seasonal terms), without the 1.

    Parameters
    ----------
    terms, seasonal_terms
        Shapes (models, terms) and (models, seasonal terms).
    sign
        -1 for autoregressions, 1 for moving averages (the signs of ``statsmodels``).

    Returns
    -------
    numpy.ndarray
        Shape (models, terms + season x seasonal terms).
    """
    count = terms.shape[1]
    result = np.zeros((len(terms), count + season * seasonal_terms.shape[1]))
    result[:, :count] = terms
    for cycle in range(seasonal_terms.shape[1]):
        lag = season * (cycle + 1)
        factor = seasonal_terms[:, cycle : cycle + 1]
        result[:, lag - 1 : lag] += factor
        result[:, lag : lag + count] += sign * factor * terms
    return result
