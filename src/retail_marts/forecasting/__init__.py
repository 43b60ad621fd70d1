"""Forecasts of daily sales: every series with its best model and measured errors."""

from retail_marts.forecasting.engine import forecast_series
from retail_marts.forecasting.event_effects import event_effects
from retail_marts.forecasting.oddities import series_oddities
from retail_marts.forecasting.schemas import (
    ACCURACY,
    BACKTEST,
    EVENT_EFFECTS,
    EVENTS,
    FORECAST_KINDS,
    FORECASTS,
    ODDITIES,
    SERIES,
    SUMMARY,
    ForecastResult,
)
from retail_marts.settings.forecasting import (
    BASELINES,
    MODEL_NAMES,
    ForecastSettings,
)

__all__ = [
    "ACCURACY",
    "BACKTEST",
    "BASELINES",
    "EVENTS",
    "EVENT_EFFECTS",
    "FORECASTS",
    "FORECAST_KINDS",
    "MODEL_NAMES",
    "ODDITIES",
    "SERIES",
    "SUMMARY",
    "ForecastResult",
    "ForecastSettings",
    "event_effects",
    "forecast_series",
    "series_oddities",
]
