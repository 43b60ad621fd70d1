"""Unusual series, from a flat file to the forecasting marts, with the real dbt."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Build, Dbt, make_dbt

END = date(2024, 6, 30)
DAYS = 200
MODELS = ["weekday_mean", "exponential_smoothing", "teunter_syntetos_babai"]


def odd_products() -> dict[str, np.ndarray]:
    """Quantity of each product on each day; NaN is a day without a line."""
    rng = np.random.default_rng(0)
    ordinary = rng.poisson(10, (4, DAYS)).astype(float) + 1
    nothing = np.full(DAYS, np.nan)
    products = {
        "one_day": nothing.copy(),
        "five_days": nothing.copy(),
        "constant": np.full(DAYS, 7.0),
        "gap": ordinary[0].copy(),
        "spike": ordinary[1].copy(),
        "ended": ordinary[2].copy(),
        "ordinary": ordinary[3].copy(),
    }
    products["one_day"][-40] = 3
    products["five_days"][-5:] = [2, 4, 3, 1, 2]
    products["gap"][50:140] = np.nan
    products["spike"][100] *= 1000
    products["ended"][-60:] = np.nan
    return products


def write_sales(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["day", "item", "n", "total"])
        first = END - timedelta(days=DAYS - 1)
        for item, values in odd_products().items():
            for place, quantity in enumerate(values):
                if np.isfinite(quantity):
                    day = first + timedelta(days=place)
                    writer.writerow([day, item, int(quantity), 2 * int(quantity)])
        # Always sold and returned on the same day: net sales are zero.
        for back in range(0, 120, 3):
            day = END - timedelta(days=back)
            writer.writerow([day, "returned", 2, 4])
            writer.writerow([day, "returned", -2, -4])


def write_months(path: Path) -> None:
    """Two years of monthly sums of two stores; one store sells a product once."""
    rng = np.random.default_rng(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["day", "shop", "item", "n", "total"])
        for month in range(24):
            day = date(2022 + month // 12, month % 12 + 1, 1)
            for shop, item in (("N", "tea"), ("N", "cup"), ("S", "tea")):
                pieces = int(rng.normal(150, 12))
                writer.writerow([day, shop, item, pieces, 2 * pieces])
        writer.writerow([date(2023, 5, 1), "S", "cup", 3, 6])


def write_events(path: Path) -> None:
    """A closure after the data and six days of promotion of one product."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "kind", "from", "to", "item"])
        closed = END + timedelta(days=3)
        writer.writerow(["Stock-taking", "Closure", closed, closed, ""])
        first = END - timedelta(days=40)
        writer.writerow(
            ["Week of cups", "promotion", first, first + timedelta(days=5), "ordinary"]
        )


def settings_for(path: Path, **forecast: Any) -> dict[str, Any]:
    return {
        "sources": [],
        "mapped_sources": {
            "shop": {
                "path": str(path),
                "columns": {
                    "order_date": "day",
                    "product_id": "item",
                    "quantity": "n",
                    "sales_amount": "total",
                },
                "events": {
                    "path": str(path.with_name("events.csv")),
                    "columns": {
                        "event_name": "name",
                        "event_type": "kind",
                        "start_date": "from",
                        "end_date": "to",
                        "product_id": "item",
                    },
                },
            },
            "market": {
                "path": str(path.with_name("months.csv")),
                "columns": {
                    "order_date": "day",
                    "store_id": "shop",
                    "product_id": "item",
                    "quantity": "n",
                    "sales_amount": "total",
                },
            },
        },
        "forecast_measures": ["quantity"],
        "forecast_levels": ["total", "product"],
        "forecast_business_levels": {
            "market": ["total", "product", "store", "store_product"]
        },
        "forecast_arima_orders": {"shop": [90, 0, 90]},
        "forecast_settings": {
            "models": {"total": [*MODELS, "arima_fixed"], "product": MODELS},
            **forecast,
        },
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Build, Dbt, Path]:
    folder = tmp_path_factory.mktemp("odd")
    path = folder / "sales.csv"
    write_sales(path)
    write_months(path.with_name("months.csv"))
    write_events(path.with_name("events.csv"))
    dbt = make_dbt(folder / "dbt")
    build = dbt(
        "build",
        "--select",
        "+fct_sales_forecasts",
        "+fct_forecast_accuracy",
        "+rpt_forecast_summary",
        "+rpt_series_oddities",
        "+rpt_event_effects",
        "--exclude",
        "resource_type:unit_test",
        "--indirect-selection",
        "cautious",
        settings=settings_for(path),
        whole=True,
    )
    assert build.returncode == 0, build.output
    return build, dbt, path


def test_events_close_days_ahead_and_have_effects(
    shop: tuple[Build, Dbt, Path],
) -> None:
    build, _, _ = shop
    assert build.rows(
        "select distinct forecast_date from forecasting.fct_sales_forecasts"
        " where business_id = 'shop' and series_level = 'total'"
        " and model_name = 'exponential_smoothing' and forecast_value = 0"
    ) == [(END + timedelta(days=3),)]
    assert build.rows(
        "select series_level, series_name, event_type, event_name, day_count"
        " from forecasting.rpt_event_effects order by all"
    ) == [
        ("product", "ordinary", "promotion", "Week of cups", 6),
        ("total", "total", "Closure", "Stock-taking", 0),
    ]


