"""How well the rule that selects models does on days that it did not see."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from retail_marts.forecasting import ForecastSettings, forecast_series
from retail_marts.forecasting.schemas import SERIES_KEYS


def score_selection(
    series: pd.DataFrame,
    *,
    test_days: int,
    settings: ForecastSettings | None = None,
    countries: Mapping[str, str | None] | None = None,
    arima_orders: Mapping[str, tuple[int, int, int]] | None = None,
) -> pd.DataFrame:
    """Score the rule that selects models on days that it did not see.

    Every series is cut ``test_days`` before the data end, its model is chosen by the
    rule on backtest windows of what is left, and all models forecast the days cut off.

    Parameters
    ----------
    series
        As for :func:`forecast_series`.
    test_days
        Days at the end that neither the fits nor the rule see.

    Returns
    -------
    pandas.DataFrame
        One row per series and model: the keys, ``is_selected``, ``backtest_rank``,
        ``mae``, ``rmse``, ``wape`` on the untouched days, ``actual_total`` and
        ``forecast_total``.
    """
    cut_settings = (settings or ForecastSettings()).model_copy(
        update={"horizon_days": test_days, "detail_series_limit": 10_000_000}
    )
    days = series["sales_date"]
    ends = days.groupby(series["business_id"]).transform("max")
    cut = ends - pd.Timedelta(days=test_days)
    known = series.loc[days <= cut]
    # The last day before the cut may have no row, but it is the data end.
    ended = known.assign(sales_date=cut.loc[known.index], value=0.0)
    ended = ended.drop_duplicates([*SERIES_KEYS])
    result = forecast_series(
        pd.concat([known, ended], ignore_index=True),
        settings=cut_settings,
        countries=countries,
        arima_orders=arima_orders,
    )
    keys = [*SERIES_KEYS]
    actual = (
        series.loc[days > cut]
        .groupby([*keys, "sales_date"], as_index=False)
        .agg(actual=("value", "sum"))
        .rename(columns={"sales_date": "forecast_date"})
        .astype(dict.fromkeys(keys, "string"))
    )
    actual["forecast_date"] = actual["forecast_date"].astype("datetime64[us]")
    joined = result.forecasts.merge(actual, how="left", on=[*keys, "forecast_date"])
    joined["actual"] = joined["actual"].fillna(0.0)
    joined["error"] = (joined["forecast_value"] - joined["actual"]).abs()
    joined["square"] = joined["error"] ** 2
    joined["size"] = joined["actual"].abs()
    scored = joined.groupby([*keys, "model_name"], as_index=False).agg(
        is_selected=("is_best_model", "first"),
        mae=("error", "mean"),
        mse=("square", "mean"),
        wape_part=("error", "sum"),
        size=("size", "sum"),
        actual_total=("actual", "sum"),
        forecast_total=("forecast_value", "sum"),
    )
    scored["rmse"] = np.sqrt(scored["mse"])
    scored["wape"] = (scored["wape_part"] / scored["size"]).where(scored["size"] > 0)
    ranks = result.accuracy[[*keys, "model_name", "model_rank"]]
    scored = scored.merge(
        ranks.rename(columns={"model_rank": "backtest_rank"}), on=[*keys, "model_name"]
    )
    return scored[
        [
            *keys,
            *("model_name", "is_selected", "backtest_rank", "mae", "rmse", "wape"),
            *("actual_total", "forecast_total"),
        ]
    ]
