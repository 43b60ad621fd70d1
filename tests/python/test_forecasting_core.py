"""The forecasting library, with good and with faulty series."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from settings_parts import settings_part

from benchmarks.forecast_selection import score_selection
from benchmarks.simulated_levels import KINDS, mase_by_model, simulated
from retail_marts import processes
from retail_marts.errors import InputError
from retail_marts.forecasting import (
    ACCURACY,
    BACKTEST,
    BASELINES,
    FORECASTS,
    MODEL_NAMES,
    SUMMARY,
    ForecastResult,
    forecast_series,
    lstm,
    panel_models,
    registry,
    selection,
)
from retail_marts.forecasting.panels import closed_weekdays
from retail_marts.forecasting.series_model import (
    FloatArray,
    SeriesContext,
    SeriesForecast,
)
from retail_marts.settings.forecasting import SERIES_MODELS

PANEL_ONLY = [name for name in MODEL_NAMES if name not in SERIES_MODELS]
SETTINGS = settings_part("forecast_settings", {"models": {"total": PANEL_ONLY}})
KEYS = ["business_id", "measure", "series_level", "series_id", "model_name"]


def series_of(
    values: np.ndarray | list[float],
    *,
    series_id: str = "a",
    level: str = "product",
    business: str = "shop",
    measure: str = "quantity",
    end: str = "2024-06-30",
) -> pd.DataFrame:
    days = pd.date_range(end=end, periods=len(values), freq="D")
    return pd.DataFrame(
        {
            "business_id": business,
            "measure": measure,
            "series_level": level,
            "series_id": series_id,
            "sales_date": days,
            "value": np.asarray(values, dtype="float64"),
        }
    )


def weekly(days: int = 400, *, seed: int = 0, level: float = 20.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    profile = np.array([1.0, 0.8, 0.9, 1.0, 1.3, 1.6, 0.4])
    return rng.poisson(level * np.resize(profile, days)).astype("float64")


def run(series: pd.DataFrame, **values: object) -> ForecastResult:
    settings = settings_part(
        "forecast_settings", {"models": {"total": PANEL_ONLY}, **values}
    )
    return forecast_series(series, settings=settings)


def best(result: ForecastResult, frame: str = "forecasts") -> pd.DataFrame:
    rows: pd.DataFrame = getattr(result, frame)
    return rows[rows["is_best_model"]]


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    """Three products in two categories, two stores and their total."""
    products = {name: weekly(seed=s) for s, name in enumerate("abc")}
    total = sum(products.values())
    half = np.floor(total / 2)
    parts = [series_of(v, series_id=k) for k, v in products.items()]
    parts += [
        series_of(total, series_id="all", level="total"),
        series_of(products["a"] + products["b"], series_id="food", level="category"),
        series_of(products["c"], series_id="tools", level="category"),
        series_of(half, series_id="north", level="store"),
        series_of(total - half, series_id="south", level="store"),
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def hierarchy() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "business_id": "shop",
            "product_id": ["a", "b", "c"],
            "category": ["food", "food", "tools"],
            "sub_category": [None, None, None],
        }
    )


@pytest.fixture(scope="module")
def shop_result(shop: pd.DataFrame, hierarchy: pd.DataFrame) -> ForecastResult:
    return forecast_series(shop, settings=SETTINGS, hierarchy=hierarchy)


# --- What every run gives


def test_forecast_series_returns_the_declared_schemas(
    shop_result: ForecastResult,
) -> None:
    for frame, schema in (
        (shop_result.forecasts, FORECASTS),
        (shop_result.accuracy, ACCURACY),
        (shop_result.backtest, BACKTEST),
        (shop_result.summary, SUMMARY),
    ):
        assert list(frame.columns) == list(schema)
        assert [str(kind) for kind in frame.dtypes] == list(schema.values())


def test_forecast_series_of_no_rows_is_four_typed_empty_frames(
    shop: pd.DataFrame,
) -> None:
    result = run(shop.iloc[:0])
    assert list(result.forecasts.columns) == list(FORECASTS)
    assert list(result.accuracy.columns) == list(ACCURACY)
    assert len(result.backtest) == len(result.summary) == 0


def test_forecast_series_starts_the_day_after_the_data_end(
    shop_result: ForecastResult,
) -> None:
    forecasts = shop_result.forecasts
    assert forecasts["forecast_origin_date"].unique().tolist() == [
        pd.Timestamp("2024-06-30")
    ]
    assert forecasts["forecast_date"].min() == pd.Timestamp("2024-07-01")
    assert forecasts["forecast_date"].max() == pd.Timestamp("2024-07-31")


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("2022-12-31", "2023-01-31"),
        ("2024-10-20", "2024-11-30"),
        ("2023-01-31", "2023-03-03"),
        ("2024-12-30", "2025-01-31"),
    ],
)
def test_forecast_series_horizon_ends_with_the_next_full_month(
    end: str, last: str
) -> None:
    result = run(series_of(weekly(100), end=end))
    assert result.forecasts["forecast_date"].max() == pd.Timestamp(last)


def test_forecast_series_has_one_best_model_per_series(
    shop_result: ForecastResult,
) -> None:
    accuracy = shop_result.accuracy
    counts = accuracy.groupby(KEYS[:-1])["is_best_model"].sum()
    assert (counts == 1).all()
    assert (accuracy.loc[accuracy["is_best_model"], "model_rank"] == 1).all()


def test_forecast_series_gives_a_row_to_every_candidate(
    shop_result: ForecastResult,
) -> None:
    named = set(shop_result.accuracy["model_name"])
    assert named == {*PANEL_ONLY, "reconciled"}
    failed = shop_result.accuracy[shop_result.accuracy["mae"].isna()]
    assert failed["failure_reason"].notna().all()
    assert not failed["converged"].any()
    assert failed["model_rank"].isna().all()


def test_forecast_series_reports_its_windows(shop_result: ForecastResult) -> None:
    ranked = shop_result.accuracy[shop_result.accuracy["model_rank"].notna()]
    assert (ranked["window_count"] == 4).all()
    assert (ranked["horizon_days"] == 31).all()
    assert (ranked["training_days_min"] == 400 - 4 * 31).all()


def test_forecast_series_keys_are_unique(shop_result: ForecastResult) -> None:
    assert not shop_result.accuracy.duplicated(KEYS).any()
    assert not shop_result.forecasts.duplicated([*KEYS, "forecast_date"]).any()
    assert not shop_result.backtest.duplicated([*KEYS, "window_id", "sales_date"]).any()
    assert not shop_result.summary.duplicated([*KEYS, "month_start_date"]).any()


def test_forecast_series_bounds_hold_the_forecast(shop_result: ForecastResult) -> None:
    rows = shop_result.forecasts
    order = ["lower_95", "lower_80", "forecast_value", "upper_80", "upper_95"]
    assert (rows[order].diff(axis=1).iloc[:, 1:] >= -1e-9).all().all()
    assert (rows["lower_95"] >= 0).all()


def test_forecast_series_summary_agrees_with_its_days(
    shop_result: ForecastResult,
) -> None:
    days = shop_result.forecasts.groupby(KEYS)["forecast_value"]
    months = shop_result.summary.set_index(KEYS)
    found = days.agg(["sum", "mean", "median", "min", "max"]).loc[months.index]
    expected = months[["total", "mean", "median", "minimum", "maximum"]]
    np.testing.assert_allclose(found.to_numpy(), expected.to_numpy())
    assert (months["total_lower_80"] <= months["total"]).all()
    assert (months["total_lower_95"] <= months["total_lower_80"]).all()


def test_forecast_series_total_interval_is_not_the_sum_of_daily_bounds(
    shop_result: ForecastResult,
) -> None:
    months = best(shop_result, "summary").set_index(KEYS)
    daily = best(shop_result).groupby(KEYS)["upper_95"].sum().loc[months.index]
    width = months["total_upper_95"] - months["total"]
    assert (width < 0.8 * (daily - months["total"])).all()


def test_forecast_series_errors_are_those_of_the_backtest(
    shop_result: ForecastResult,
) -> None:
    rows = shop_result.backtest
    error = (rows["forecast_value"] - rows["actual_value"]).abs()
    mae = error.groupby([rows[key] for key in KEYS]).mean()
    wape = (
        error.groupby([rows[k] for k in KEYS]).sum()
        / rows.groupby(KEYS)["actual_value"].sum()
    )
    accuracy = shop_result.accuracy.set_index(KEYS).loc[mae.index]
    np.testing.assert_allclose(accuracy["mae"], mae)
    np.testing.assert_allclose(accuracy["wape"], wape)


def test_forecast_series_backtest_does_not_use_its_window() -> None:
    values = weekly(400)
    changed = values.copy()
    changed[-31:] = 1000.0
    first, second = (run(series_of(v)).backtest for v in (values, changed))
    columns = ["model_name", "window_id", "sales_date", "forecast_value", "upper_95"]
    before = [frame[frame["window_id"] == 4][columns] for frame in (first, second)]
    assert_frame_equal(*(b.reset_index(drop=True) for b in before))


def test_forecast_series_finds_the_week(shop_result: ForecastResult) -> None:
    rows = best(shop_result, "accuracy")
    mean = shop_result.accuracy[shop_result.accuracy["model_name"] == "mean"]
    joined = rows.merge(mean, on=KEYS[:-1], suffixes=("", "_mean"))
    assert (joined["mae"] < 0.8 * joined["mae_mean"]).all()


def test_forecast_series_finds_the_year() -> None:
    days = np.arange(3 * 365)
    season = 1 + 0.6 * np.sin(2 * np.pi * days / 365.25)
    values = np.random.default_rng(3).poisson(100 * season * (1 + days / 2000))
    accuracy = best(run(series_of(values, level="total")), "accuracy")
    assert accuracy["model_name"].item() in (
        "yearly_trend",
        "yearly_smoothing",
        "calendar_regression",
        "combination",
    )
    assert accuracy["beats_baseline"].item()


def test_forecast_series_uses_holidays() -> None:
    # Closed on every Indonesian holiday.
    days = pd.date_range(end="2024-12-15", periods=700)
    holidays = pytest.importorskip("holidays").country_holidays(
        "ID", years=[2023, 2024]
    )
    values = np.where([day in holidays for day in days.date], 0.0, 50.0)
    series = series_of(values, end="2024-12-15")
    settings = settings_part("forecast_settings", {"horizon_days": 20})
    result = forecast_series(series, settings=settings, countries={"shop": "ID"})
    rows = result.forecasts[result.forecasts["model_name"] == "calendar_regression"]
    by_day = rows.set_index("forecast_date")["forecast_value"]
    assert by_day["2024-12-25"] < 0.7 * by_day["2024-12-23"]


# --- Laws


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=["fit_seconds"], errors="ignore").reset_index(drop=True)


def test_forecast_series_is_deterministic_and_free_of_order(
    shop: pd.DataFrame, hierarchy: pd.DataFrame, shop_result: ForecastResult
) -> None:
    shuffled = shop.sample(frac=1.0, random_state=1)
    again = forecast_series(shuffled, settings=SETTINGS, hierarchy=hierarchy)
    for name in ("forecasts", "accuracy", "backtest", "summary"):
        assert_frame_equal(
            _numbers(getattr(shop_result, name)), _numbers(getattr(again, name))
        )


def test_forecast_series_does_not_change_its_input(shop: pd.DataFrame) -> None:
    before = shop.copy()
    run(shop)
    assert_frame_equal(shop, before)


def test_forecast_series_of_one_business_does_not_depend_on_others(
    shop: pd.DataFrame,
) -> None:
    other = series_of(weekly(300, seed=9), business="a_shop", end="2023-05-05")
    together = run(pd.concat([shop, other], ignore_index=True))
    alone = run(shop)
    for name in ("forecasts", "accuracy"):
        kept = getattr(together, name)
        kept = kept[kept["business_id"] == "shop"]
        assert_frame_equal(_numbers(kept), _numbers(getattr(alone, name)))


@pytest.mark.parametrize("factor", [1e-4, 0.37, 1e6])
def test_forecast_series_scales_with_its_series(factor: float) -> None:
    values = np.stack([weekly(800, seed=s, level=3 + 5 * s) for s in range(4)])
    both = []
    for scale in (1.0, factor):
        parts = [
            series_of(v * (scale if i == 1 else 1.0), series_id=f"p{i}")
            for i, v in enumerate(values)
        ]
        both.append(run(pd.concat(parts)))
    one, other = (r.forecasts[r.forecasts["series_id"] == "p1"] for r in both)
    columns = ["forecast_value", "lower_80", "upper_80", "lower_95", "upper_95"]
    np.testing.assert_allclose(
        other[columns].to_numpy(), factor * one[columns].to_numpy(), rtol=1e-6, atol=0
    )
    assert other["is_best_model"].tolist() == one["is_best_model"].tolist()
    same = (r.forecasts[r.forecasts["series_id"] == "p0"] for r in both)
    one, other = same
    np.testing.assert_allclose(other[columns], one[columns], rtol=1e-6)


def test_forecast_series_leading_zeros_change_nothing() -> None:
    product, total = weekly(300), weekly(400, seed=5)
    padded = np.concatenate([np.zeros(100), product])
    both = [
        run(pd.concat([series_of(v), series_of(total, series_id="all", level="total")]))
        for v in (product, padded)
    ]
    assert_frame_equal(_numbers(both[0].forecasts), _numbers(both[1].forecasts))


def test_forecast_series_days_without_a_row_are_days_without_sales() -> None:
    values = weekly(300)
    values[::3] = 0.0
    full = series_of(values)
    sparse = full[full["value"] != 0]
    assert full["sales_date"].max() == sparse["sales_date"].max()
    both = [_numbers(run(frame).forecasts) for frame in (full, sparse)]
    assert_frame_equal(*both)


# --- Adding up


@pytest.mark.parametrize("frame", ["forecasts", "backtest"])
def test_reconciled_adds_up(shop_result: ForecastResult, frame: str) -> None:
    rows: pd.DataFrame = getattr(shop_result, frame)
    rows = rows[rows["model_name"] == "reconciled"]
    date = "forecast_date" if frame == "forecasts" else "sales_date"
    wide = rows.pivot_table(
        index=date, columns=["series_level", "series_id"], values="forecast_value"
    )
    assert (wide.to_numpy() >= 0).all()
    total = wide[("total", "all")]
    for level in ("product", "category", "store"):
        np.testing.assert_allclose(wide[level].sum(axis=1), total, atol=1e-6)
    food = wide[("product", "a")] + wide[("product", "b")]
    np.testing.assert_allclose(food, wide[("category", "food")], atol=1e-6)


def test_reconciled_says_when_the_history_does_not_add_up() -> None:
    parts = [
        series_of(weekly(300, seed=1), series_id="a"),
        series_of(weekly(300, seed=2), series_id="b", level="store"),
        series_of(weekly(300, seed=2), series_id="all", level="total"),
    ]
    accuracy = run(pd.concat(parts)).accuracy
    rows = accuracy[accuracy["model_name"] == "reconciled"].set_index("series_level")
    assert rows.loc["product", "failure_reason"] == (
        "the history does not add up to the level above"
    )
    assert pd.notna(rows.loc["store", "mae"])


# --- Bad input


@pytest.mark.parametrize("days", [1, 2, 5, 20])
def test_forecast_series_of_a_few_days_falls_back_and_says_why(days: int) -> None:
    result = run(series_of(weekly(days) + 1))
    rows = result.accuracy
    assert (rows["window_count"] == 0).all()
    assert rows["failure_reason"].notna().all()
    assert rows["is_best_model"].sum() == 1
    assert rows.loc[rows["is_best_model"], "is_baseline"].all()
    assert np.isfinite(best(result)["forecast_value"]).all()
    assert len(best(result)) >= 31


@pytest.mark.parametrize("days", [36, 51, 81, 130])
def test_forecast_series_of_a_short_history_has_smaller_windows(days: int) -> None:
    rows = best(run(series_of(weekly(days))), "accuracy")
    found = (rows["window_count"].item(), rows["horizon_days"].item())
    assert found == {36: (1, 7), 51: (3, 7), 81: (4, 13), 130: (4, 25)}[days]


def test_forecast_series_of_a_constant_is_that_constant() -> None:
    result = run(series_of(np.full(200, 7.0)))
    rows = best(result)
    np.testing.assert_allclose(rows["forecast_value"], 7.0)
    np.testing.assert_allclose(rows["upper_95"], 7.0)
    assert best(result, "accuracy")["mae"].item() == pytest.approx(0.0, abs=1e-9)
    assert best(result, "accuracy")["mase"].isna().all()


def test_forecast_series_of_nothing_but_zeros_is_zero() -> None:
    result = run(series_of(np.zeros(200)))
    assert (result.forecasts["forecast_value"] == 0).all()
    assert (best(result)["upper_95"] == 0).all()
    rows = best(result, "accuracy")
    assert rows["mape_skipped_count"].item() == 124
    assert rows["mape"].isna().item()
    assert rows["wape"].isna().item()


def test_forecast_series_survives_a_gap_of_months() -> None:
    values = weekly(400)
    values[150:270] = 0.0
    rows = best(run(series_of(values)))
    assert rows["forecast_value"].mean() == pytest.approx(20.0, rel=0.35)


def test_forecast_series_is_robust_to_one_spike() -> None:
    values = weekly(400)
    spiked = values.copy()
    spiked[200] *= 1000
    means = [best(run(series_of(v)))["forecast_value"].mean() for v in (values, spiked)]
    assert means[1] == pytest.approx(means[0], rel=0.1)


def test_forecast_series_of_a_few_large_days_gives_the_month_not_the_median() -> None:
    rng = np.random.default_rng(5)
    # Nearly every day has sales, and a tenth of the days has most of them.
    usual, large = rng.gamma(2.0, 50.0, 500), rng.gamma(2.0, 1500.0, 500)
    values = np.where(rng.random(500) < 0.1, large, usual)
    result = run(series_of(values, measure="sales_amount"))
    chosen = best(result)["forecast_value"].mean()
    assert np.median(values) < 0.5 * values.mean()
    assert chosen == pytest.approx(values.mean(), rel=0.25)


def test_forecast_series_that_ended_before_the_others_ends_with_them() -> None:
    ended = series_of(weekly(300)[:280], series_id="gone", end="2024-06-10")
    result = run(pd.concat([ended, series_of(weekly(300, seed=1), series_id="here")]))
    forecasts = result.forecasts
    assert forecasts["forecast_date"].min() == pd.Timestamp("2024-07-01")
    means = best(result).groupby("series_id")["forecast_value"].mean()
    assert means["gone"] < means["here"]


def test_forecast_series_of_a_new_product_among_old_ones() -> None:
    parts = [
        series_of(weekly(400), series_id="old"),
        series_of(weekly(20) + 1, series_id="new"),
        series_of(weekly(45) + 1, series_id="newer"),
    ]
    total = np.add.reduce([np.pad(p["value"], (400 - len(p), 0)) for p in parts])
    parts.append(series_of(total, series_id="all", level="total"))
    result = run(pd.concat(parts))
    accuracy = best(result, "accuracy").set_index("series_id")
    assert accuracy["window_count"].to_dict() == {
        "all": 4,
        "new": 0,
        "newer": 2,
        "old": 4,
    }
    wide = result.forecasts[result.forecasts["model_name"] == "reconciled"].pivot_table(
        index="forecast_date", columns="series_id", values="forecast_value"
    )
    parts_sum = wide[["old", "new", "newer"]].sum(axis=1)
    np.testing.assert_allclose(parts_sum, wide["all"], atol=1e-6)


def test_forecast_series_never_orders_a_negative_quantity() -> None:
    values = weekly(300) - 18.0
    assert (run(series_of(values)).forecasts["lower_95"] >= 0).all()
    money = run(series_of(values, measure="sales_amount")).forecasts
    assert (money["lower_95"] < 0).any()


def test_forecast_series_missing_values_count_as_missing_rows() -> None:
    series = series_of(weekly(100))
    empty = series.assign(series_id="b", value=np.nan)
    assert set(run(pd.concat([series, empty])).accuracy["series_id"]) == {"a"}


def test_forecast_series_keeps_less_detail_of_large_levels() -> None:
    parts = [series_of(weekly(150, seed=s), series_id=f"p{s}") for s in range(4)]
    result = run(pd.concat(parts), detail_series_limit=3)
    assert len(result.accuracy) == 4 * len(PANEL_ONLY)
    models = result.forecasts.groupby("series_id")["model_name"].nunique()
    assert models.between(1, 2).all()
    assert best(result)["series_id"].nunique() == 4


def test_forecast_series_of_an_unknown_model_gives_a_reason() -> None:
    series = series_of(weekly(150), level="total")
    settings = settings_part(
        "forecast_settings", {"models": {"total": ["mean", "arima_fixed"]}}
    )
    rows = forecast_series(series, settings=settings).accuracy.set_index("model_name")
    assert (
        rows.loc["arima_fixed", "failure_reason"] == "no order is set for this business"
    )
    assert not rows.loc["arima_fixed", "converged"]
    assert pd.isna(rows.loc["arima_fixed", "model_rank"])


def test_forecast_series_of_a_missing_dependency_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = {"lstm": ("retail_marts.forecasting.nowhere", "lstm", False)}
    monkeypatch.setattr(registry, "_FUNCTIONS", missing)
    settings = settings_part("forecast_settings", {"models": {"total": ["lstm"]}})
    result = forecast_series(series_of(weekly(150), level="total"), settings=settings)
    rows = result.accuracy.set_index("model_name")
    assert "optional dependency is missing" in rows.loc["lstm", "failure_reason"]
    assert set(BASELINES) <= set(result.forecasts["model_name"])


@pytest.mark.parametrize("horizon", [0, -1, 10_000, 1.5, "31", True])
def test_forecast_settings_names_a_bad_horizon(horizon: object) -> None:
    with pytest.raises(InputError, match="horizon_days"):
        settings_part("forecast_settings", {"horizon_days": horizon})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"horizon": 3}, "horizon"),
        ({"backtest_windows": 0}, "backtest_windows"),
        ({"min_training_days": 1}, "min_training_days"),
        ({"models": {"shelf": ["mean"]}}, "shelf"),
        ({"models": {"total": ["oracle"]}}, "oracle"),
        ({"models": {"total": []}}, "total"),
        ({"models": ["mean"]}, "models"),
        ({"reconcile": "yes"}, "reconcile"),
        ({"workers": 0}, "workers"),
    ],
)
def test_forecast_settings_names_a_bad_setting(
    values: dict[str, object], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        settings_part("forecast_settings", values)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"measure": "profit"}, "profit"),
        ({"series_level": "shelf"}, "shelf"),
        ({"value": np.inf}, "infinite"),
        ({"sales_date": pd.NaT}, "sales_date"),
    ],
)
def test_forecast_series_names_what_it_cannot_use(
    change: dict[str, object], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        run(series_of(weekly(100)).assign(**change))


def test_forecast_series_names_a_missing_column() -> None:
    with pytest.raises(InputError, match="value"):
        run(series_of(weekly(100)).drop(columns="value"))


def test_forecast_series_names_an_unknown_country() -> None:
    with pytest.raises(InputError, match="XX"):
        forecast_series(
            series_of(weekly(100)), settings=SETTINGS, countries={"shop": "XX"}
        )


def test_forecast_series_names_a_product_that_occurs_twice() -> None:
    twice = pd.DataFrame(
        {
            "business_id": "shop",
            "product_id": ["a", "a"],
            "category": ["x", "y"],
            "sub_category": None,
        }
    )
    with pytest.raises(InputError, match="'a'"):
        forecast_series(series_of(weekly(100)), settings=SETTINGS, hierarchy=twice)


# --- Selection


def test_score_selection_does_not_see_the_test_days() -> None:
    values = weekly(300)
    changed = values.copy()
    changed[-30:] = 500.0
    scores = [score_selection(series_of(v), test_days=30) for v in (values, changed)]
    columns = ["model_name", "is_selected", "backtest_rank", "forecast_total"]
    assert_frame_equal(scores[0][columns], scores[1][columns])
    assert scores[1]["mae"].min() > 400


def test_a_copy_of_a_week_must_win_by_more_than_noise() -> None:
    # Two windows are slightly better and one is worse: this is chance.
    losses = {
        "seasonal_naive": np.array([[9.0], [9.0], [11.5]]),
        "weekday_mean": np.array([[10.0], [10.0], [10.0]]),
    }
    once = {name: loss.mean(axis=0) for name, loss in losses.items()}
    for lead, winner in ((0.0, "weekday_mean"), (3.0, "seasonal_naive")):
        scored = {**once, "seasonal_naive": once["seasonal_naive"] - lead}
        shifted = {**losses, "seasonal_naive": losses["seasonal_naive"] - lead}
        chosen = selection.handicapped(
            scored,
            shifted,
            np.array([False]),
            noise=np.array([1.0]),
            windows=slice(0, 3),
        )
        assert min(chosen, key=lambda name: chosen[name][0]) == winner
        assert chosen["weekday_mean"] == once["weekday_mean"]
    difference = losses["seasonal_naive"] - losses["weekday_mean"]
    error = difference.std(ddof=1) / np.sqrt(3)
    added = chosen["seasonal_naive"] - scored["seasonal_naive"]
    assert added == pytest.approx(error)


def test_few_windows_of_a_lonely_series_do_not_outweigh_its_history() -> None:
    # The mean looks better by 1 in the mean of four windows, as chance may have it.
    gaps = np.array([5.0, -3.0, 4.0, -2.0])[:, None]
    level = np.full((4, 1), 10.0)

    def winner(count: int, *, has_year: bool) -> str:
        losses = {
            "exponential_smoothing": level.repeat(count, 1),
            "mean": (level - gaps).repeat(count, 1),
            "calendar_regression": (level - 0.9 * gaps).repeat(count, 1),
            "yearly_trend": (level + 5).repeat(count, 1)
            if has_year
            else np.full((4, count), np.nan),
        }
        uneven, noise = np.zeros(count, dtype=bool), np.ones(count)
        scored = selection.scores(losses, uneven, noise=noise, windows=slice(0, 4))
        chosen = selection.handicapped(
            scored, losses, uneven, noise=noise, windows=slice(0, 4)
        )
        return min(chosen, key=lambda name: np.nan_to_num(chosen[name], nan=99)[0])

    assert winner(1, has_year=False) == "exponential_smoothing"
    # Many series that all say so are no chance.
    assert winner(400, has_year=False) == "mean"
    # What knows the year need not give way to a level.
    assert winner(1, has_year=True) == "calendar_regression"


@pytest.mark.parametrize("kind", KINDS)
def test_selected_models_of_a_panel_without_seasons_are_not_worse_than_naive(
    kind: str,
) -> None:
    found = mase_by_model(simulated(kind, 200, seed=1), alone=False)
    means = {name: values.mean() for name, values in found.items()}
    assert means["selected"] <= 1.01 * min(means[name] for name in BASELINES)


def test_selected_models_of_lonely_walks_are_nearly_naive() -> None:
    found = mase_by_model(simulated("random walk", 12, seed=1), alone=True)
    assert found["selected"].mean() <= 1.08 * found["naive"].mean()


# --- Verdicts


def test_beats_beyond_chance_needs_more_than_noise() -> None:
    baseline = np.full((4, 5), 10.0)
    losses = np.array(
        [
            # One window decides; all agree; equal; rounding; one window alone.
            [2.0, 9.0, 10.0, 10 - 1e-12, np.nan],
            [10.5, 8.9, 10.0, 10 - 1e-12, np.nan],
            [10.5, 9.1, 10.0, 10 - 1e-12, np.nan],
            [10.5, 9.0, 10.0, 10 - 1e-12, 1.0],
        ]
    )
    found = selection.beats_beyond_chance(losses, baseline)
    assert found.tolist() == [False, True, False, False, False]


def test_beats_beyond_chance_is_rare_by_chance() -> None:
    rng = np.random.default_rng(0)
    losses, baseline = rng.normal(10, 1, (2, 4, 20_000))
    share = selection.beats_beyond_chance(losses, baseline).mean()
    assert share == pytest.approx(selection.CHANCE, abs=0.01)


@pytest.mark.parametrize("sparse", [False, True])
def test_a_model_beats_the_baselines_in_the_error_that_is_shown(sparse: bool) -> None:
    rng = np.random.default_rng(1)
    parts = [weekly(300, seed=s) * np.linspace(1, 1 + s / 3, 300) for s in range(8)]
    if sparse:
        growth = np.linspace(1, 9, 300)
        parts = [one * growth * (rng.random(300) < 0.4) for one in parts]
    series = [series_of(one, series_id=f"p{i}") for i, one in enumerate(parts)]
    accuracy = run(pd.concat(series)).accuracy
    loss = "rmse" if sparse else "mae"
    assert (accuracy["loss_name"] == loss).all()
    least = accuracy[accuracy["is_baseline"]].groupby("series_id")[loss].min()
    beating = accuracy[accuracy["beats_baseline"].fillna(value=False)]
    assert len(beating) >= (1 if sparse else 5)
    assert (beating[loss] < beating["series_id"].map(least)).all()
    assert not beating["is_baseline"].any()


def test_noise_does_not_beat_a_baseline() -> None:
    noise = np.random.default_rng(2).poisson(20, (40, 300)).astype("float64")
    parts = [series_of(one, series_id=f"p{i:02d}") for i, one in enumerate(noise)]
    rows = best(run(pd.concat(parts)), "accuracy")
    # The mean of all days is the best forecast of such series.
    assert rows["beats_baseline"].mean() <= 0.1


# --- Calendar regression


def shop_years(days: int, *, seed: int = 0) -> np.ndarray:
    """Sales whose weekdays, year and trend multiply, at three times the level."""
    rng = np.random.default_rng(seed)
    time = np.arange(days)
    week = np.resize([0.7, 0.8, 0.9, 1.0, 1.2, 1.6, 0.8], days)
    year = 1 + 0.4 * np.sin(2 * np.pi * time / 365.25)
    return rng.poisson(60 * week * year * (1 + time / 1000)).astype("float64")


def calendar_error(days: int, model: str) -> float:
    values = shop_years(days + 28)
    known = series_of(values[:-28])
    rows = run(known, horizon_days=28).forecasts
    found = rows.loc[rows["model_name"] == model, "forecast_value"].to_numpy()
    return float(np.abs(found - values[-28:]).sum() / values[-28:].sum())


def test_calendar_regression_multiplies_weekday_year_and_trend() -> None:
    # Poisson noise alone gives an error of about 8 %.
    assert calendar_error(1100, "calendar_regression") < 0.1
    assert calendar_error(1100, "weekday_mean") > 0.2


@pytest.mark.parametrize("days", [549, 550])
def test_calendar_regression_multiplies_from_550_days(
    days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []
    original = panel_models._multiplied_calendar

    def noted(*arguments: object) -> object:
        called.append(True)
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(panel_models, "_multiplied_calendar", noted)
    history = history_of(shop_years(days)[None])
    forecast = panel_models.calendar_regression(history)
    assert bool(called) == (days >= 550)
    assert np.isfinite(forecast).all()
    assert (forecast >= 0).all()


def history_of(values: np.ndarray) -> panel_models.History:
    days = np.datetime64("2020-01-06") + np.arange(values.shape[1] + 28)
    alive = (np.cumsum(values, axis=1) > 0).astype("float64")
    closed = np.zeros(len(days), dtype=bool)
    return panel_models.History(values, values, alive, days, closed)


def test_smooth_forgets_nothing_on_days_that_never_sell() -> None:
    week = np.array([8.0, 8, 8, 8, 8, 8, 0])
    born_late = np.concatenate([np.zeros(350), np.resize(week, 350)])
    history = history_of(np.stack([np.resize(week, 700), born_late]))
    open_days = np.resize([1.0, 1, 1, 1, 1, 1, 0], 728)
    for alpha in panel_models.ALPHAS:
        level = panel_models.smooth(history, open_days[None], alphas=(alpha,)).level
        np.testing.assert_allclose(level, 8.0)


def test_smooth_with_the_largest_weight_is_the_last_day() -> None:
    values = np.cumsum(np.random.default_rng(0).normal(0, 1, (3, 300)), axis=1) + 99
    ones = np.ones((1, 328))
    found = panel_models.smooth(history_of(values), ones)
    assert (found.alpha == 1).all()
    np.testing.assert_allclose(found.level, values[:, -1])


# --- One day


def test_a_shop_of_one_day_is_not_sure_of_its_forecast() -> None:
    parts = [
        series_of([60.0], series_id="all", level="total"),
        series_of([20.0], series_id="a"),
        series_of([40.0], series_id="b"),
    ]
    result = forecast_series(pd.concat(parts), settings=SETTINGS)
    days = best(result)
    assert (days["upper_80"] > days["forecast_value"]).all()
    assert (days["upper_95"] > days["upper_80"]).all()
    total = best(result, "summary").set_index("series_id").loc["all"]
    assert total["total_lower_95"] < 0.7 * total["total"]
    assert total["total_upper_95"] > 1.3 * total["total"]


# --- Weekdays that series share


WEEK = np.array([0.6, 0.7, 0.8, 0.9, 1.2, 1.6, 1.2])


def sparse_series(count: int, *, seed: int) -> np.ndarray:
    """Series that sell on every third day or so, with the same weekdays."""
    rng = np.random.default_rng(seed)
    rates = np.resize(WEEK, 200) * rng.uniform(0.3, 0.5, (count, 1))
    return rng.poisson(rates) * rng.lognormal(0, 0.8, (count, 200))


def index_error(values: np.ndarray, week: np.ndarray = WEEK) -> float:
    return float(np.abs(history_of(values).weekday_index - week).mean())


def test_the_weekday_index_of_noisy_series_is_that_of_their_panel() -> None:
    values = sparse_series(40, seed=0)
    alone = np.mean([index_error(row[None]) for row in values])
    assert index_error(values) < 0.5 * alone


def test_the_weekday_index_of_a_sure_series_is_its_own() -> None:
    own = 2 - WEEK
    sure = np.resize(50 * own, (1, 200))
    values = np.concatenate([sparse_series(40, seed=1), sure])
    found = history_of(values).weekday_index
    np.testing.assert_allclose(found[-1], own, atol=0.02)
    alone = np.mean([index_error(row[None]) for row in values[:-1]])
    assert np.abs(found[:-1] - WEEK).mean() < 0.6 * alone


def test_the_weekday_index_is_flat_where_weekdays_do_not_differ() -> None:
    values = np.random.default_rng(3).poisson(0.7, (200, 200)).astype("float64")
    assert np.abs(history_of(values).weekday_index - 1).mean() < 0.05


# --- Closed weekdays


def test_sums_of_a_shop_that_closed_its_sundays_are_not_too_low() -> None:
    """Closed Sundays are zero; what the models expect of a week is on other days."""
    values = np.random.default_rng(5).poisson(0.7, (30, 399)).astype("float64")
    # The last day is a Sunday, open until half a year ago.
    values[:, 398 - 26 * 7 :: 7] = 0.0
    parts = [series_of(row, series_id=f"p{n:02d}") for n, row in enumerate(values)]
    rows = run(pd.concat(parts)).forecasts
    ahead = rows[rows["forecast_date"] <= "2024-07-28"]
    sums = ahead.groupby("model_name")["forecast_value"].sum()
    expected = 0.7 * 24 * len(values)
    for name in ("exponential_smoothing", "theta", "teunter_syntetos_babai"):
        assert sums[name] == pytest.approx(expected, rel=0.06), name
    assert sums["calendar_regression"] == pytest.approx(expected, rel=0.12)


def test_forecast_series_of_a_shop_closed_on_sundays_is_zero_on_sundays() -> None:
    # The last day is a Sunday.
    values = weekly(120)
    values[(len(values) - 1) % 7 :: 7] = 0.0
    parts = [
        series_of(values, series_id="a"),
        series_of(np.floor(values / 7), series_id="b"),
        series_of(values + np.floor(values / 7), series_id="all", level="total"),
    ]
    result = run(pd.concat(parts))
    rows = result.forecasts[~result.forecasts["model_name"].isin(BASELINES)]
    sundays = rows[rows["forecast_date"].dt.day_of_week == 6]
    assert {"combination", "teunter_syntetos_babai", "reconciled"} <= set(
        sundays["model_name"]
    )
    bounds = ["forecast_value", "lower_95", "upper_95"]
    assert (sundays[bounds].to_numpy() == 0).all()
    others = rows[rows["forecast_date"].dt.day_of_week != 6]
    assert (others["upper_95"] > 0).all()


@pytest.mark.parametrize(("idle_weeks", "closed"), [(7, False), (8, True)])
def test_closed_weekdays_are_closed_for_eight_weeks(
    idle_weeks: int, closed: bool
) -> None:
    sold = np.ones(140, dtype=bool)
    sold[140 - 7 * idle_weeks :: 7] = False
    found = closed_weekdays(sold, np.arange(140) % 7)
    assert found.tolist() == [closed, *[False] * 6]


def test_closed_weekdays_are_none_where_it_may_be_chance() -> None:
    sold = np.random.default_rng(0).random(140) < 0.3
    sold[0::7] = False
    assert not closed_weekdays(sold[70:], np.arange(70) % 7).any()
    assert not closed_weekdays(np.zeros(140, dtype=bool), np.arange(140) % 7).any()


@pytest.mark.parametrize("order", [[1, 0], [1, 0, -1], [1.5, 0, 1], "1,0,1", None])
def test_arima_orders_name_a_bad_order(order: object) -> None:
    with pytest.raises(InputError, match=r"forecast_arima_orders\.shop is"):
        settings_part("forecast_arima_orders", {"shop": order})


def test_arima_orders_name_a_business_that_does_not_exist() -> None:
    with pytest.raises(InputError, match="forecast_arima_orders names 'shpo'") as error:
        settings_part(
            "forecast_arima_orders", {"shpo": [1, 0, 0]}, businesses=["shop", "bar"]
        )
    assert error.value.remedy == "Did you mean shop? Use one of: bar, shop."


def test_an_unknown_business_is_told_of_some_among_many() -> None:
    many = [f"shop_{number:03}" for number in range(300)]
    order = {"shop_007": [1, 0, 0]}
    assert settings_part("forecast_arima_orders", order, businesses=many)
    assert settings_part("forecast_arima_orders", order)
    with pytest.raises(InputError) as error:
        settings_part("forecast_arima_orders", {"odd": [1, 0, 0]}, businesses=many)
    assert error.value.remedy.endswith("shop_018, shop_019 and 280 more.")
    with pytest.raises(InputError) as error:
        settings_part("forecast_arima_orders", order, businesses=[])
    assert error.value.remedy == "Delete it: no business is set up yet."


def test_arima_orders_of_nothing_are_none() -> None:
    assert settings_part(
        "forecast_arima_orders", {"a": [5, 1, 0]}, businesses=["a"]
    ) == {"a": (5, 1, 0)}
    assert settings_part("forecast_arima_orders", {"a": [5, 1, 0]}) == {"a": (5, 1, 0)}
    assert settings_part("forecast_arima_orders", None) == {}


# --- Costly models are tried in the first window


def tried(
    monkeypatch: pytest.MonkeyPatch,
    point: Callable[[FloatArray, int], FloatArray],
    *,
    values: FloatArray | None = None,
    in_full: Sequence[str] = (),
    **chosen: object,
) -> tuple[pd.DataFrame, list[int]]:
    """Accuracy by model with another function as LSTM, and the days of its fits."""
    days: list[int] = []

    def model(
        values: FloatArray, horizon: int, context: SeriesContext
    ) -> SeriesForecast:
        days.append(len(values))
        return SeriesForecast(point(values, horizon), converged=True)

    monkeypatch.setattr(lstm, "lstm", lambda: model)
    result = forecast_series(
        series_of(weekly() if values is None else values, level="total"),
        settings=settings_part(
            "forecast_settings",
            {
                "models": {"total": ["exponential_smoothing", "lstm"]},
                "reconcile": False,
                **chosen,
            },
        ),
        models_in_full={"shop": in_full, "other": ["lstm"]},
    )
    return result.accuracy.set_index("model_name"), days


def far_off(values: FloatArray, horizon: int) -> FloatArray:
    return np.full(horizon, 3 * values.mean())


def test_a_costly_model_stops_where_its_first_window_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, days = tried(monkeypatch, far_off)
    assert days == [400 - 4 * 31]
    lost = rows.loc["lstm"]
    assert lost["failure_reason"].startswith(
        "stopped after the first window, where its error was "
    )
    assert " times that of " in lost["failure_reason"]
    assert lost["window_count"] == 0
    assert lost[["mae", "model_rank", "coverage_80"]].isna().all()
    assert not lost["converged"]
    assert not lost["is_best_model"]
    # The other models do not notice.
    monkeypatch.undo()
    monkeypatch.setattr(lstm, "lstm", lambda: pytest.fail("fitted"))
    alone, _ = tried(monkeypatch, far_off, models={"total": ["exponential_smoothing"]})
    columns = ["mae", "rmse", "mase", "coverage_95", "model_rank", "is_best_model"]
    assert_frame_equal(rows.drop(index="lstm")[columns], alone[columns])


def test_a_costly_model_goes_on_if_it_is_the_best_in_its_first_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A course of eight days, which no other model knows.
    values = np.resize([1.0, 2, 3, 4, 5, 6, 7, 20], 400)
    rows, days = tried(
        monkeypatch, lambda past, ahead: np.resize(past[-8:], ahead), values=values
    )
    assert days == [400 - 31 * window for window in (4, 3, 2, 1, 0)]
    assert rows.loc["lstm", "window_count"] == 4
    assert rows.loc["lstm", "model_rank"] == 1
    assert pd.isna(rows.loc["lstm", "failure_reason"])


@pytest.mark.parametrize(
    "settings", [{"run_all_models": True}, {"in_full": ["lstm"]}], ids=str
)
def test_a_setting_measures_costly_models_in_all_windows(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    rows, days = tried(monkeypatch, far_off, **settings)
    assert len(days) == 5
    assert rows.loc["lstm", "window_count"] == 4
    assert rows.loc["lstm", "model_rank"] == len(rows)


def test_a_costly_model_that_fails_keeps_its_own_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, days = tried(monkeypatch, lambda values, horizon: np.full(horizon, np.nan))
    assert len(days) == 5
    assert rows.loc["lstm", "failure_reason"] == "the fit gave no finite forecast"


def test_a_perfect_baseline_stops_a_costly_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, _ = tried(monkeypatch, far_off, values=np.full(400, 5.0))
    assert rows.loc["lstm", "failure_reason"].endswith(
        "its error was more than 100 times that of mean"
    )


# --- Fits in processes


def test_fits_are_the_same_in_processes() -> None:
    values = weekly(100)
    days = np.datetime64("2024-01-01") + np.arange(110)
    context = SeriesContext(dates=days[:100], future_dates=days[100:], random_state=0)
    names = ["arima_search", "nothing", "arima_search"]
    tasks = [registry.FitTask(name, values, 10, context) for name in names]
    found = []
    for workers in (1, 2):
        with registry.fitting(workers=workers) as start:
            fits = [*start(tasks)(), *start(tasks[:1])()]
        found.append([one.point.tolist() for one, _ in fits])
    assert str(found[0]) == str(found[1])
    assert found[0][3] == found[0][0]
    assert np.isfinite(found[0][0]).all()
    assert np.isnan(found[0][1]).all()


def test_fits_of_killed_processes_are_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if memory ran out: every process ends before its first fit."""
    monkeypatch.setattr(processes, "_start_worker", partial(os._exit, 9))
    days = np.datetime64("2024-01-01") + np.arange(110)
    context = SeriesContext(dates=days[:100], future_dates=days[100:], random_state=0)
    names = ["arima_fixed", "nothing"]
    tasks = [registry.FitTask(name, weekly(100), 10, context) for name in names]
    told: list[int] = []
    with registry.fitting(workers=2, on_fits=told.append) as start:
        # The second time, the pool is known to be broken.
        found = [*start(tasks)(), *start(tasks)()]
    reasons = ["no order is set for this business", "KeyError: 'nothing'"]
    assert [one.failure_reason for one, _ in found] == [*reasons, *reasons]
    # Each fit is told once, when it is done.
    assert told == [1, 1, 1, 1]


