"""Settings of the forecasts."""

from __future__ import annotations

from typing import Annotated, Any

from retail_marts.settings.kinds import (
    Flag,
    Kind,
    Number,
    Section,
    SomeOf,
    Texts,
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

#: Models that cost more than all others together. They are tried in the first window.
COSTLY_MODELS = ("arima_fixed", "lstm")

#: A combination of the forecasts of other panel models.
COMBINATION = "combination"

#: A share of the forecast of the series' category, from its share of recent sales.
CATEGORY_SHARE = "category_share"

#: Uses the best models of all levels; its forecasts add up over the levels.
RECONCILED = "reconciled"

#: Every name that a candidate set may hold.
MODEL_NAMES = (*PANEL_MODELS, COMBINATION, *SERIES_MODELS)

MEASURES = ("quantity", "sales_amount")

LEVELS = ("total", "category", "sub_category", "product", "store", "store_product")

#: Levels that are forecast unless a setting says otherwise.
DEFAULT_LEVELS = LEVELS[:-1]

#: Levels on which only series that sell often enough have models of their own.
SHARED_LEVELS = ("product", "store_product")

#: Lengths of the periods that a business may be forecast in.
GRAIN_NAMES = ("day", "week", "month")

_PANEL_SET = (*PANEL_MODELS, COMBINATION)

#: Longest horizon that a setting may ask for, in days.
HORIZON_LIMIT = 366

# The naive models are always included: all others are compared with them.
Candidates = Annotated[tuple[str, ...], SomeOf(MODEL_NAMES, always=BASELINES)]
Levels = Annotated[tuple[str, ...], SomeOf(LEVELS, may_be_empty=True)]
Days = Annotated[int, Whole(1, HORIZON_LIMIT)]


class ForecastModels(Section):
    """Candidate models by level."""

    total: Candidates = setting(
        MODEL_NAMES, "candidates for the total of a business", shown_default="all"
    )
    category: Candidates = setting(
        _PANEL_SET, "candidates for categories", shown_default="the panel models"
    )
    sub_category: Candidates = setting(
        _PANEL_SET, "candidates for sub-categories", shown_default="the panel models"
    )
    product: Candidates = setting(
        _PANEL_SET, "candidates for products", shown_default="the panel models"
    )
    store: Candidates = setting(
        _PANEL_SET, "candidates for stores", shown_default="the panel models"
    )

    store_product: Candidates = setting(
        _PANEL_SET,
        "candidates for products in stores",
        shown_default="the panel models",
    )

    def __getitem__(self, level: str) -> tuple[str, ...]:
        models: tuple[str, ...] = getattr(self, level)
        return models


class ForecastSettings(Section):
    """How to forecast."""

    horizon_days: Days | None = setting(
        None,
        "number of days to forecast",
        shown_default="to the end of the next full month, at least 31",
    )
    backtest_horizon_days: Days = setting(
        31, "maximum length of a backtest window, in days"
    )
    backtest_windows: Annotated[int, Whole(1, 52)] = setting(
        4,
        "number of backtest windows; they follow each other and the last one ends "
        "at the data end; a short series gets shorter windows first, then fewer",
    )
    min_training_days: Annotated[int, Whole(7, 3660)] = setting(
        28, "minimum number of days of a series before a window"
    )
    models: ForecastModels = setting(
        ForecastModels,
        "candidates by level, for example `{total: [weekday_mean, arima_search]}`; "
        "the baselines are always included",
        shown_default="`total`: all; other levels: the panel models",
    )
    run_all_models: Annotated[bool, Flag()] = setting(
        False,
        "whether `arima_fixed` and `lstm` are measured in all windows even if another "
        "model has a lower error in the first",
    )
    own_model_min_days: Annotated[int, Whole(0, 365)] = setting(
        28,
        "number of days with sales in the last 365 days from which a product, or a "
        "product in a store, gets models of its own (half as many for a new one that "
        "sells on every second day); the others get a share of their category's "
        "forecast",
    )
    own_model_sales_share: Annotated[float, Number(0, 1)] = setting(
        0.98,
        "only the best-selling products that together make up this share of the sales "
        "of their level get models of their own",
    )
    reconcile: Annotated[bool, Flag()] = setting(
        True,
        "whether to add the model `reconciled`, whose forecasts add up over the levels",
    )
    closed_event_types: Annotated[tuple[str, ...], Texts()] = setting(
        ("closed", "closure"),
        "types of events on which nothing is sold, in upper or lower case",
    )
    unplanned_event_types: Annotated[tuple[str, ...], Texts()] = setting(
        (),
        "types of events that nobody knows ahead, such as [storm, strike]: no model "
        "uses them",
    )
    detail_series_limit: Annotated[int, Whole(0, 10_000_000)] = setting(
        100,
        "if a level has more series than this, it keeps daily values only of the "
        "best, the best naive and the reconciled model; it keeps the accuracy of "
        "all models",
    )
    random_state: Annotated[int, Whole(0, 2**31 - 1)] = setting(0, "random seed")
    workers: Annotated[int, Whole(1, 64)] = setting(
        1, "number of processes for models that are fitted one series at a time"
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
