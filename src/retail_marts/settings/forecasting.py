"""Settings of the forecasts."""

from __future__ import annotations

from typing import Annotated, Any

from retail_marts.settings.kinds import (
    Flag,
    Kind,
    Section,
    SomeOf,
    Whole,
    refused,
    setting,
    shown,
)

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

MEASURES = ("quantity", "sales_amount")

LEVELS = ("total", "category", "sub_category", "product", "store")

_PANEL_SET = (*PANEL_MODELS, COMBINATION)

#: Longest horizon that a setting may ask for, in days.
HORIZON_LIMIT = 366

# The naive models are what every other is measured against.
Candidates = Annotated[tuple[str, ...], SomeOf(MODEL_NAMES, always=BASELINES)]
Levels = Annotated[tuple[str, ...], SomeOf(LEVELS, may_be_empty=True)]
Days = Annotated[int, Whole(1, HORIZON_LIMIT)]


class ForecastModels(Section):
    """Level to candidate models."""

    total: Candidates = setting(
        MODEL_NAMES, "Candidates for a business's total.", shown_default="all"
    )
    category: Candidates = setting(
        _PANEL_SET, "Candidates for categories.", shown_default="the panel models"
    )
    sub_category: Candidates = setting(
        _PANEL_SET, "Candidates for sub-categories.", shown_default="the panel models"
    )
    product: Candidates = setting(
        _PANEL_SET, "Candidates for products.", shown_default="the panel models"
    )
    store: Candidates = setting(
        _PANEL_SET, "Candidates for stores.", shown_default="the panel models"
    )

    def __getitem__(self, level: str) -> tuple[str, ...]:
        models: tuple[str, ...] = getattr(self, level)
        return models


class ForecastSettings(Section):
    """How to forecast."""

    horizon_days: Days | None = setting(
        None,
        "days to forecast",
        shown_default="to the end of the next full month, at least 31",
    )
    backtest_horizon_days: Days = setting(31, "longest backtest window, in days")
    backtest_windows: Annotated[int, Whole(1, 52)] = setting(
        4,
        "windows of the backtest; each ends where the next begins, the last at the "
        "data end; a short series gets a shorter horizon first, then fewer windows",
    )
    min_training_days: Annotated[int, Whole(7, 3660)] = setting(
        28, "days of a series that must lie before a window"
    )
    models: ForecastModels = setting(
        ForecastModels,
        "candidates by level, for example `{total: [weekday_mean, arima_search]}`; the "
        "baselines are always among them",
        shown_default="`total`: all; else the panel models",
    )
    reconcile: Annotated[bool, Flag()] = setting(True, "whether to add `reconciled`")
    detail_series_limit: Annotated[int, Whole(0, 10_000_000)] = setting(
        100,
        "a level of more series keeps the days of the best, the best naive and the "
        "reconciled model only; accuracy is kept for all",
    )
    random_state: Annotated[int, Whole(0, 2**31 - 1)] = setting(
        0, "seed of the models that draw random numbers"
    )
    workers: Annotated[int, Whole(1, 64)] = setting(
        1, "processes for models that are fitted one series at a time"
    )


class ArimaOrder(Kind):
    """The three whole numbers (p, d, q)."""

    def read(self, value: Any) -> tuple[int, int, int]:
        terms = value if isinstance(value, list | tuple) else ()
        numbers = [one for one in terms if type(one) is int and one >= 0]
        if len(terms) == 3 and len(numbers) == 3:
            return (numbers[0], numbers[1], numbers[2])
        raise refused(
            f"is {shown(value)}.",
            "Set it to three whole numbers of at least 0, such as [5, 1, 0].",
        )

    def write(self, value: Any) -> list[int]:
        return list(value)

    def schema(self) -> dict[str, Any]:
        item = {"type": "integer", "minimum": 0}
        return {"type": "array", "items": item, "minItems": 3, "maxItems": 3}
