"""Demand until the next delivery, with a safety stock for a service level.

The distribution is that of the forecast's own errors: sums of the errors over the days
to cover, within the backtest windows, divided by the size that independent daily errors
would give them. These scores are pooled over the series of a business, and their
quantile times the size of the series is the safety stock (split conformal prediction,
Lei et al. 2018, doi:10.1080/01621459.2017.1307116). Unlike the normal formula ``z *
deviation * sqrt(days)``, this keeps the skew of the demand and the errors that all days
of a window share.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from retail_marts.frames import Schema, conform, stacked

FloatArray = NDArray[np.float64]

_KEYS = ("business_id", "series_level", "series_id")

#: One row per series.
STOCK_NEEDS: Schema = {
    **dict.fromkeys(_KEYS, "string"),
    "distribution": "string",
    "expected_quantity": "float64",
    "safety_stock_quantity": "float64",
    "stock_out_risk": "float64",
    "tested_window_count": "int64",
    "attained_service_level": "float64",
    "normal_attained_service_level": "float64",
}

#: Whose errors the safety stock is based on.
OWN, OTHERS, NONE = "own backtests", "backtests of other products", "none"


def stock_needs(
    needs: pd.DataFrame,
    forecasts: pd.DataFrame,
    backtests: pd.DataFrame,
    *,
    service_level: float,
) -> pd.DataFrame:
    """Expected demand and safety stock of each series.

    Parameters
    ----------
    needs
        One row per series: ``business_id``, ``series_level``, ``series_id``,
        ``days_to_cover`` (until the delivery after the next) and ``stock_quantity``
        (on hand and on order, null if unknown).
    forecasts
        One row per series and future day, with ``forecast_date`` and
        ``forecast_value``.
    backtests
        One row per series, ``window_id`` and ``sales_date``, with ``actual_value`` and
        ``forecast_value``.
    service_level
        Probability that expected demand and safety stock are enough.

    Returns
    -------
    pandas.DataFrame
        One row per series (:data:`STOCK_NEEDS`). Without enough forecast days there is
        no expected demand. Without a backtest window of ``days_to_cover`` there is no
        safety stock.
    """
    level_keys = ["business_id", "series_level"]
    frames = []
    tested = dict(list(backtests.groupby(level_keys)))
    ahead = dict(list(forecasts.groupby(level_keys)))
    for key, of_level in needs.groupby(level_keys):
        future = ahead[key].pivot_table(
            index="series_id", columns="forecast_date", values="forecast_value"
        )
        for days in of_level["days_to_cover"].unique().tolist():
            group = of_level[of_level["days_to_cover"] == days]
            values = future.reindex(group["series_id"]).to_numpy(dtype=float)
            expected = np.full(len(group), np.nan)
            if values.shape[1] >= days:
                expected = values[:, :days].sum(axis=1)
            sums = _window_sums(tested.get(key), days)
            frames.append(_needs_of(group, expected, sums, service_level=service_level))
    return conform(stacked(frames, STOCK_NEEDS), STOCK_NEEDS)


def _window_sums(backtests: pd.DataFrame | None, days: int) -> pd.DataFrame:
    """Sums over ``days`` successive days of each backtest window, one row per sum."""
    columns = ["series_id", "window_id", "error", "forecast", "squares"]
    if backtests is None:
        return pd.DataFrame(columns=columns)
    ordered = backtests.sort_values(["series_id", "window_id", "sales_date"])
    error = ordered["actual_value"] - ordered["forecast_value"]
    daily = pd.DataFrame(
        {
            "series_id": ordered["series_id"],
            "window_id": ordered["window_id"],
            "error": error,
            "forecast": ordered["forecast_value"],
            "squares": error**2,
        }
    )
    rolled = daily.groupby(["series_id", "window_id"])[columns[2:]].rolling(days).sum()
    return rolled.dropna().reset_index()[columns]


def _sizes(sums: pd.DataFrame) -> pd.Series:
    """Size that the sum of independent daily errors would have, by series."""
    sizes: pd.Series = sums.groupby("series_id")["squares"].mean() ** 0.5
    return sizes


def _scores(sums: pd.DataFrame, sizes: pd.Series) -> FloatArray:
    size = sums["series_id"].map(sizes).to_numpy(dtype=float)
    usable = size > 0
    return np.sort(sums["error"].to_numpy(dtype=float)[usable] / size[usable])


def _attained(sums: pd.DataFrame, service_level: float) -> tuple[int, float, float]:
    """Windows that were held out, and the share of their sums that was covered."""
    windows = sums["window_id"].unique()
    own, normal = [], []
    for window in windows if len(windows) > 1 else ():
        held = sums[sums["window_id"] == window]
        others = sums[sums["window_id"] != window]
        sizes = _sizes(others)
        scores = _scores(others, sizes)
        size = held["series_id"].map(sizes).to_numpy(dtype=float)
        if not len(scores) or not np.isfinite(size).any():
            continue
        error = held["error"].to_numpy(dtype=float)[np.isfinite(size)]
        size = size[np.isfinite(size)]
        safety = max(float(np.quantile(scores, service_level, method="higher")), 0.0)
        own.append(np.mean(error <= safety * size))
        normal.append(np.mean(error <= norm.ppf(service_level) * size))
    if not own:
        return 0, np.nan, np.nan
    return len(own), float(np.mean(own)), float(np.mean(normal))


def _needs_of(
    needs: pd.DataFrame,
    expected: FloatArray,
    sums: pd.DataFrame,
    *,
    service_level: float,
) -> pd.DataFrame:
    sizes = _sizes(sums)
    scores = _scores(sums, sizes)
    size = needs["series_id"].map(sizes).to_numpy(dtype=float)
    is_own = np.isfinite(size)
    # The size of errors grows with the root of the demand, as counts do.
    demand = sums["forecast"].sum()
    relative = sums["squares"].sum() / demand if demand > 0 else np.nan
    size = np.where(is_own, size, np.sqrt(relative * np.maximum(expected, 0)))
    stock = needs["stock_quantity"].to_numpy(dtype=float, na_value=np.nan)
    safety = risk = np.full(len(needs), np.nan)
    if len(scores):
        quantile = float(np.quantile(scores, service_level, method="higher"))
        safety = np.where(np.isfinite(expected), max(quantile, 0.0) * size, np.nan)
        spare = (stock - expected) / np.where(size > 0, size, np.nan)
        risk = 1 - np.searchsorted(scores, spare, side="right") / len(scores)
        risk = np.where(size > 0, risk, (stock < expected).astype(float))
        risk = np.where(np.isfinite(stock - expected), risk, np.nan)
    windows, attained, normal = _attained(sums, service_level)
    based = np.where(is_own, OWN, OTHERS)
    return needs.loc[:, list(_KEYS)].assign(
        distribution=np.where(np.isfinite(safety), based, NONE),
        expected_quantity=expected,
        safety_stock_quantity=safety,
        stock_out_risk=risk,
        tested_window_count=windows,
        attained_service_level=attained,
        normal_attained_service_level=normal,
    )
