"""Forecast: expected sales of the next month, and how reliable the models are."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from retail_marts.report import charts
from retail_marts.report.blocks import (
    Block,
    empty,
    money,
    numbered,
    percent,
    short,
    words,
)
from retail_marts.report.marts_reader import Business

#: Days of history that are drawn before the forecast.
_HISTORY_DAYS = 60
#: Shown on the backtest together with the best model, if they are candidates.
_ALWAYS_SHOWN = ("mean", "weekday_mean", "seasonal_naive", "arima_fixed", "lstm")
_SERIES_SHOWN = 40
_ADJECTIVES = {"day": "Daily", "week": "Weekly", "month": "Monthly"}


def blocks(business: Business) -> list[Block]:
    """The forecasts of one business."""
    if not business.has("forecasting.fct_sales_forecasts"):
        return [
            empty(
                "none",
                "No forecast",
                "This business has no sales with dates, or forecasts are switched off.",
            )
        ]
    found = []
    for measure in business.frame(
        """
        select distinct measure from forecasting.fct_sales_forecasts
        where business_id = $business_id and series_level = 'total'
        order by measure
        """
    )["measure"]:
        unit = business.currency if measure == "sales_amount" else "units"
        title = "sales" if measure == "sales_amount" else "units"
        found += [
            _words(business, measure),
            _next_month(business, measure, unit, title),
            _backtest(business, measure, unit, title),
            _models(business, measure, title),
        ]
    return [*found, *_series(business)]


def _words(business: Business, measure: str) -> Block:
    """The forecast of the month in sentences."""

    def of(value: object) -> str:
        if measure == "sales_amount":
            return money(business.currency, value)
        return f"{short(value)} units"

    summary = business.frame(
        """
        select * from forecasting.rpt_forecast_summary
        where business_id = $business_id and measure = $measure
            and series_level = 'total' and is_best_model
        order by day_count desc, month_start_date limit 1
        """,
        measure=measure,
    )
    accuracy = business.frame(
        """
        select * from forecasting.fct_forecast_accuracy
        where business_id = $business_id and measure = $measure
            and series_level = 'total' and model_rank is not null
        order by model_rank
        """,
        measure=measure,
    )
    title = "The next month in " + ("sales" if measure == "sales_amount" else "units")
    if summary.empty or accuracy.empty:
        return empty(
            f"words_{measure}", title, "No model could be fitted and measured."
        )
    month = summary.iloc[0]
    best = accuracy[accuracy["is_best_model"]].iloc[0]
    grain = best["grain"]
    said = [
        f"The forecast for {month['month_start_date']:%B %Y} is "
        f"{of(month['total_value'])}. It is 80 % likely to be between "
        f"{short(month['total_lower_80'])} and {short(month['total_upper_80'])}, and "
        f"95 % likely to be between {short(month['total_lower_95'])} and "
        f"{short(month['total_upper_95'])}.",
        f"Model: {_plain(best['model_name'])}. It was tested on "
        f"{best['window_count']} past periods of {best['horizon_days']} {grain}s that "
        f"it had not seen. Its average error was {of(best['mae'])} per {grain}, or "
        f"{percent(best['wape'])} of sales; the sum of all {grain}s was "
        f"{_off(best['bias'])}.",
    ]
    if grain == "day":
        said.insert(
            1,
            f"The daily average is {short(month['mean_value'])} (lowest day "
            f"{short(month['min_value'])}, highest day {short(month['max_value'])}).",
        )
    if not best["converged"]:
        said.append("Its fit did not always converge, so use its bounds with caution.")
    naive = accuracy[accuracy["is_baseline"]]
    if not best["is_baseline"] and not naive.empty:
        said.append(_compared(best, naive, of))
    elif best["is_baseline"]:
        said.append("The model is a naive baseline: no other model was better.")
    pairs = [
        ("Expected", of(month["total_value"])),
        ("90 % sure to be enough", of(month["total_upper_80"])),
        ("97.5 % sure to be enough", of(month["total_upper_95"])),
    ]
    return Block(f"words_{measure}", title, " ".join(said), numbers=pairs)


def _off(bias: float) -> str:
    """How far a sum of forecasts is from the actual sum, in words."""
    if pd.isna(bias):
        return "zero"
    if abs(bias) < 0.005:
        return "right"
    return f"{percent(abs(bias), 0)} too {'high' if bias > 0 else 'low'}"


def _compared(best: pd.Series, naive: pd.DataFrame, of: Callable[[object], str]) -> str:
    """The best model and the best baseline, by the error that they are compared by."""
    loss = str(best["loss_name"])
    rival = naive.sort_values(loss).iloc[0]
    of_loss = {"mae": "average error", "rmse": "root mean squared error (RMSE)"}[loss]
    said = (
        f"The best naive baseline ({_plain(rival['model_name'])}) had "
        f"{'an' if loss == 'mae' else 'a'} {of_loss} of {of(rival[loss])}"
        + (f", the model {of(best[loss])}" if loss == "rmse" else "")
    )
    if best["beats_baseline"]:
        return f"{said}. The model beats it."
    if best[loss] < rival[loss]:
        return f"{said}. The model is better, but this is within chance."
    return f"{said}. The model does not beat it."


def _next_month(business: Business, measure: str, unit: str, title: str) -> Block:
    future = business.frame(
        """
        select forecast_date as date, forecast_value as value,
            lower_80, upper_80, lower_95, upper_95
        from forecasting.fct_sales_forecasts
        where business_id = $business_id and measure = $measure
            and series_level = 'total' and is_best_model
        order by 1
        """,
        measure=measure,
    )
    grain = _grain(business, measure)
    # Days without sales are zeros, but days between two months of figures are not.
    history = business.frame(
        f"""
        select sales_date as date, cast({measure} as double) as value
        from sales.fct_daily_sales where business_id = $business_id
            and ($grain = 'day' or {measure} <> 0)
        order by 1 desc limit {_HISTORY_DAYS}
        """,
        grain=grain,
    ).sort_values("date")
    return Block(
        f"next_month_{measure}",
        f"{_ADJECTIVES[grain]} forecast, in {title}",
        "Black: actual sales. Blue: forecast, with the ranges that 80 % and 95 % of "
        f"{grain}s should fall in.",
        charts.forecast(history, future, unit=unit),
    )


def _grain(business: Business, measure: str) -> str:
    """Whether the total is forecast by day, week or month."""
    found = business.frame(
        """
        select distinct grain from forecasting.fct_forecast_accuracy
        where business_id = $business_id and measure = $measure
            and series_level = 'total'
        """,
        measure=measure,
    )
    return str(found["grain"].iloc[0])


def _backtest(business: Business, measure: str, unit: str, title: str) -> Block:
    frame = business.frame(
        """
        select sales_date, model_name, is_best_model, actual_value, forecast_value
        from forecasting.rpt_forecast_vs_actual
        where business_id = $business_id and measure = $measure
            and series_level = 'total'
        order by sales_date, model_name
        """,
        measure=measure,
    )
    shown = frame[frame["is_best_model"] | frame["model_name"].isin(_ALWAYS_SHOWN)]
    actual = frame.drop_duplicates("sales_date")[["sales_date", "actual_value"]]
    names = [
        *shown.loc[shown["is_best_model"], "model_name"].unique(),
        *[m for m in _ALWAYS_SHOWN if m in set(shown["model_name"])],
    ]
    order = [charts.SOLD, *dict.fromkeys(_plain(name) for name in names)]
    long = pd.concat(
        [
            actual.rename(columns={"actual_value": "value"}).assign(series=charts.SOLD),
            shown.rename(columns={"forecast_value": "value"}).assign(
                series=shown["model_name"].map(_plain)
            )[["sales_date", "value", "series"]],
        ]
    )
    return Block(
        f"backtest_{measure}",
        f"Actual compared with forecast, in {title}",
        "Black: actual sales. Each period was forecast only from the days before it. "
        "In the legend, the best model comes right after the actual sales.",
        charts.lines(
            long,
            x=("sales_date", "day"),
            y=("value", unit),
            color=("series", ""),
            order=order,
            height=340,
        ),
        is_wide=True,
    )


def _models(business: Business, measure: str, title: str) -> Block:
    frame = business.frame(
        """
        select *,
            coalesce(
                failure_reason, case when not converged then 'did not converge' end, ''
            ) as remark
        from forecasting.fct_forecast_accuracy
        where business_id = $business_id and measure = $measure
            and series_level = 'total'
        order by model_rank nulls last, model_name
        """,
        measure=measure,
    )
    frame["model"] = frame["model_name"].map(_plain)
    grain = _grain(business, measure)
    copied = "last week" if grain == "day" else f"the last {grain}"
    return Block(
        f"models_{measure}",
        f"Models compared with naive baselines, in {title}",
        "Best model first; docs/forecasting.md explains the ranking. MAE and RMSE: "
        f"the error per {grain}. WAPE: the sum of all errors as a share of sales. "
        f"Bias: how far the sum of all {grain}s was off. MASE: the error in units of "
        "the usual difference between two periods; the row of the copy of "
        f"{copied} has its own. "
        "Beats baseline: a lower error than the best naive baseline ("
        f"{' and '.join(sorted(frame['loss_name'].unique())).upper()}), beyond chance. "
        "In 80 % and in 95 % bounds: the share of "
        f"{grain}s in which actual sales were within the bounds.",
        table=numbered(
            frame,
            {
                "model": "model",
                "is_baseline": "naive baseline",
                "mae": "MAE",
                "rmse": "RMSE",
                "mape": "MAPE",
                "wape": "WAPE",
                "bias": "bias",
                "mase": "MASE",
                "coverage_80": "in 80 % bounds",
                "coverage_95": "in 95 % bounds",
                "beats_baseline": "beats baseline",
                "remark": "remark",
            },
            digits={"mae": 2, "rmse": 2, "mase": 3},
            shares=["mape", "wape", "bias", "coverage_80", "coverage_95"],
        ),
    )


def _series(business: Business) -> list[Block]:
    frame = business.frame(
        f"""
        with month as (
            select *, row_number() over (
                partition by measure, series_level, series_id
                order by day_count desc, month_start_date
            ) as month_rank
            from forecasting.rpt_forecast_summary
            where business_id = $business_id and series_level <> 'total'
                and measure = 'quantity' and is_best_model
        )
        select month.series_level,
            coalesce(month.series_name, month.series_id) as series,
            month.month_start_date, month.model_name, month.total_value,
            month.total_lower_80, month.total_upper_80,
            accuracy.wape, accuracy.bias, accuracy.beats_baseline
        from month
        left join forecasting.fct_forecast_accuracy as accuracy
            on month.business_id = accuracy.business_id
            and month.measure = accuracy.measure
            and month.series_level = accuracy.series_level
            and month.series_id = accuracy.series_id
            and month.model_name = accuracy.model_name
        where month.month_rank = 1
        order by month.series_level, month.total_value desc, series
        limit {_SERIES_SHOWN}
        """
    )
    if frame.empty:
        return []
    frame["model"] = frame["model_name"].map(_plain)
    frame["series_level"] = frame["series_level"].map(words)
    frame["month"] = frame["month_start_date"].dt.strftime("%B %Y")
    return [
        Block(
            "series",
            "What to order: products, categories and stores",
            "Units forecast for the next month by the best model of each series. Error "
            "(WAPE): the sum of the daily errors as a share of sales; the error of a "
            "whole month is smaller. Bias: how far the sum of all days was off; "
            "products that sell on few days often get too little. Products that sell "
            "too seldom for a model get a share of the forecast of their category.",
            table=numbered(
                frame,
                {
                    "series_level": "level",
                    "series": "series",
                    "month": "month",
                    "total_value": "expected",
                    "total_lower_80": "80 %: from",
                    "total_upper_80": "to",
                    "model": "model",
                    "wape": "error (WAPE)",
                    "bias": "bias",
                    "beats_baseline": "beats baseline",
                },
                digits={"total_value": 1, "total_lower_80": 1, "total_upper_80": 1},
                shares=["wape", "bias"],
            ),
        )
    ]


def _plain(model_name: str) -> str:
    """The name of a model in plain words."""
    known = {
        "arima_fixed": "ARIMA (fixed order)",
        "arima_search": "ARIMA (searched)",
        "category_share": "share of the category's forecast",
        "lstm": "LSTM",
        "mean": "mean of all days",
        "naive": "copy of the last day",
        "seasonal_naive": "copy of last week",
        "teunter_syntetos_babai": "Teunter-Syntetos-Babai",
        "weekday_mean": "mean of the weekday",
    }
    return known.get(model_name, model_name.replace("_", " "))