PRODUCTS = [*odd_products(), "returned"]


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_odd_product_has_a_forecast_or_a_reason(
    shop: tuple[Build, Dbt, Path], product: str
) -> None:
    build = shop[0]
    days, first, last, least, most = build.rows(
        "select count(*), min(forecast_date), max(forecast_date), min(lower_95),"
        " max(forecast_value) from forecasting.fct_sales_forecasts"
        f" where series_id = '{product}' and is_best_model"
    )[0]
    assert (days, first, last) == (31, date(2024, 7, 1), date(2024, 7, 31))
    assert least >= 0
    likely = {"one_day": 0.2, "constant": 7, "ended": 8, "returned": 0}
    assert most <= 1.01 * likely.get(product, 20)
    silent = build.value(
        "select count(*) from forecasting.fct_forecast_accuracy"
        f" where series_id = '{product}' and model_rank is null"
        " and failure_reason is null"
    )
    assert silent == 0


def test_short_products_say_why_they_have_no_score(
    shop: tuple[Build, Dbt, Path],
) -> None:
    reasons = shop[0].rows(
        "select distinct series_id, window_count, failure_reason"
        " from forecasting.fct_forecast_accuracy"
        " where business_id = 'shop' and series_level = 'product'"
        " and series_id = 'five_days'"
        " and model_name <> 'reconciled'"
    )
    assert reasons == [
        (
            "five_days",
            0,
            "sold on 5 of the last 365 days: gets a share of the forecast of total"
            " total",
        )
    ]


def test_an_order_that_cannot_be_fitted_is_a_row_that_says_so(
    shop: tuple[Build, Dbt, Path],
) -> None:
    converged, reason, rank = shop[0].rows(
        "select converged, failure_reason, model_rank"
        " from forecasting.fct_forecast_accuracy"
        " where business_id = 'shop' and series_level = 'total'"
        " and model_name = 'arima_fixed'"
    )[0]
    assert (converged, rank) == (False, None)
    assert "ARIMA(90, 0, 90) cannot be fitted to" in reason


def test_a_spike_is_known_and_leads_no_forecast(shop: tuple[Build, Dbt, Path]) -> None:
    build = shop[0]
    actual, expected = build.rows(
        "select actual_value, expected_value from forecasting.rpt_series_oddities"
        " where series_id = 'spike' and is_outlier"
    )[0]
    assert actual == pytest.approx(1000 * expected, rel=0.6)
    mean = build.value(
        "select mean_value from forecasting.rpt_forecast_summary"
        " where series_id = 'spike' and is_best_model"
    )
    assert 8 < mean < 16


def test_products_add_up_to_the_total(shop: tuple[Build, Dbt, Path]) -> None:
    totals = dict(
        shop[0].rows(
            "select series_level, sum(total_value)"
            " from forecasting.rpt_forecast_summary"
            " where business_id = 'shop' and model_name = 'reconciled' group by 1"
        )
    )
    assert totals["product"] == pytest.approx(totals["total"])


def test_monthly_figures_are_forecast_by_month(
    shop: tuple[Build, Dbt, Path],
) -> None:
    rows = shop[0].rows(
        "select forecast_origin_date, forecast_date, forecast_value, lower_95, upper_95"
        " from forecasting.fct_sales_forecasts where business_id = 'market'"
        " and grain = 'month' and series_level = 'total' and is_best_model order by 2"
    )
    assert [row[:2] for row in rows] == [
        (date(2023, 12, 31), date(2024, month, 1)) for month in (1, 2, 3)
    ]
    for _, _, value, low, high in rows:
        assert 350 < low < value < high < 550


def test_products_in_stores_add_up_to_their_product(
    shop: tuple[Build, Dbt, Path],
) -> None:
    build = shop[0]
    products = (
        "select product_id, sum(forecast_value) from forecasting.fct_sales_forecasts"
        " where business_id = 'market' and model_name = 'reconciled'"
        " and series_level = '{}' group by 1"
    )
    parts = dict(build.rows(products.format("store_product")))
    assert parts == pytest.approx(dict(build.rows(products.format("product"))))
    assert build.rows(
        "select distinct series_id, store_id, series_name, failure_reason"
        " from forecasting.fct_forecast_accuracy"
        " where series_level = 'store_product' and is_shared and is_best_model"
    ) == [
        (
            "S | cup",
            "S",
            "S, cup",
            "sold on 1 of the last 12 months: gets a share of the forecast of product"
            " cup",
        )
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"forecast_settings": {"horizon_days": -1}},
            ["horizon_days is -1", "from 1 to 366"],
        ),
        (
            {"forecast_business_levels": {"shpo": ["total"]}},
            ["forecast_business_levels names 'shpo'", "Use one of: car_dealer,"],
        ),
    ],
)
def test_a_setting_that_makes_no_sense_stops_with_one_message(
    shop: tuple[Build, Dbt, Path], change: dict[str, Any], words: list[str]
) -> None:
    _, dbt, path = shop
    build = dbt(
        "run",
        "--select",
        "py_sales_forecasts",
        settings={**settings_for(path), **change},
        whole=True,
    )
    assert build.returncode != 0
    assert "Traceback" not in build.output
    assert "Remedy" in build.output
    for word in words:
        assert word in build.output, (word, build.output)
