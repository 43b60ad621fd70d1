"""Series that sell too seldom for models of their own, on simulated sales."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_forecasting_core import best, series_of

from retail_marts.forecasting import ForecastResult, forecast_series
from retail_marts.forecasting.kinship import Kinship, product_of
from retail_marts.forecasting.panels import Panel, build_panels
from retail_marts.forecasting.shares import has_own_models, recent_sums
from retail_marts.settings.forecasting import CATEGORY_SHARE, ForecastSettings

MODELS = ("weekday_mean", "exponential_smoothing")
LEVELS = ("total", "category", "sub_category", "product", "store", "store_product")
SETTINGS = ForecastSettings(models={level: list(MODELS) for level in LEVELS})
DAYS = 300
KEYS = ["measure", "series_level", "series_id"]


def products() -> dict[str, np.ndarray]:
    """Two that sell daily and ten that sell about once a month."""
    rng = np.random.default_rng(3)
    found = {f"often{n}": rng.poisson(20.0, DAYS) + 1.0 for n in range(2)}
    for n in range(10):
        found[f"seldom{n}"] = (rng.random(DAYS) < 0.03) * rng.integers(1, 4, DAYS) * 1.0
    return found


CATEGORY = {name: "food" if name[-1] in "0246" else "tools" for name in products()}


def grocery(*, category: bool = True, uncategorised: str = "") -> pd.DataFrame:
    """The series of a shop: total, categories, products, products in two stores."""
    values = products()
    parts = [series_of(sum(values.values()), series_id="total", level="total")]
    for name, own in values.items():
        parts.append(series_of(own, series_id=name))
        north = np.floor(own / 2)
        for store, part in (("N", north), ("S|1", own - north)):
            series_id = f"{store.replace('|', '||')} | {name}"
            parts.append(series_of(part, series_id=series_id, level="store_product"))
    for group in ("food", "tools") if category else ():
        members = [
            own
            for name, own in values.items()
            if CATEGORY[name] == group and name != uncategorised
        ]
        parts.append(series_of(sum(members), series_id=group, level="category"))
    frame = pd.concat(parts, ignore_index=True)
    # Amounts have other sizes, so other shares of sales.
    amounts = frame.assign(measure="sales_amount", value=frame["value"] * 3)
    return pd.concat([frame, amounts], ignore_index=True)


def hierarchy(*, uncategorised: str = "") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "business_id": "shop",
            "product_id": list(CATEGORY),
            "category": [
                None if name == uncategorised else group
                for name, group in CATEGORY.items()
            ],
            "sub_category": None,
        }
    )


@pytest.fixture(scope="module")
def result() -> ForecastResult:
    return forecast_series(grocery(), settings=SETTINGS, hierarchy=hierarchy())


def sums(frame: pd.DataFrame, level: str) -> pd.Series:
    rows = frame[(frame["series_level"] == level) & (frame["measure"] == "quantity")]
    return rows.groupby("forecast_date")["forecast_value"].sum()


def test_products_that_sell_seldom_get_shares_and_say_why(
    result: ForecastResult,
) -> None:
    rows = best(result, "accuracy")
    rows = rows[(rows["series_level"] == "product") & (rows["measure"] == "quantity")]
    shared = rows.set_index("series_id")["is_shared"]
    assert set(shared.index[~shared]) == {"often0", "often1"}
    shares = result.accuracy[result.accuracy["model_name"] == CATEGORY_SHARE]
    shares = shares[shares["measure"] == "quantity"].set_index("series_id")
    reason = shares.loc["seldom0", "failure_reason"]
    sold = int((products()["seldom0"] > 0).sum())
    assert reason == (
        f"sold on {sold} of the last 365 days: gets a share of the forecast of category"
        " food"
    )


def test_shares_have_one_candidate_beside_the_reconciled(
    result: ForecastResult,
) -> None:
    rows = result.accuracy[result.accuracy["is_shared"]]
    assert set(rows["model_name"]) == {"category_share", "reconciled"}
    assert rows.groupby(KEYS).size().eq(2).all()
    assert rows.groupby(KEYS)["is_best_model"].sum().eq(1).all()
    assert rows["beats_baseline"].isna().all()


@pytest.mark.parametrize("level", ["category", "product", "store_product"])
def test_reconciled_shares_add_up_to_the_total(
    result: ForecastResult, level: str
) -> None:
    rows = result.forecasts[result.forecasts["model_name"] == "reconciled"]
    np.testing.assert_allclose(sums(rows, level), sums(rows, "total"), rtol=1e-9)


def test_reconciled_shares_add_up_to_their_category_and_product(
    result: ForecastResult,
) -> None:
    rows = result.forecasts[
        (result.forecasts["model_name"] == "reconciled")
        & (result.forecasts["measure"] == "quantity")
    ]
    total = rows.groupby(["series_level", "series_id"])["forecast_value"].sum()
    by_category = total["product"].groupby(CATEGORY).sum()
    pd.testing.assert_series_equal(
        by_category, total["category"], check_names=False, check_index_type=False
    )
    by_product = total["store_product"].groupby(product_of).sum()
    pd.testing.assert_series_equal(
        by_product, total["product"], check_names=False, check_index_type=False
    )


def test_a_share_is_that_of_the_recent_sales(result: ForecastResult) -> None:
    forecasts = best(result)
    rows = forecasts[forecasts["measure"] == "quantity"].set_index("series_id")
    values = products()
    food = sum(own for name, own in values.items() if CATEGORY[name] == "food")
    share = recent_sums(values["seldom0"], DAYS) / recent_sums(food, DAYS)
    whole = rows.loc["food", "forecast_value"].to_numpy()
    own = result.forecasts[
        (result.forecasts["series_id"] == "seldom0")
        & (result.forecasts["model_name"] == "category_share")
        & (result.forecasts["measure"] == "quantity")
    ]
    np.testing.assert_allclose(own["forecast_value"], share * whole)


def test_a_window_of_a_share_does_not_see_its_days(result: ForecastResult) -> None:
    frame = grocery()
    last = frame["sales_date"] > frame["sales_date"].max() - pd.Timedelta(days=31)
    changed = frame.assign(value=frame["value"].where(~last, frame["value"] * 5))
    other = forecast_series(changed, settings=SETTINGS, hierarchy=hierarchy())
    for model in ("category_share", "reconciled"):
        before, after = (
            one.backtest[
                (one.backtest["model_name"] == model)
                & one.backtest["series_id"].str.contains("seldom")
                & (one.backtest["window_id"] == 4)
            ]["forecast_value"].to_numpy()
            for one in (result, other)
        )
        assert len(before)
        np.testing.assert_allclose(before, after)


def test_products_without_a_category_leave_the_rest_adding_up() -> None:
    found = forecast_series(
        grocery(uncategorised="seldom3"),
        settings=SETTINGS,
        hierarchy=hierarchy(uncategorised="seldom3"),
    )
    rows = found.forecasts[found.forecasts["model_name"] == "reconciled"]
    np.testing.assert_allclose(sums(rows, "product"), sums(rows, "total"), rtol=1e-9)
    alone = sums(rows[rows["series_id"] == "seldom3"], "product")
    np.testing.assert_allclose(
        sums(rows, "category") + alone, sums(rows, "total"), rtol=1e-9
    )
    reasons = best(found, "accuracy").set_index("series_id")["failure_reason"]
    assert (
        reasons["seldom3"].str.endswith("a share of the forecast of total total").all()
    )


def test_products_without_categories_get_shares_of_the_total() -> None:
    found = forecast_series(grocery(category=False), settings=SETTINGS)
    rows = found.forecasts[found.forecasts["model_name"] == "reconciled"]
    np.testing.assert_allclose(sums(rows, "product"), sums(rows, "total"), rtol=1e-9)


def test_the_settings_give_every_product_models() -> None:
    settings = ForecastSettings(
        models={level: list(MODELS) for level in LEVELS},
        own_model_min_days=0,
        own_model_sales_share=1.0,
    )
    found = forecast_series(grocery(), settings=settings, hierarchy=hierarchy())
    assert not found.accuracy["is_shared"].any()


def test_without_anything_to_share_every_product_has_models() -> None:
    frame = grocery()
    found = forecast_series(
        frame[frame["series_level"] == "product"], settings=SETTINGS
    )
    assert not found.accuracy["is_shared"].any()


def test_without_reconciliation_there_are_shares_alone() -> None:
    settings = SETTINGS.model_copy(update={"reconcile": False})
    found = forecast_series(grocery(), settings=settings, hierarchy=hierarchy())
    shared = found.accuracy[found.accuracy["is_shared"]]
    assert set(shared["model_name"]) == {"category_share"}


def panel(*rows: np.ndarray) -> Panel:
    frame = pd.concat([series_of(row, series_id=f"p{n}") for n, row in enumerate(rows)])
    return next(build_panels(frame))[0]


def sold_on(days: int, *, of: int = 400, first: int = 0) -> np.ndarray:
    values = np.zeros(of)
    values[np.linspace(first, of - 1, days).astype(int)] = 1.0
    return values


@pytest.mark.parametrize(
    ("sales", "own"),
    [
        (sold_on(27, first=40), False),
        (sold_on(28, first=40), True),
        # A year ago does not count.
        (np.append(np.ones(100), np.zeros(365)), False),
        # New, and sold on every second day.
        (sold_on(14, first=373), True),
        (sold_on(13, first=375), False),
        (sold_on(14, first=370), False),
    ],
)
def test_demand_supports_models_from_28_days_with_sales(
    sales: np.ndarray, own: bool
) -> None:
    always = np.ones(len(sales))
    assert has_own_models(panel(sales, always), ForecastSettings()).tolist() == [
        own,
        True,
    ]


def test_the_least_of_the_sales_gets_no_models() -> None:
    large, small = np.full(400, 96.0), np.full(400, 2.0)
    found = has_own_models(panel(large, small, small / 2), ForecastSettings())
    assert found.tolist() == [True, True, False]


def test_sub_categories_of_several_categories_are_parts_of_the_total_alone() -> None:
    frame = pd.DataFrame(
        {
            "business_id": "shop",
            "product_id": ["a", "b", "c"],
            "category": ["food", "tools", "tools"],
            "sub_category": ["other", "other", "saws"],
        }
    )
    levels = ("total", "category", "sub_category")
    assert Kinship.of(frame, "shop").chain(levels) == ["category"]
    assert Kinship.of(frame.iloc[1:], "shop").chain(levels) == [
        "category",
        "sub_category",
    ]


def test_ids_with_the_separator_name_their_product() -> None:
    assert product_of("S||1 | a || b") == "a | b"


def test_a_fixed_arima_without_an_order_has_rows_only_if_a_setting_names_it() -> None:
    frame = series_of(np.ones(60), level="total", series_id="total")
    windows = {"backtest_windows": 1, "min_training_days": 40}
    asked = ForecastSettings(models={"total": ["arima_fixed"]}, **windows)
    names = [
        set(forecast_series(frame, settings=settings).accuracy["model_name"])
        for settings in (asked, ForecastSettings(**windows))
    ]
    assert "arima_fixed" in names[0]
    assert names[1] & {"arima_fixed", "arima_search"} == {"arima_search"}
