"""Forecasts of daily sales: every series with its best model and measured errors."""

from retail_marts.forecasting.engine import forecast_series
from retail_marts.forecasting.oddities import series_oddities
from retail_marts.forecasting.schemas import (
    ACCURACY,
    BACKTEST,
    FORECASTS,
    ODDITIES,
    SERIES,
    SUMMARY,
    ForecastResult,
)
from retail_marts.forecasting.settings import (
    BASELINES,
    MODEL_NAMES,
    ForecastSettings,
    arima_orders,
    forecast_settings,
)

__all__ = [
    "ACCURACY",
    "BACKTEST",
    "BASELINES",
    "FORECASTS",
    "MODEL_NAMES",
    "ODDITIES",
    "SERIES",
    "SUMMARY",
    "ForecastResult",
    "ForecastSettings",
    "arima_orders",
    "forecast_series",
    "forecast_settings",
    "series_oddities",
]
