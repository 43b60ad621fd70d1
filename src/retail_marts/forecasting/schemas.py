"""The frames that the forecasting library takes and gives."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from retail_marts.frames import Schema

#: What ``forecast_series`` takes: one row per series and day with sales.
SERIES: Schema = {
    "business_id": "string",
    "measure": "string",
    "series_level": "string",
    "series_id": "string",
    "sales_date": "datetime64[ns]",
    "value": "float64",
}

#: Days known ahead: one row per business, day and event, and per product, store and
#: category that the event is about (null: all).
EVENTS: Schema = {
    "business_id": "string",
    "event_date": "datetime64[us]",
    "event_name": "string",
    "event_type": "string",
    "product_id": "string",
    "store_id": "string",
    "category": "string",
}

#: Columns that name a series.
SERIES_KEYS = ("business_id", "measure", "series_level", "series_id")

_KEYS: dict[str, str] = dict.fromkeys((*SERIES_KEYS, "model_name"), "string")

_BOUNDS: dict[str, str] = dict.fromkeys(
    ("lower_80", "upper_80", "lower_95", "upper_95"), "float64"
)

#: One row per series, model and future day.
FORECASTS: Schema = {
    **_KEYS,
    "forecast_origin_date": "datetime64[us]",
    "forecast_date": "datetime64[us]",
    "forecast_value": "float64",
    **_BOUNDS,
    "is_best_model": "bool",
    "is_shared": "bool",
    "grain": "string",
}

#: One row per series and model; the errors are those of the backtest windows.
ACCURACY: Schema = {
    **_KEYS,
    "window_count": "int64",
    "horizon_days": "int64",
    "training_days_min": "int64",
    "mae": "float64",
    "rmse": "float64",
    "mape": "float64",
    "mape_skipped_count": "int64",
    "smape": "float64",
    "wape": "float64",
    "bias": "float64",
    "mase": "float64",
    "rmsse": "float64",
    "coverage_80": "float64",
    "coverage_95": "float64",
    "fit_seconds": "float64",
    "converged": "bool",
    "failure_reason": "string",
    "loss_name": "string",
    "is_baseline": "bool",
    "beats_baseline": "boolean",
    "model_rank": "Int64",
    "is_best_model": "bool",
    "is_shared": "bool",
    "grain": "string",
}

#: One row per series, model and day of a backtest window.
BACKTEST: Schema = {
    **_KEYS,
    "window_id": "int64",
    "forecast_origin_date": "datetime64[us]",
    "sales_date": "datetime64[us]",
    "actual_value": "float64",
    "forecast_value": "float64",
    **_BOUNDS,
    "is_best_model": "bool",
}

#: One row per series, model and month of the forecast.
SUMMARY: Schema = {
    **_KEYS,
    "month_start_date": "datetime64[us]",
    "day_count": "int64",
    "total": "float64",
    **{f"total_{bound}": kind for bound, kind in _BOUNDS.items()},
    "mean": "float64",
    "median": "float64",
    "minimum": "float64",
    "maximum": "float64",
    "is_best_model": "bool",
}

#: One row per series and day that is odd.
ODDITIES: Schema = {
    **dict.fromkeys(SERIES_KEYS, "string"),
    "sales_date": "datetime64[us]",
    "actual_value": "float64",
    "expected_value": "float64",
    "deviation_score": "float64",
    "note": "string",
    "is_outlier": "bool",
    "is_closed_day": "bool",
    "is_filled": "bool",
}


#: One row per series, event and measure: what its days sold compared with others.
EVENT_EFFECTS: Schema = {
    **dict.fromkeys(SERIES_KEYS, "string"),
    "event_type": "string",
    "event_name": "string",
    "note": "string",
    "day_count": "int64",
    "actual_value": "float64",
    "expected_value": "float64",
    "effect_share": "float64",
    "effect_lower_95": "float64",
    "effect_upper_95": "float64",
    "is_beyond_chance": "boolean",
}

#: The frames of :class:`ForecastResult`.
FORECAST_KINDS = {
    "backtest": BACKTEST,
    "forecasts": FORECASTS,
    "accuracy": ACCURACY,
    "summary": SUMMARY,
}


@dataclass(frozen=True)
class ForecastResult:
    """The four frames of a run.

    Attributes
    ----------
    forecasts
        One row per series, model and future day (:data:`FORECASTS`).
    accuracy
        One row per series and model (:data:`ACCURACY`), also for a model that failed.
    backtest
        One row per series, model and day of a backtest window (:data:`BACKTEST`).
    summary
        One row per series, model and month of the forecast (:data:`SUMMARY`).
    """

    forecasts: pd.DataFrame
    accuracy: pd.DataFrame
    backtest: pd.DataFrame
    summary: pd.DataFrame
