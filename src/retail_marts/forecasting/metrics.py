"""Errors of forecasts, by the names that the field gives them.

All take arrays of shape (windows, series, horizon) in which a window that a series did
not have is NaN, and give one number per series; NaN where it is not defined.
Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001, for MASE; the M5
competition for RMSSE.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Names of the point errors, besides the count of days that ``mape`` skips.
ERRORS = ("mae", "rmse", "mape", "smape", "wape", "bias", "mase", "rmsse")

#: Season of the scaled errors, in days.
SEASON_DAYS = 7


def seasonal_scales(
    values: FloatArray,
    births: NDArray[np.int64],
    origins: list[int],
    *,
    season: int = SEASON_DAYS,
) -> tuple[FloatArray, FloatArray]:
    """Mean absolute and mean squared seasonal difference of the training days.

    Returns
    -------
    tuple of numpy.ndarray
        Both of shape (windows, series): the errors of last week's values, on the days
        before each origin alone. NaN where all these differences are zero.
    """
    day_count = values.shape[1]
    difference = np.zeros_like(values)
    if day_count > season:
        difference[:, season:] = values[:, season:] - values[:, :-season]
    known = np.arange(day_count) >= births[:, None] + season
    difference *= known
    absolute = np.stack([np.abs(difference[:, :o]).sum(axis=1) for o in origins])
    squared = np.stack([(difference[:, :o] ** 2).sum(axis=1) for o in origins])
    counts = np.stack([known[:, :o].sum(axis=1) for o in origins])
    usable = (counts > 0) & (absolute > 0)
    divisor = np.where(usable, counts, 1)
    return (
        np.where(usable, absolute / divisor, np.nan),
        np.where(usable, squared / divisor, np.nan),
    )


def errors_by_series(
    actual: FloatArray,
    forecast: FloatArray,
    *,
    absolute_scale: FloatArray,
    squared_scale: FloatArray,
) -> dict[str, FloatArray]:
    """All point errors of each series over its windows.

    Parameters
    ----------
    actual, forecast
        Shape (windows, series, horizon); NaN where a series has no window.
    absolute_scale, squared_scale
        From :func:`seasonal_scales`.

    Returns
    -------
    dict of numpy.ndarray
        Each of shape (series,). ``mae``, ``rmse`` in units; ``mape``, ``smape``,
        ``wape`` as shares (0.25 is 25 %). ``mape`` skips days without sales,
        ``mape_skipped_count`` counts them; a day that is zero and forecast as zero
        counts 0 in ``smape``. ``bias`` is the sum of forecasts less that of actual
        values, as a share of the latter.
    """
    with warnings.catch_warnings():
        # A series without a window has no mean.
        warnings.simplefilter("ignore", RuntimeWarning)
        known = np.isfinite(actual) & np.isfinite(forecast)
        truth = np.where(known, actual, np.nan)
        error = np.abs(forecast - truth)
        size = np.abs(truth)
        by_window = np.nanmean(error, axis=2)
        squares = np.nanmean(error**2, axis=2)
        both = size + np.abs(forecast)
        symmetric = np.where(both > 0, 2 * error / np.where(both > 0, both, 1), 0.0)
        total = np.nansum(size, axis=(0, 2))
        zero = known & (truth == 0)
        relative = np.where(size > 0, error / np.where(size > 0, size, 1), np.nan)
        return {
            "mae": np.nanmean(error, axis=(0, 2)),
            "rmse": np.sqrt(np.nanmean(error**2, axis=(0, 2))),
            "mape": np.nanmean(relative, axis=(0, 2)),
            "mape_skipped_count": zero.sum(axis=(0, 2)).astype(np.float64),
            "smape": np.nanmean(np.where(known, symmetric, np.nan), axis=(0, 2)),
            "wape": np.where(
                total > 0,
                np.nansum(error, axis=(0, 2)) / np.where(total > 0, total, 1),
                np.nan,
            ),
            "bias": np.where(
                total > 0,
                np.nansum(forecast - truth, axis=(0, 2))
                / np.where(total > 0, total, 1),
                np.nan,
            ),
            "mase": np.nanmean(by_window / absolute_scale, axis=0),
            "rmsse": np.sqrt(np.nanmean(squares / squared_scale, axis=0)),
        }
