"""Forecast: expected sales of the next month, and how reliable the models are."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from retail_marts.report import charts, findings
from retail_marts.report.alerts import other_units
from retail_marts.report.blocks import (
    Block,
    counted,
    empty,
    money,
    number,
    numbered,
    percent,
    short,
    words,
)
from retail_marts.report.marts_reader import PRODUCT_NAME, Business

#: Days of history that are drawn before the forecast.
_HISTORY_DAYS = 60
#: Shown on the backtest together with the best model, if they are candidates.
_ALWAYS_SHOWN = ("mean", "weekday_mean", "seasonal_naive", "arima_fixed", "lstm")
_SERIES_SHOWN = 40
_RANKED = 15
#: From this probability on, a product is said to run out.
_LIKELY = 0.5
#: An effect that only a closed day has.
_CLOSED = -0.999


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
        unit = business.currency if measure == "sales_amount" else ""
        title = "sales" if measure == "sales_amount" else "units"
        accuracy = _accuracy(business, measure)
        found += [
            _next_month(business, measure, unit, title, accuracy),
            _backtest(business, measure, unit, title, accuracy),
            _models(business, measure, title, accuracy),
        ]
    if business.has("forecasting.rpt_event_effects"):
        found += _events(business)
    if business.has("forecasting.rpt_replenishment"):
        found += [*_classes(business), *_stock(business)]
    return [*found, *_series(business)]


def _accuracy(business: Business, measure: str) -> pd.DataFrame:
    """The models of the total, best first."""
    return business.frame(
        """
        select * from forecasting.fct_forecast_accuracy
        where business_id = $business_id and measure = $measure
            and series_level = 'total'
        order by model_rank nulls last, model_name
        """,
        measure=measure,
    )


def _words(
    business: Business, measure: str, title: str, accuracy: pd.DataFrame
) -> tuple[str, str, list[tuple[str, str]]]:
    """The forecast of the month: title, sentences and numbers."""

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
    ranked = accuracy[accuracy["model_rank"].notna()]
    if summary.empty or ranked.empty:
        why = "No model could be fitted and measured."
        return f"The next month in {title}", why, []
    month = summary.iloc[0]
    best = ranked[ranked["is_best_model"]].iloc[0]
    grain = best["grain"]
    said = [
        f"It is 80 % likely to be between "
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
    naive = ranked[ranked["is_baseline"]]
    if not best["is_baseline"] and not naive.empty:
        said.append(_compared(best, naive, of))
    elif best["is_baseline"]:
        said.append("The model is a naive baseline: no other model was better.")
    pairs = [
        ("Expected", of(month["total_value"])),
        ("90 % sure to be enough", of(month["total_upper_80"])),
        ("97.5 % sure to be enough", of(month["total_upper_95"])),
    ]
    heading = (
        f"The forecast for {month['month_start_date']:%B %Y} is "
        f"{of(month['total_value'])}"
    )
    return heading, " ".join(said), pairs


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


def _rival(ranked: pd.DataFrame) -> pd.Series | None:
    """The best naive baseline, by the error that the models are compared by."""
    naive = ranked[ranked["is_baseline"]]
    if naive.empty:
        return None
    return naive.sort_values(str(naive["loss_name"].iloc[0])).iloc[0]


def verdict(ranked: pd.DataFrame) -> str:
    """Whether the best model is better than naive forecasts, as a title."""
    best, rival = ranked[ranked["is_best_model"]], _rival(ranked)
    if best.empty:
        return "No model could be measured"
    one = best.iloc[0]
    if one["is_baseline"]:
        return f"No model is better than the {_plain(one['model_name'])}"
    name = _plain(one["model_name"])
    name = f"{name[:1].upper()}{name[1:]}"
    if rival is None:
        return f"{name} has the smallest error"
    if one["beats_baseline"]:
        return f"{name} beats the best naive forecast"
    if one[one["loss_name"]] < rival[one["loss_name"]]:
        return f"{name} is better than naive forecasts, but only within chance"
    return f"{name} does not beat naive forecasts"


def _next_month(
    business: Business, measure: str, unit: str, title: str, accuracy: pd.DataFrame
) -> Block:
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
    heading, said, numbers = _words(business, measure, title, accuracy)
    return Block(
        f"next_month_{measure}",
        heading,
        f"{said}{_next_words(history, future, grain)} Grey: actual {title}. Blue: "
        f"forecast, with the ranges that 80 % and 95 % of {grain}s should fall in.",
        charts.forecast(history, future, unit=unit, what=title),
        numbers=numbers,
        is_wide=True,
    )


def _next_words(history: pd.DataFrame, future: pd.DataFrame, grain: str) -> str:
    """The mean of the forecast compared with as many periods before it."""
    past = history["value"].tail(len(future)).mean()
    rate = findings.difference(float(future["value"].mean()), float(past))
    if rate is None or len(history) < len(future):
        return ""
    return f" On average it is {rate} the last {counted(len(future), grain)}."


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


def _backtest(
    business: Business, measure: str, unit: str, title: str, accuracy: pd.DataFrame
) -> Block:
    frame = business.frame(
        """
        select sales_date as date, model_name, is_best_model, actual_value,
            forecast_value
        from forecasting.rpt_forecast_vs_actual
        where business_id = $business_id and measure = $measure
            and series_level = 'total'
        order by sales_date, model_name
        """,
        measure=measure,
    )
    if frame.empty:
        return empty(
            f"backtest_{measure}",
            f"Actual compared with forecast, in {title}",
            "The history is too short to test a forecast on it.",
        )
    ranked = accuracy[accuracy["model_rank"].notna()]
    rival = _rival(ranked)
    best = frame.loc[frame["is_best_model"], "model_name"].unique().tolist()
    naive = [] if rival is None else [rival["model_name"]]
    shown_first = "the best model and the best naive baseline"
    if best == naive:
        # No model is better: the next best one shows by how much.
        best = ranked.loc[~ranked["is_baseline"], "model_name"].head(1).tolist()
        shown_first = "the best naive baseline and the best other model"
    names = [
        *dict.fromkeys(
            [
                *best,
                *naive,
                *(m for m in _ALWAYS_SHOWN if m in set(frame["model_name"])),
            ]
        )
    ]
    shown = frame[frame["model_name"].isin(names)]
    actual = frame.drop_duplicates("date")[["date", "actual_value"]]
    long = pd.concat(
        [
            actual.rename(columns={"actual_value": "value"}).assign(series=charts.SOLD),
            shown.rename(columns={"forecast_value": "value"}).assign(
                series=shown["model_name"].map(_plain)
            )[["date", "value", "series"]],
        ]
    )
    order = [charts.SOLD, *map(_plain, names)]
    visible = order[: 1 + len(dict.fromkeys([*best, *naive]))]
    return Block(
        f"backtest_{measure}",
        f"{verdict(ranked)}, in {title}",
        "Grey: actual sales. Each period was forecast only from the days before it. "
        f"Shown are {shown_first}; a click on a name in the legend shows or hides it.",
        charts.backtest(long, order=order, visible=visible, unit=unit, what=title),
        is_wide=True,
    )


def _models(
    business: Business, measure: str, title: str, accuracy: pd.DataFrame
) -> Block:
    frame = accuracy.assign(
        model=accuracy["model_name"].map(_plain),
        remark=[
            findings.fitting(reason, converged=bool(converged))
            for reason, converged in zip(
                accuracy["failure_reason"],
                accuracy["converged"].fillna(True),
                strict=True,
            )
        ],
    )
    grain = _grain(business, measure)
    copied = "last week" if grain == "day" else f"the last {grain}"
    places = 2 if frame["mae"].max() < 1000 else 0
    beating = int(frame["beats_baseline"].fillna(False).astype(bool).sum())
    return Block(
        f"models_{measure}",
        (
            f"{number(beating)} of {number((~frame['is_baseline']).sum())} models "
            f"{'beats' if beating == 1 else 'beat'} the naive baselines beyond chance, "
            f"in {title}"
        )
        if beating
        else f"No model beats the naive baselines beyond chance, in {title}",
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
                **({"remark": "remark"} if frame["remark"].any() else {}),
            },
            # Errors of large amounts need no cents.
            digits={"mae": places, "rmse": places, "mase": 3},
            shares=["mape", "wape", "bias", "coverage_80", "coverage_95"],
        ),
    )


def _events(business: Business) -> list[Block]:
    frame = business.frame(
        """
        select series_level, coalesce(series_name, series_id) as series,
            coalesce(event_name, 'all ' || event_type || ' days', 'all events')
                as event,
            day_count, effect_share, effect_lower_95, effect_upper_95,
            is_beyond_chance, note
        from forecasting.rpt_event_effects
        where business_id = $business_id and effect_share is not null
            and measure = 'quantity'
        order by is_beyond_chance desc, abs(effect_share) desc, event, series
        limit 40
        """
    )
    if frame.empty:
        return []
    frame["about"] = [
        event if level == "total" else f"{event}: {series}"
        for event, level, series in zip(
            frame["event"], frame["series_level"], frame["series"], strict=True
        )
    ]
    # That a closed day sells nothing is no finding.
    sure = frame[
        frame["is_beyond_chance"].fillna(False).astype(bool)
        & (frame["effect_share"] > _CLOSED)
    ]
    if sure.empty:
        title = "No special day changed sales by more than chance"
    else:
        one = sure.iloc[0]
        more = "more" if one["effect_share"] > 0 else "fewer"
        title = (
            f"{one['about']}: {percent(abs(one['effect_share']), 0)} {more} units than "
            "on ordinary days"
        )
    table = numbered(
        frame,
        {
            "about": "event",
            "day_count": "days",
            "effect_share": "effect",
            "effect_lower_95": "95 %: from",
            "effect_upper_95": "to",
            "note": "remark",
        },
        shares=["effect_share", "effect_lower_95", "effect_upper_95"],
    )
    drawn = frame.dropna(subset=["effect_lower_95", "effect_upper_95"]).head(_RANKED)
    return [
        Block(
            "events",
            title,
            "Units on the days of each event compared with ordinary days of the same "
            "weekday around them. Lines: the 95 % range. A range that includes zero "
            "may be chance.",
            None
            if drawn.empty
            else charts.intervals(
                drawn,
                y=("about", "event"),
                value=("effect_share", "effect"),
                lower="effect_lower_95",
                upper="effect_upper_95",
            ),
            table,
        )
    ]


def _classes(business: Business) -> list[Block]:
    """Products by their share of sales, and by how regularly they sell."""
    frame = business.frame(
        """
        with products as (
            select distinct product_id, abc_class, xyz_class
            from forecasting.rpt_replenishment
            where business_id = $business_id
                and abc_class is not null and xyz_class is not null
        )
        select abc.abc_class, xyz.xyz_class,
            cast(count(products.product_id) as bigint) as product_count
        from (values ('A'), ('B'), ('C')) as abc (abc_class)
        cross join (values ('X'), ('Y'), ('Z')) as xyz (xyz_class)
        left join products on abc.abc_class = products.abc_class
            and xyz.xyz_class = products.xyz_class
        group by 1, 2 order by 1, 2
        """
    )
    total = int(frame["product_count"].sum())
    if not total:
        return []
    of_class = frame.groupby("abc_class")["product_count"].sum()
    irregular = frame[(frame["abc_class"] == "A") & (frame["xyz_class"] == "Z")]
    said = f"{number(of_class['A'])} of {number(total)} products bring 80 % of sales"
    hard = int(irregular["product_count"].iloc[0])
    if hard:
        which = "all" if hard == of_class["A"] else number(hard)
        said += f"; {which} of them sell irregularly"
    return [
        Block(
            "classes",
            said,
            "Number of products. Rows: A products bring the first 80 % of sales of the "
            "last 52 weeks, B the next 15 %, C the rest. Columns: X sells about the "
            "same every week, Y varies, Z is irregular. Keep a close eye on A; give "
            "Z more safety stock.",
            charts.heatmap(
                frame,
                x=("xyz_class", "how regularly"),
                y=("abc_class", "share of sales"),
                value=("product_count", "products"),
                value_format=",.0f",
            ),
        )
    ]


def _stock(business: Business) -> list[Block]:
    """What is about to run out; without a stock file, what to keep in stock."""
    frame = business.frame(
        f"""
        with levels as (
            select *, count(stock_out_risk) over () as risk_count
            from forecasting.rpt_replenishment
            where business_id = $business_id
            qualify series_level = max(
                case when series_level = 'product' then 'product' end
            ) over () or max(
                case when series_level = 'product' then 'product' end
            ) over () is null
        )
        select levels.product_id,
            coalesce({PRODUCT_NAME}, levels.product_id)
                || coalesce(' in ' || coalesce(store_name, levels.store_id), '')
                as product,
            expected_quantity, safety_stock_quantity, reorder_point_quantity,
            stock_quantity, stock_out_risk, cover_days, order_quantity, risk_count,
            lead_time_days + review_days as days, service_level,
            count(*) over () as row_count,
            count(*) filter (stock_out_risk >= {_LIKELY}) over () as likely_count
        from levels
        left join core.dim_products as products
            on levels.business_id = products.business_id
            and levels.product_id = products.product_id
        left join core.dim_stores as stores
            on levels.business_id = stores.business_id
            and levels.store_id = stores.store_id
        where levels.product_id <> all($others)
        order by stock_out_risk desc nulls last, expected_quantity desc nulls last,
            product
        limit {_RANKED}
        """,
        # So many units of fuel would hide all others.
        others=[*other_units(business).get("product_id", [])],
    )
    if frame.empty:
        return []
    days = int(frame["days"].iloc[0])
    if frame["risk_count"].iloc[0]:
        shown = frame.dropna(subset=["stock_out_risk"])
        likely = int(frame["likely_count"].iloc[0])
        return [
            Block(
                "stock",
                f"{number(likely)} of {number(frame['risk_count'].iloc[0])} products "
                "are likely to run out before the delivery after the next"
                if likely
                else "No product is likely to run out before the delivery after the "
                "next",
                f"Probability that demand over {number(days)} days exceeds what is in "
                "stock and on order, if nothing is ordered now. The highest "
                f"{number(len(shown))} are shown.",
                charts.bars(
                    shown,
                    y=("product", "product"),
                    x=("stock_out_risk", "risk to run out"),
                    tips=[
                        ("stock_quantity", "in stock and on order"),
                        ("expected_quantity", "expected demand"),
                        ("order_quantity", "order"),
                    ],
                ),
            )
        ]
    shown = frame.dropna(subset=["expected_quantity", "safety_stock_quantity"])
    shown = shown[shown["expected_quantity"] > 0]
    if shown.empty:
        return []
    long = shown.melt(
        id_vars=["product"],
        value_vars=["expected_quantity", "safety_stock_quantity"],
        var_name="part",
        value_name="units",
    ).replace(
        {
            "expected_quantity": "expected demand",
            "safety_stock_quantity": "safety stock",
        }
    )
    first = shown.iloc[0]
    return [
        Block(
            "stock",
            f"{first['product']}: order when stock falls to "
            f"{number(first['reorder_point_quantity'])} units",
            f"Expected demand over {number(days)} days (delivery time and time between "
            "orders) and the safety stock that makes it "
            f"{percent(first['service_level'], 0)} sure to be enough. Together they "
            "are the reorder point. If you map a file of stock, this chart shows the "
            f"risk to run out. The {number(len(shown))} products with the highest "
            "demand are shown.",
            charts.bars(
                long,
                y=("product", "product"),
                x=("units", "units"),
                color=("part", "part"),
            ),
        )
    ]


def _series(business: Business) -> list[Block]:
    frame = business.frame(
        """
        with month as (
            select *, row_number() over (
                partition by measure, series_level, series_id
                order by day_count desc, month_start_date
            ) as month_rank
            from forecasting.rpt_forecast_summary
            where business_id = $business_id and series_level <> 'total'
                and measure = 'quantity' and is_best_model
        )
        select month.series_level, month.series_id, month.series_name,
            month.month_start_date, month.model_name, month.total_value,
            month.total_lower_80, month.total_upper_80,
            accuracy.wape, accuracy.bias, accuracy.beats_baseline,
            coalesce(accuracy.is_shared, false) as is_shared
        from month
        left join forecasting.fct_forecast_accuracy as accuracy
            on month.business_id = accuracy.business_id
            and month.measure = accuracy.measure
            and month.series_level = accuracy.series_level
            and month.series_id = accuracy.series_id
            and month.model_name = accuracy.model_name
        where month.month_rank = 1
        order by month.series_level, month.total_value desc, month.series_id
        """
    )
    if frame.empty:
        return []
    title = series_title(frame)
    frame, said = modelled(frame)
    if frame.empty:
        return [
            empty("series", "No series sells often enough for a model", said.strip())
        ]
    frame, cut = most_of_each_level(frame, _SERIES_SHOWN)
    frame["series"] = findings.told_apart(frame, name="series_name", key="series_id")
    frame["model"] = frame["model_name"].map(_plain)
    frame["series_level"] = frame["series_level"].map(words)
    frame["month"] = frame["month_start_date"].dt.strftime("%B %Y")
    return [
        Block(
            "series",
            title,
            "Units forecast for the next month by the best model of each series. Error "
            "(WAPE): the sum of the daily errors as a share of sales; the error of a "
            "whole month is smaller. Bias: how far the sum of all days was off; "
            f"products that sell on few days often get too little.{said}{cut}",
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
                digits=dict.fromkeys(
                    ("total_value", "total_lower_80", "total_upper_80"),
                    1 if frame["total_value"].max() < 100 else 0,
                ),
                shares=["wape", "bias"],
            ),
        )
    ]


def modelled(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The series with a model of their own, and a sentence on the others.

    Parameters
    ----------
    frame
        ``is_shared`` of each series.
    """
    shared = frame["is_shared"].astype(bool)
    if not shared.any():
        return frame, ""
    others = (
        "1 other series sells"
        if shared.sum() == 1
        else (f"{number(shared.sum())} other series sell")
    )
    return frame[~shared], (
        f" {others} too seldom for a model: a share of the forecast of the category "
        "is in the mart forecasting.fct_sales_forecasts."
    )


def most_of_each_level(frame: pd.DataFrame, most: int) -> tuple[pd.DataFrame, str]:
    """The largest series of each level, and a sentence if that is not all.

    Parameters
    ----------
    frame
        ``series_level`` of each series; by level, the largest first.
    most
        The number of series to keep; at least one of each level is kept.
    """
    each = max(1, most // frame["series_level"].nunique())
    if len(frame) <= most:
        return frame, ""
    return (
        frame.groupby("series_level", sort=False).head(each),
        f" At most {number(each)} series of each level are shown.",
    )


def series_title(frame: pd.DataFrame) -> str:
    """How many forecasts of single series beat the naive ones."""
    known = frame["beats_baseline"].dropna().astype(bool)
    if known.empty:
        return "What to expect of products, categories and stores"
    return (
        f"{number(known.sum()) if known.any() else 'None'} of {number(len(known))} "
        "forecasts of products, categories and stores beat naive ones beyond chance"
    )


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