def test_a_pool_that_broke_before_the_last_batch_is_repeated() -> None:
    days = np.datetime64("2024-01-01") + np.arange(110)
    context = SeriesContext(dates=days[:100], future_dates=days[100:], random_state=0)
    task = registry.FitTask("arima_fixed", weekly(100), 10, context)
    spawning = get_context("spawn")
    with ProcessPoolExecutor(1, spawning, partial(os._exit, 9)) as pool:
        with pytest.raises(BrokenProcessPool):
            pool.submit(int).result()
        late = registry._submitted(pool, [task])
    found = registry._gathered([task], [([0], late)], lambda count: None)
    assert found[0][0].failure_reason == "no order is set for this business"


def test_batches_hold_every_task_once() -> None:
    days = np.datetime64("2024-01-01") + np.arange(2)
    context = SeriesContext(dates=days[:1], future_dates=days[1:], random_state=0)
    names = ["lstm", "arima_search", "lstm", "arima_fixed"] * 30
    tasks = [registry.FitTask(name, np.ones(1), 1, context) for name in names]
    batches = registry._batches(tasks, 4)
    assert sorted(at for batch in batches for at in batch) == list(range(120))
    assert [len(batch) for batch in batches] == [30, 30, *[1] * 60]
    # The longest fits start first.
    assert [names[batch[0]] for batch in batches[2:]] == (
        ["arima_fixed"] * 30 + ["arima_search"] * 30
    )


def test_fits_of_a_broken_or_ended_pool_are_not_told_as_done() -> None:
    broken: Future[list[registry.Fitted]] = Future()
    broken.set_exception(BrokenProcessPool())
    ended: Future[list[registry.Fitted]] = Future()
    ended.cancel()
    done: Future[list[registry.Fitted]] = Future()
    done.set_result([])
    told: list[int] = []
    for count, future in enumerate((broken, ended, done)):
        registry._tell(told.append, count, future)
    assert told == [2]
