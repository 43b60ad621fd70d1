"""ARIMA models of one series, of a given order or of one that a search chooses.

Both are fitted by exact maximum likelihood; ``statsmodels`` holds the model. Nothing is
random: the seed of the context is not used, the same series gives the same forecast.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import fmin_l_bfgs_b
from statsmodels.tsa.arima.model import ARIMA

from retail_marts.errors import InputError
from retail_marts.forecasting.arma_likelihood import (
    Likelihoods,
    profile_likelihoods,
    seasonal_product,
)
from retail_marts.forecasting.series_model import (
    FloatArray,
    SeriesContext,
    SeriesForecast,
    SeriesModel,
    checked,
    constant,
    failed,
    recorded_warnings,
)

Order = tuple[int, int, int]

#: 5 % critical value of the KPSS statistic of a level (Kwiatkowski, Phillips, Schmidt
#: and Shin 1992, Journal of Econometrics 54, table 1).
KPSS_CRITICAL = 0.463
#: Seasonal strength from which a series is differenced at the season (Hyndman and
#: Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 9.9).
SEASONAL_STRENGTH = 0.64
#: Relative precision to which a standardised series is rounded, so that the unit of the
#: series cannot leave a trace in the last digits.
_DECIMALS = 10
#: Width of the forward differences.
_STEP = 1e-7
#: Iterations of the optimiser: what ``statsmodels`` allows, and what the search needs
#: so that nearly all of its fits reach their optimum.
_ITERATIONS = 50
_SEARCH_ITERATIONS = 200
#: Farthest that the optimiser goes towards a unit root: partial autocorrelations of
#: 1 - 5e-5.
_FARTHEST = 100.0


def arima_fixed(order: Order) -> SeriesModel:
    """ARIMA of a given order, with a constant when it has no differences.

    Parameters
    ----------
    order
        Autoregressive terms, differences, moving-average terms: (p, d, q).

    Returns
    -------
    SeriesModel
        ``details`` gives ``p``, ``d``, ``q``, ``aic``, ``aicc`` and ``log_likelihood``
        (of the series in its own unit), ``parameters``, ``iterations`` and the number
        of ``warnings``, which ``failure_reason`` quotes when the fit did not converge.
        A series that is too short for the order, or a fit that fails, gives NaN and a
        reason. A constant series is forecast as constant, without a fit.

    Raises
    ------
    InputError
        When the model is given a horizon below 1 or dates that do not match.

    Notes
    -----
    An order needs at least as many days after differencing and conditioning on its
    longest lag as it has parameters.

    The series is divided by its standard deviation first, so that its unit (pieces,
    rupiah) has no influence. The likelihood, its start, the optimiser and the limit of
    50 iterations are those of ``ARIMA(values, order=order).fit()`` of ``statsmodels``.
    Where the optimum is reached both agree; where it is not, they stop nearby. For
    (28, 0, 28) on a year of days ``statsmodels`` takes 5 to 20 s, this about 1 s.

    Both approximate the gradient by forward differences: one likelihood for each
    parameter. ``statsmodels`` runs a Kalman filter for each; here a likelihood is one
    banded Cholesky factor, and mean and variance need no search, see
    :func:`~retail_marts.forecasting.arma_likelihood.profile_likelihoods`. A
    ``statsmodels`` model with the fitted parameters gives the criteria and the
    forecast.
    """

    def forecast(
        values: FloatArray, horizon: int, context: SeriesContext
    ) -> SeriesForecast:
        series, problem = checked(values, horizon, context)
        problem = problem or _order_problem(order, (0, 0, 0), 1, len(series))
        if problem is not None:
            return failed(horizon, problem)
        if _is_constant(series):
            return constant(series, horizon)
        fit = _fitted(series, order, (0, 0, 0), 1)
        if isinstance(fit, str):
            return failed(horizon, fit)
        return _forecast_of(fit, horizon)

    return forecast


def arima_search(
    *,
    max_p: int = 3,
    max_q: int = 3,
    max_seasonal: int = 1,
    max_d: int = 1,
    likelihood_fits: int = 2,
    max_days: int = 365,
) -> SeriesModel:
    """ARIMA of an order that is searched for each series.

    Parameters
    ----------
    max_p, max_q
        Most autoregressive and moving-average terms.
    max_seasonal
        Most seasonal terms of either kind, and most seasonal differences; 0 searches
        models without a season.
    max_d
        Most differences.
    likelihood_fits
        Candidates that are fitted by maximum likelihood. This count is what bounds the
        time; no clock does.
    max_days
        Days, counted from the last, that the model is fitted to. A likelihood costs in
        proportion to them, and its short memory gains nothing from older ones.

    Returns
    -------
    SeriesModel
        ``details`` gives ``p``, ``d``, ``q``, ``seasonal_p``, ``seasonal_d``,
        ``seasonal_q``, ``candidates`` and ``likelihood_fits`` besides the figures of
        :func:`arima_fixed`.

    Raises
    ------
    InputError
        When a limit is negative, or ``likelihood_fits`` or ``max_days`` is below 1, and
        as :func:`arima_fixed`.

    Notes
    -----
    Seasonal differences follow the strength of the season, further differences the KPSS
    test at 5 % (both as in Hyndman and Khandakar 2008, Journal of Statistical Software
    27(3)), so that every candidate describes the same differenced series and their
    criteria compare. All candidates are ranked by the regression of Hannan and Rissanen
    (1982, Biometrika 69): the residuals of one long autoregression replace the
    innovations, and each order is a least-squares fit on its lags. The best of that
    ranking are fitted by maximum likelihood; the lowest AICc wins, a fit that converged
    before one that did not. A differenced model has no drift.
    """
    limits = {
        "max_p": (max_p, 0),
        "max_q": (max_q, 0),
        "max_seasonal": (max_seasonal, 0),
        "max_d": (max_d, 0),
        "likelihood_fits": (likelihood_fits, 1),
        "max_days": (max_days, 1),
    }
    for name, (limit, least) in limits.items():
        if limit < least:
            raise InputError(
                f"arima_search: {name} is {limit}.",
                remedy=f"Set {name} to at least {least}.",
            )

    def forecast(
        values: FloatArray, horizon: int, context: SeriesContext
    ) -> SeriesForecast:
        series, problem = checked(values, horizon, context)
        if problem is not None:
            return failed(horizon, problem)
        series = series[-max_days:]
        if _is_constant(series):
            return constant(series, horizon)
        season = context.season
        differenced, orders = _candidates(
            series,
            season,
            max_p=max_p,
            max_q=max_q,
            max_seasonal=max_seasonal,
            max_d=max_d,
        )
        if not orders:
            return failed(
                horizon, f"no ARIMA order can be fitted to {len(series)} days"
            )
        ranked = _ranked(differenced, orders, season)
        fits: list[_Fit] = []
        reasons: list[str] = []
        for position in ranked[:likelihood_fits]:
            order, seasonal = orders[position]
            fit = _fitted(
                series, order, seasonal, season, most_iterations=_SEARCH_ITERATIONS
            )
            if isinstance(fit, str):
                reasons.append(fit)
            else:
                fits.append(fit)
        if not fits:
            return failed(horizon, "; ".join(reasons))
        best = min(fits, key=lambda fit: (not fit.converged, fit.details["aicc"]))
        search = {
            "candidates": float(len(orders)),
            "likelihood_fits": float(len(fits) + len(reasons)),
        }
        return _forecast_of(best, horizon, search)

    return forecast


def _candidates(
    series: FloatArray,
    season: int,
    *,
    max_p: int,
    max_q: int,
    max_seasonal: int,
    max_d: int,
) -> tuple[FloatArray, list[tuple[Order, Order]]]:
    """The differenced series, and the orders that can be fitted to it."""
    has_season = max_seasonal > 0 and season > 1 and len(series) >= 4 * season
    seasonal_limit = max_seasonal if has_season else 0
    seasonal_d = int(
        has_season and _seasonal_strength(series, season) > SEASONAL_STRENGTH
    )
    differenced = _seasonal_difference(series, season) if seasonal_d else series
    d = _differences(differenced, max_d)
    orders = [
        ((p, d, q), (seasonal_p, seasonal_d, seasonal_q))
        for p, q, seasonal_p, seasonal_q in product(
            range(max_p + 1),
            range(max_q + 1),
            range(seasonal_limit + 1),
            range(seasonal_limit + 1),
        )
        # Seasonal terms need a season that is longer than the other terms.
        if seasonal_p + seasonal_q == 0 or max(p, q) < season
    ]
    return np.diff(differenced, n=d), [
        (order, seasonal)
        for order, seasonal in orders
        if _order_problem(order, seasonal, season, len(series)) is None
    ]


# --------------------------------------------------------------------------- one fit


@dataclass(frozen=True)
class _Fit:
    """A fitted model and what to report of it."""

    results: Any
    scale: float
    converged: bool
    messages: tuple[str, ...]
    details: dict[str, float]


def _name(order: Order, seasonal: Order, season: int) -> str:
    return f"ARIMA{order}" + (f"{seasonal}[{season}]" if any(seasonal) else "")


def _order_problem(order: Order, seasonal: Order, season: int, days: int) -> str | None:
    """Say why an order cannot be fitted to so many days."""
    name = _name(order, seasonal, season)
    if len(order) != 3 or any(
        isinstance(term, bool) or not isinstance(term, (int, np.integer)) or term < 0
        for term in (*order, *seasonal)
    ):
        return (
            f"{name} cannot be fitted to {days} days: an order is three whole numbers "
            "of at least 0"
        )
    (p, d, q), (seasonal_p, seasonal_d, seasonal_q) = order, seasonal
    has_constant = d + seasonal_d == 0
    parameters = p + q + seasonal_p + seasonal_q + int(has_constant) + 1
    lost = d + season * seasonal_d
    longest_lag = max(p + season * seasonal_p, q + season * seasonal_q)
    needed = max(parameters + lost + longest_lag, 3)
    if days < needed:
        return (
            f"{name} cannot be fitted to {days} days: its {parameters} parameters need "
            f"at least {needed}"
        )
    return None


def _fitted(
    series: FloatArray,
    order: Order,
    seasonal: Order,
    season: int,
    *,
    most_iterations: int = _ITERATIONS,
) -> _Fit | str:
    """Fit one order by maximum likelihood, or say why that failed."""
    scale = float(np.std(series))
    endog = np.round(series / scale, _DECIMALS)
    name = _name(order, seasonal, season)
    with recorded_warnings() as messages:
        try:
            model = ARIMA(
                endog,
                order=order,
                seasonal_order=(*seasonal, season) if any(seasonal) else (0, 0, 0, 0),
            )
            results, converged, iterations = _maximised(
                model, endog, order, seasonal, season, most_iterations=most_iterations
            )
        except (ValueError, IndexError, np.linalg.LinAlgError) as error:
            return f"{name} failed on {len(series)} days: {error}"
    # Likelihoods are densities: those of y and of y / scale differ by the unit.
    shift = (len(series) - results.loglikelihood_burn) * math.log(scale)
    details = {
        "aic": float(results.aic) + 2.0 * shift,
        "aicc": float(results.aicc) + 2.0 * shift,
        "log_likelihood": float(results.llf) - shift,
        "parameters": float(len(results.params)),
        "iterations": float(iterations),
    }
    terms = ("p", "d", "q", "seasonal_p", "seasonal_d", "seasonal_q")
    details |= dict(zip(terms, map(float, (*order, *seasonal)), strict=True))
    return _Fit(
        results=results,
        scale=scale,
        converged=converged,
        messages=tuple(messages),
        details=details,
    )


def _forecast_of(
    fit: _Fit, horizon: int, further: dict[str, float] | None = None
) -> SeriesForecast:
    """Forecast what follows the series of a fit, in the unit of the series."""
    with recorded_warnings() as messages:
        point = np.asarray(fit.results.forecast(horizon), dtype="float64") * fit.scale
    said = list(dict.fromkeys((*fit.messages, *messages)))
    details = {**fit.details, **(further or {}), "warnings": float(len(said))}
    if not np.isfinite(point).all():
        return failed(
            horizon, "; ".join(["the forecast is not finite", *said]), **details
        )
    return SeriesForecast(
        point=point,
        converged=fit.converged,
        failure_reason=None
        if fit.converged
        else "; ".join(said) or "the likelihood was not at its maximum at the end",
        details=details,
    )


# ------------------------------------------------------------- the largest likelihood


def _stationary(unconstrained: FloatArray) -> FloatArray:
    """Coefficients of stationary autoregressions from any real numbers.

    Monahan 1984, Biometrika 71, as ``statsmodels`` has it; shape (models, p).
    """
    partial = unconstrained / np.sqrt(1.0 + unconstrained**2)
    coefficients = np.zeros_like(partial)
    for order in range(partial.shape[1]):
        last = coefficients[:, :order].copy()
        latest = partial[:, order]
        coefficients[:, :order] = last + latest[:, None] * last[:, ::-1]
        coefficients[:, order] = latest
    return -coefficients


def _maximised(
    model: Any,
    endog: FloatArray,
    order: Order,
    seasonal: Order,
    season: int,
    *,
    most_iterations: int,
) -> tuple[Any, bool, int]:
    """Results of a ``statsmodels`` model at its largest likelihood."""
    (p, d, q), (seasonal_p, seasonal_d, _) = order, seasonal
    for _ in range(seasonal_d):
        endog = _seasonal_difference(endog, season)
    values = np.diff(endog, n=d)
    has_mean = model.k_exog + model.k_trend > 0
    cuts = np.cumsum([p, q, seasonal_p])

    def coefficients(points: FloatArray) -> list[FloatArray]:
        ar, ma, seasonal_ar, seasonal_ma = np.split(points, cuts, axis=1)
        return [
            _stationary(ar),
            -_stationary(ma),
            _stationary(seasonal_ar),
            -_stationary(seasonal_ma),
        ]

    def likelihoods(points: FloatArray) -> Likelihoods:
        ar, ma, seasonal_ar, seasonal_ma = coefficients(points)
        return profile_likelihoods(
            values,
            ar=seasonal_product(ar, seasonal_ar, season, sign=-1),
            ma=seasonal_product(ma, seasonal_ma, season, sign=1),
            has_mean=has_mean,
        )

    def loss_and_gradient(point: FloatArray) -> tuple[float, FloatArray]:
        steps = point + _STEP * np.eye(len(point))
        found = likelihoods(np.vstack([point, steps]))
        loss = -found.log_likelihoods / len(values)
        return float(loss[0]), (loss[1:] - loss[0]) / _STEP

    start = np.asarray(model.untransform_params(model.start_params), dtype="float64")
    point = start[int(has_mean) : -1]
    converged, iterations = True, 0
    if len(point):
        point, _, report = fmin_l_bfgs_b(
            loss_and_gradient,
            np.clip(point, -_FARTHEST, _FARTHEST),
            bounds=[(-_FARTHEST, _FARTHEST)] * len(point),
            maxiter=most_iterations,
        )
        converged, iterations = report["warnflag"] == 0, int(report["nit"])
    if not converged:
        warnings.warn(
            "Maximum likelihood optimization failed to converge", stacklevel=2
        )
    best = likelihoods(point[None])
    terms = [one[0] for one in coefficients(point[None])]
    mean = best.means if has_mean else np.zeros(0)
    results = model.filter(
        np.concatenate([mean, *terms, best.variances]), cov_type="none"
    )
    return results, converged, iterations


# ------------------------------------------------------------------------ the search


def _is_constant(series: FloatArray) -> bool:
    return bool(np.ptp(series) == 0)


def _seasonal_difference(series: FloatArray, season: int) -> FloatArray:
    return series[season:] - series[:-season]


def _differences(series: FloatArray, most: int) -> int:
    """Differences until the KPSS test no longer rejects a constant level."""
    for d in range(most):
        if len(series) < 4 or _is_constant(series) or _kpss(series) <= KPSS_CRITICAL:
            return d
        series = np.diff(series)
    return most


def _kpss(series: FloatArray) -> float:
    """KPSS statistic of a level, with 3 sqrt(n) / 13 lags (Kwiatkowski et al. 1992)."""
    days = len(series)
    residuals = series - series.mean()
    lags = int(3.0 * math.sqrt(days) / 13.0)
    variance = residuals @ residuals / days
    for lag in range(1, lags + 1):
        weight = 1.0 - lag / (lags + 1.0)
        variance += 2.0 * weight * (residuals[lag:] @ residuals[:-lag]) / days
    partial_sums = np.cumsum(residuals)
    return float(partial_sums @ partial_sums / (days**2 * variance))


def _seasonal_strength(series: FloatArray, season: int) -> float:
    """1 - var(remainder) / var(season + remainder) of a classical decomposition.

    Wang, Smith and Hyndman 2006, Data Mining and Knowledge Discovery 13.
    """
    weights = np.ones(season + 1 - season % 2)
    if season % 2 == 0:
        weights[[0, -1]] = 0.5
    weights /= weights.sum()
    half = len(weights) // 2
    level = np.convolve(series, weights, mode="valid")
    detrended = series[half : len(series) - half] - level
    phase = np.arange(half, half + len(detrended)) % season
    means = np.bincount(phase, weights=detrended, minlength=season) / np.bincount(
        phase, minlength=season
    )
    total = float(np.var(detrended))
    if total == 0.0:
        return 0.0
    return max(0.0, 1.0 - float(np.var(detrended - means[phase])) / total)


def _ranked(
    differenced: FloatArray, orders: list[tuple[Order, Order]], season: int
) -> list[int]:
    """Positions of orders, the lowest AICc of the Hannan-Rissanen regression first.

    Every order is regressed on the same days, from the longest lag of any on.
    """
    days = len(differenced)
    lags = [_lags(order, seasonal, season) for order, seasonal in orders]
    longest = max((lag for pair in lags for one in pair for lag in one), default=0)
    # The long autoregression: past two seasons where the length allows.
    long_order = max(1, min(2 * season, max(longest, 1) + season, days // 4))
    centred = differenced - differenced.mean()
    scale = float(np.std(centred))
    centred = centred / scale if scale > 0 else centred
    past = _lagged(centred, list(range(1, long_order + 1)), long_order)
    innovations = np.zeros(days)
    innovations[long_order:] = centred[long_order:] - past @ _least_squares(
        past, centred[long_order:]
    )
    start = min(long_order + longest, days - days // 2)
    target = centred[start:]
    has_constant = orders[0][0][1] + orders[0][1][1] == 0
    criteria = []
    for (order, seasonal), (own, shocks) in zip(orders, lags, strict=True):
        regressors = np.hstack(
            [_lagged(centred, own, start), _lagged(innovations, shocks, start)]
        )
        residuals = target - regressors @ _least_squares(regressors, target)
        terms = order[0] + order[2] + seasonal[0] + seasonal[2]
        parameters = terms + int(has_constant) + 1
        rss = max(float(residuals @ residuals), np.finfo(float).tiny)
        room = max(len(target) - parameters - 1, 1)
        criteria.append(
            len(target) * math.log(rss / len(target))
            + 2.0 * parameters * (1.0 + (parameters + 1.0) / room)
        )
    # Rounded: a tie goes to the smaller order, whatever the last digits say.
    return sorted(range(len(orders)), key=lambda at: (round(criteria[at], 6), at))


def _lags(order: Order, seasonal: Order, season: int) -> tuple[list[int], list[int]]:
    """Lags of the series and of the innovations that the product of terms touches."""

    def touched(terms: int, seasonal_terms: int) -> list[int]:
        return [
            step + season * cycle
            for cycle in range(seasonal_terms + 1)
            for step in range(terms + 1)
            if step + season * cycle > 0
        ]

    return touched(order[0], seasonal[0]), touched(order[2], seasonal[2])


def _lagged(series: FloatArray, lags: list[int], start: int) -> FloatArray:
    """Columns of earlier values, shape (days - start, lags); 0 before the first day."""
    columns = np.zeros((len(series) - start, len(lags)))
    for column, lag in enumerate(lags):
        behind = max(start - lag, 0)
        rows = len(series) - lag - behind
        if rows > 0:
            columns[-rows:, column] = series[behind : behind + rows]
    return columns


def _least_squares(regressors: FloatArray, target: FloatArray) -> FloatArray:
    if regressors.shape[1] == 0:
        return np.zeros(0)
    solution = np.linalg.lstsq(regressors, target, rcond=None)[0]
    return np.asarray(solution, dtype="float64")
