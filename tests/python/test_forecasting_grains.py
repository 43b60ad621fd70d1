"""Weekly and monthly figures, on simulated sales."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_forecasting_core import best, series_of

from retail_marts.forecasting import ForecastResult, forecast_series
from retail_marts.forecasting.grains import noticed_grain
from retail_marts.settings.forecasting import ForecastSettings

QUICK = ForecastSettings(reconcile=False)


def figures(
    dates: pd.DatetimeIndex, values: np.ndarray, *, business: str = "shop"
) -> pd.DataFrame:
    frame = series_of(values, level="total", series_id="total", business=business)
    return frame.assign(sales_date=dates)


def simulated(freq: str, count: int, *, shops: int = 60) -> pd.DataFrame:
    """Sales of about 450 with a deviation of 40 around them."""
    rng = np.random.default_rng(4)
    dates = pd.date_range("2019-01-06", periods=count, freq=freq)
    return pd.concat(
        [
            figures(dates, rng.normal(450, 40, count), business=f"b{shop:02}")
            for shop in range(shops)
        ]
    )


def days_of(dates: pd.DatetimeIndex) -> np.ndarray:
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)


@pytest.mark.parametrize(
    ("dates", "grain"),
    [
        (pd.date_range("2024-01-01", periods=4, freq="MS"), "month"),
        (pd.date_range("2024-01-31", periods=12, freq="ME"), "month"),
        (pd.date_range("2024-01-15", periods=9, freq="31D"), "day"),
        (pd.date_range("2024-01-01", periods=3, freq="MS"), "day"),
        (pd.date_range("2024-01-07", periods=8, freq="7D"), "week"),
        (pd.date_range("2024-01-07", periods=7, freq="7D"), "day"),
        (pd.date_range("2024-01-07", periods=20, freq="14D"), "day"),
        (pd.date_range("2024-01-01", periods=60, freq="D"), "day"),
        (pd.date_range("2024-01-01", periods=60, freq="B"), "day"),
    ],
)
def test_noticed_grain_is_that_of_the_dates(
    dates: pd.DatetimeIndex, grain: str
) -> None:
    assert noticed_grain(days_of(dates)) == grain


@pytest.mark.parametrize(
    ("freq", "grain", "first", "last"),
    [("MS", "month", "2021-02-01", "2021-04-01"), ("7D", "week", "2019-06-23", None)],
)
def test_figures_are_forecast_after_their_last_period(
    freq: str, grain: str, first: str, last: str | None
) -> None:
    frame = simulated(freq, 24, shops=1)
    found = best(forecast_series(frame, settings=QUICK))
    assert set(found["grain"]) == {grain}
    assert found["forecast_date"].min() == pd.Timestamp(first)
    assert (found["forecast_date"] > frame["sales_date"].max()).all()
    if last:
        assert found["forecast_date"].max() == pd.Timestamp(last)
    origin = found["forecast_origin_date"].unique()
    assert [origin[0] + pd.Timedelta(days=1)] == [pd.Timestamp(first)]


@pytest.mark.parametrize(("freq", "count"), [("MS", 24), ("MS", 48), ("7D", 60)])
def test_intervals_of_periods_are_as_wide_as_the_noise(freq: str, count: int) -> None:
    """450 with a deviation of 40 gives 95 % bounds of about 450 +- 85."""
    frame = simulated(freq, count + 3)
    dates = np.sort(frame["sales_date"].unique())
    known = frame[frame["sales_date"] < dates[count]]
    found = best(forecast_series(known, settings=QUICK))
    merged = found.merge(
        frame,
        left_on=["business_id", "forecast_date"],
        right_on=["business_id", "sales_date"],
    )
    assert len(merged) == 3 * 60
    inside = merged["value"].between(merged["lower_95"], merged["upper_95"])
    assert 0.88 <= inside.mean() <= 0.99
    inside = merged["value"].between(merged["lower_80"], merged["upper_80"])
    assert 0.70 <= inside.mean() <= 0.90
    width = (found["upper_95"] - found["lower_95"]).mean()
    assert 140 <= width <= 220


def test_the_course_of_a_year_is_found_in_monthly_figures() -> None:
    rng = np.random.default_rng(2)
    dates = pd.date_range("2019-01-01", periods=60, freq="MS")
    course = 1 + 0.4 * np.sin(2 * np.pi * np.arange(60) / 12)
    values = 500 * course + rng.normal(0, 20, 60)
    found = best(forecast_series(figures(dates, values), settings=QUICK))
    expected = 500 * course[:3]
    np.testing.assert_allclose(found["forecast_value"], expected, rtol=0.12)


def test_a_setting_sums_daily_rows_to_whole_months() -> None:
    dates = pd.date_range("2023-01-10", "2024-06-20", freq="D")
    found = forecast_series(
        figures(dates, np.ones(len(dates))), settings=QUICK, grains={"shop": "month"}
    )
    rows = best(found)
    # May is the last whole month. February 2023 is the first.
    assert rows["forecast_origin_date"].unique().tolist() == [
        pd.Timestamp("2024-05-31")
    ]
    assert rows["forecast_value"].between(29, 31).all()
    assert found.backtest["actual_value"].min() >= 28


def test_a_setting_keeps_weekly_rows_daily() -> None:
    frame = simulated("7D", 30, shops=1)
    found = forecast_series(frame, settings=QUICK, grains={"b00": "day"})
    assert set(found.forecasts["grain"]) == {"day"}


def test_models_made_for_days_have_no_rows_of_months() -> None:
    found = forecast_series(simulated("MS", 24, shops=1), settings=ForecastSettings())
    assert set(found.accuracy["model_name"]) == {
        "mean",
        "naive",
        "seasonal_naive",
        "exponential_smoothing",
        "theta",
        "teunter_syntetos_babai",
        "combination",
    }


def test_totals_of_months_are_their_forecasts() -> None:
    found: ForecastResult = forecast_series(simulated("MS", 24, shops=1))
    summary, forecasts = best(found, "summary"), best(found)
    assert summary["month_start_date"].tolist() == forecasts["forecast_date"].tolist()
    assert summary["total"].tolist() == forecasts["forecast_value"].tolist()


def test_one_business_by_month_leaves_another_by_day() -> None:
    daily = series_of(np.ones(100), level="total", series_id="total", business="a")
    both = pd.concat([daily, simulated("MS", 24, shops=1)])
    found = best(forecast_series(both, settings=QUICK))
    assert found.groupby("business_id")["grain"].first().to_dict() == {
        "a": "day",
        "b00": "month",
    }
    alone = best(forecast_series(daily, settings=QUICK))
    pd.testing.assert_frame_equal(
        found[found["business_id"] == "a"].reset_index(drop=True),
        alone.reset_index(drop=True),
    )
