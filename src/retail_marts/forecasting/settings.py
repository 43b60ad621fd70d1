"""Settings of the forecasts, checked before any work."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from retail_marts import setting_checks as checks

_SETTING = "forecast_settings"

#: Naive models that every other model is compared with, simplest first.
BASELINES = ("mean", "naive", "seasonal_naive", "weekday_mean")

#: Models that work on all series of a level at once.
PANEL_MODELS = (
    *BASELINES,
    "seasonal_naive_364",
    "exponential_smoothing",
    "damped_trend",
    "theta",
    "teunter_syntetos_babai",
    "calendar_regression",
    "yearly_smoothing",
    "yearly_trend",
)

#: Models that are fitted one series at a time.
SERIES_MODELS = ("arima_fixed", "arima_search", "lstm")

#: Made of the forecasts of other panel models.
COMBINATION = "combination"

#: Made of the best models of all levels; adds up over the levels.
RECONCILED = "reconciled"

#: Every name that a candidate set may hold.
MODEL_NAMES = (*PANEL_MODELS, COMBINATION, *SERIES_MODELS)

LEVELS = ("total", "category", "sub_category", "product", "store")

_PANEL_SET = (*PANEL_MODELS, COMBINATION)

#: Longest horizon that a setting may ask for, in days.
HORIZON_LIMIT = 366


def _default_models() -> Mapping[str, tuple[str, ...]]:
    sets: dict[str, tuple[str, ...]] = dict.fromkeys(LEVELS, _PANEL_SET)
    sets["total"] = MODEL_NAMES
    return MappingProxyType(sets)


@dataclass(frozen=True)
class ForecastSettings:
    """How to forecast.

    Attributes
    ----------
    horizon_days
        Days to forecast. When none, to the end of the next full month after the data
        end, and at least 31.
    backtest_horizon_days
        Longest horizon of a backtest window.
    backtest_windows
        Windows of the backtest; each ends where the next begins, the last at the data
        end. A short series gets a shorter horizon first, then fewer windows.
    min_training_days
        Days of a series that must lie before a window's origin.
    models
        Level to candidate models.
    reconcile
        Whether to add the model ``reconciled``.
    detail_series_limit
        A level of more series than this keeps the daily forecasts and backtests of a
        series' best model, best naive model and ``reconciled`` alone; accuracy is
        always kept for all.
    random_state
        Seed of the models that draw random numbers.
    workers
        Processes for the models that are fitted one series at a time.
    """

    horizon_days: int | None = None
    backtest_horizon_days: int = 31
    backtest_windows: int = 4
    min_training_days: int = 28
    models: Mapping[str, tuple[str, ...]] = field(default_factory=_default_models)
    reconcile: bool = True
    detail_series_limit: int = 100
    random_state: int = 0
    workers: int = 1


#: Setting to the whole numbers that it may be.
_RANGES = {
    "horizon_days": (1, HORIZON_LIMIT),
    "backtest_horizon_days": (1, HORIZON_LIMIT),
    "backtest_windows": (1, 52),
    "min_training_days": (7, 3660),
    "detail_series_limit": (0, 10_000_000),
    "random_state": (0, 2**31 - 1),
    "workers": (1, 64),
}


def forecast_settings(values: Mapping[str, Any] | None = None) -> ForecastSettings:
    """Check a plain mapping of settings.

    Parameters
    ----------
    values
        Setting names and values as they stand in a yml file. ``models`` maps a level
        to a list of model names; levels that it does not name keep their default.

    Raises
    ------
    InputError
        When a setting is unknown or its value out of range; the error names it.
    """
    known = [one.name for one in fields(ForecastSettings)]
    given = checks.known_settings(_SETTING, values, known)
    for name, value in given.items():
        if name in _RANGES and not (name == "horizon_days" and value is None):
            checks.whole_number(f"{_SETTING}.{name}", value, *_RANGES[name])
    if not isinstance(given.get("reconcile", True), bool):
        raise checks.wrong(f"{_SETTING}.reconcile", given["reconcile"], "true or false")
    if "models" in given:
        given["models"] = _models(given["models"])
    return ForecastSettings(**given)


def arima_orders(
    values: Mapping[str, Any] | None, *, businesses: Collection[str] | None = None
) -> dict[str, tuple[int, int, int]]:
    """Check the orders of the model ``arima_fixed``, one a business.

    Parameters
    ----------
    values
        Business to the three numbers (p, d, q), as they stand in a yml file.
    businesses
        Businesses that may have one; any when not given.

    Raises
    ------
    InputError
        When an order is not three whole numbers of at least 0, or that of an unknown
        business; the error names it.
    """
    orders: dict[str, tuple[int, int, int]] = {}
    stated = checks.mapping("forecast_arima_orders", values)
    checks.known_businesses("forecast_arima_orders", stated, businesses)
    for business, order in stated.items():
        terms = order if isinstance(order, (list, tuple)) else ()
        numbers = [one for one in terms if type(one) is int and one >= 0]
        if len(terms) != 3 or len(numbers) != 3:
            raise checks.wrong(
                f"forecast_arima_orders.{business}",
                order,
                "three whole numbers of at least 0, such as [5, 1, 0]",
            )
        orders[str(business)] = (numbers[0], numbers[1], numbers[2])
    return orders


def _models(value: object) -> Mapping[str, tuple[str, ...]]:
    sets = dict(_default_models())
    for level, names in checks.known_settings(
        f"{_SETTING}.models", value, LEVELS
    ).items():
        # The naive models are what every other is measured against.
        sets[level] = checks.choices(
            f"{_SETTING}.models.{level}", names, MODEL_NAMES, always=BASELINES
        )
    return MappingProxyType(sets)
