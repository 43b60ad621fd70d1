"""Intervals calibrated on what the forecasts erred by before.

Split conformal prediction (Vovk et al. 2005; Lei et al. 2018,
doi:10.1080/01621459.2017.1307116) along time: an error divided by its series' scale is
a score; the scores of all series of a panel and of all *earlier* windows of the same
model are pooled, and their signed quantiles, times the scale, are the bounds of the
next window. The first window has only the one-step errors of the history.

A series that sells nothing on more days than the lower tail holds has nothing to cut
off below: its interval reaches down to zero and all of the tail lies above, so that 80
and 95 % stay what they say as far as a series of counts allows. A series that sells
nothing on 97 days of 100 is inside any interval on those 97.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

FloatArray = NDArray[np.float64]

#: Bound name to the share of outcomes below it.
BOUNDS = {"lower_80": 0.1, "upper_80": 0.9, "lower_95": 0.025, "upper_95": 0.975}

#: Upper bound of an interval that reaches down to zero: the whole tail is above.
_ONE_SIDED = {"upper_80": 0.8, "upper_95": 0.95}

#: Scores are counted in bins: pooled quantiles of any number of series in fixed memory.
_EDGE, _BINS_A_UNIT = 15.0, 50
_BIN_COUNT = int(2 * _EDGE * _BINS_A_UNIT)

#: Windows that the one-step errors of the history weigh as much as.
HISTORY_WEIGHT = 1.0


@dataclass(frozen=True)
class Calibration:
    """What the history says of a panel's errors before any window.

    Attributes
    ----------
    noise
        Shape (origins, series): root mean square of the recent one-step errors before
        each window's origin and, last, before the forecast's.
    idle_share
        Shape (series,): share of days without a sale before the first window.
    counts
        Shape (origins, bins): how often each score (error over noise) was seen.
    few
        Scores below which bounds are those of Student's t: the outermost of a few
        scores is no bound of 95 %.
    """

    noise: FloatArray
    idle_share: FloatArray
    counts: FloatArray
    few: float = 0.0


def score_counts(errors: FloatArray, scales: FloatArray) -> FloatArray:
    """Count scores in bins; errors that are NaN or without scale are left out."""
    scale = np.broadcast_to(scales, errors.shape)
    usable = np.isfinite(errors) & (scale > 0)
    scores = errors[usable] / scale[usable]
    bins = np.floor((np.clip(scores, -_EDGE, _EDGE - 1e-9) + _EDGE) * _BINS_A_UNIT)
    return np.bincount(bins.astype(np.int64), minlength=_BIN_COUNT).astype(np.float64)


def _quantiles(
    counts: FloatArray, wanted_shares: dict[str, float], *, few: float = 0.0
) -> dict[str, float]:
    total = counts.sum()
    if total == 0:
        # No error was seen yet.
        return {name: float(stdtrit(2, share)) for name, share in wanted_shares.items()}
    edges = np.arange(1, _BIN_COUNT + 1) / _BINS_A_UNIT - _EDGE
    if total < few:
        size = np.sqrt((counts * (edges - 0.5 / _BINS_A_UNIT) ** 2).sum() / total)
        freedom = max(total - 1, 2.0)
        return {
            name: float(size * stdtrit(freedom, share))
            for name, share in wanted_shares.items()
        }
    shares = np.cumsum(counts) / total
    found = {}
    for name, share in wanted_shares.items():
        # The finite-sample step of split conformal prediction, to the outside.
        outside = (1 if share > 0.5 else -1) * abs(share - 0.5) * 2 / total
        wanted = min(max(share + outside, 1e-9), 1 - 1e-9)
        place = int(np.searchsorted(shares, wanted))
        found[name] = float(edges[min(place, _BIN_COUNT - 1)]) - 0.5 / _BINS_A_UNIT
    return found


def _shape(forecast: FloatArray) -> FloatArray:
    """How much wider a busy day's errors are: with the root of its forecast."""
    level = forecast.mean(axis=-1, keepdims=True)
    relative = np.where(level > 0, forecast / np.where(level > 0, level, 1), 1.0)
    shape: FloatArray = np.sqrt(np.clip(relative, 0.25, 4.0))
    return shape


def model_bounds(
    *,
    actual: FloatArray,
    backtest: FloatArray,
    future: FloatArray,
    calibration: Calibration,
    floor: FloatArray,
    closed: NDArray[np.bool_],
    closed_future: NDArray[np.bool_],
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Bounds of one model's windows and of its forecast.

    Parameters
    ----------
    actual, backtest
        Shape (windows, series, horizon), NaN where there is none.
    future
        Shape (series, forecast horizon).
    floor
        Shape (series,): what a bound cannot fall below (zero, or minus infinity).
    closed, closed_future
        Days on which each series is closed, shape (windows, series, horizon) and
        (series, forecast horizon): where the forecast is zero as well, so are its
        bounds.

    Returns
    -------
    tuple
        Bound name to the bounds of the windows, and to those of the forecast. Bounds
        of a window use the errors of earlier windows alone.
    """
    errors = actual - backtest
    window_count = len(backtest)
    windows = {name: np.full(backtest.shape, np.nan) for name in BOUNDS}
    seen = np.zeros(_BIN_COUNT)
    squares = np.zeros(future.shape[0])
    known = np.zeros(future.shape[0])
    bounds: dict[str, FloatArray] = {}
    for origin in range(window_count + 1):
        last = origin == window_count
        point = future if last else backtest[origin]
        shut = closed_future if last else closed[origin]
        noise = calibration.noise[origin]
        spread = np.sqrt((noise**2 + squares) / (1 + known))[:, None] * _shape(point)
        history = calibration.counts[origin]
        weight = HISTORY_WEIGHT * (seen.sum() / max(origin, 1) if origin else 1.0)
        pooled = seen + history * (weight / max(history.sum(), 1.0))
        # Errors without a scale are no scores.
        if not origin or (not seen.any() and known.any()):
            pooled = history
        bounds = {}
        two_sided = _quantiles(pooled, BOUNDS, few=calibration.few)
        one_sided = _quantiles(pooled, _ONE_SIDED, few=calibration.few)
        for name, quantile in two_sided.items():
            lower = name.replace("upper", "lower")
            idle = (calibration.idle_share > BOUNDS[lower])[:, None]
            score = np.where(idle, one_sided.get(name, quantile), quantile)
            edge = point + np.where(spread > 0, score * spread, 0.0)
            edge = np.where(shut & (point == 0), 0.0, edge)
            if name == lower:
                edge = np.minimum(np.where(idle, np.minimum(edge, 0.0), edge), point)
            else:
                edge = np.maximum(edge, point)
            bounds[name] = np.where(
                np.isnan(point), np.nan, np.maximum(edge, floor[:, None])
            )
        if last:
            break
        for name, edges in bounds.items():
            windows[name][origin] = edges
        error = errors[origin]
        seen = seen + score_counts(error, spread)
        had = np.isfinite(error).all(axis=1)
        squares = squares + np.where(had, np.nan_to_num(error**2).mean(axis=1), 0.0)
        known = known + had
    return windows, bounds


def coverage(actual: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Share of days between the bounds, shape (series,); NaN without a window."""
    known = np.isfinite(actual) & np.isfinite(lower) & np.isfinite(upper)
    # A bound that equals the day up to rounding holds it.
    slack = 1e-9 * np.maximum(np.abs(np.nan_to_num(actual)), 1e-9)
    inside = known & (actual >= lower - slack) & (actual <= upper + slack)
    days = known.sum(axis=(0, 2))
    return np.where(days > 0, inside.sum(axis=(0, 2)) / np.maximum(days, 1), np.nan)


def total_spread(
    *, actual: FloatArray, backtest: FloatArray, calibration: Calibration
) -> tuple[FloatArray, FloatArray, float]:
    """How far the total of several days strays from its forecast.

    Errors of a day are partly its own and partly shared by the whole window (a level
    that was wrong). The totals of the backtest windows separate the two: of a total
    over d days the variance is ``own * d + shared * d ** 2``.

    Returns
    -------
    tuple
        Variance a day of the own part and of the shared part, each of shape (series,),
        and the degrees of freedom of their estimate.

    Notes
    -----
    The ratio of a window total's squared error to that of independent days is
    averaged over a series' windows and, with the weight of four windows, over the
    panel.
    """
    error = actual - backtest
    _, series, horizon = error.shape
    noise = calibration.noise[-1] ** 2
    had = np.asarray(np.isfinite(error).all(axis=2) & (horizon > 0), dtype=bool)
    windows = had.sum(axis=0)
    if not had.any():
        return noise, np.zeros(series), 4.0
    error = np.where(had[:, :, None], error, 0.0)
    daily = (error**2).sum(axis=(0, 2)) / np.maximum(windows * horizon, 1)
    totals = (error.sum(axis=2) ** 2).sum(axis=0) / np.maximum(windows, 1)
    usable = (windows > 0) & (daily > 0)
    own = np.where(usable, totals / (horizon * np.where(usable, daily, 1)), np.nan)
    panel = float(np.nanmean(own)) if usable.any() else 1.0
    ratio = np.where(
        usable, (windows * np.nan_to_num(own) + 4 * panel) / (windows + 4), panel
    )
    ratio = np.maximum(ratio, 1.0)
    variance = np.where(windows > 0, daily, noise)
    shared = variance * (ratio - 1) / horizon
    freedom = float(min(had.any(axis=1).sum() * min(series, 8), 60))
    return variance, shared, max(freedom, 2.0)


def total_bounds(
    total: FloatArray,
    *,
    day_count: int,
    own: FloatArray,
    shared: FloatArray,
    freedom: float,
    floor: FloatArray,
) -> dict[str, FloatArray]:
    """Bounds of a total over some days, by Student's t; all of shape (series,)."""
    spread = np.sqrt(own * day_count + shared * day_count**2)
    return {
        f"total_{name}": np.maximum(
            total + float(stdtrit(freedom, share)) * spread, floor
        )
        for name, share in BOUNDS.items()
    }
