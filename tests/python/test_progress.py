"""Signs of life of work that takes long."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from test_forecasting_core import series_of

from retail_marts import progress as module
from retail_marts.basket import basket_rules
from retail_marts.basket.schemas import BASKETS, ITEMS, THRESHOLDS
from retail_marts.customers.lifetime_value import HISTORIES, customer_lifetime_values
from retail_marts.customers.selection import choose_k
from retail_marts.forecasting import forecast_series
from retail_marts.frames import Schema, stacked
from retail_marts.progress import OnShare, Progress
from retail_marts.prospecting.spend_comparison import compare_models
from retail_marts.prospecting.spend_model import feature_shape, shaped_features
from retail_marts.sales import product_correlations
from retail_marts.settings.forecasting import ForecastSettings
from retail_marts.settings.prospecting import SpendSettings


def test_a_line_says_done_of_all_where_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    progress = Progress("Forecasts", None)
    progress.start("series", 4000)
    assert progress.line() == "Forecasts: 0 of 4,000 series"
    now[0] += 10
    progress.step(999.5, "shop")
    progress.step(0.5)
    assert progress.line() == "Forecasts: 1,000 of 4,000 series (shop), about 30 s left"
    now[0] += 590
    assert progress.line().endswith("about 30 min left")
    progress.step(3000)
    assert progress.line() == "Forecasts: 4,000 of 4,000 series (shop)"


def test_long_work_is_told_every_few_seconds_and_quick_work_is_not() -> None:
    said: list[str] = []
    with Progress("Forecasts", said.append, every=0.02) as progress:
        progress.start("series", 2)
        progress.step(1)
        time.sleep(0.2)
    assert len(said) >= 3
    assert said[0].startswith("Forecasts: 1 of 2 series, about ")
    quick: list[str] = []
    with Progress("Forecasts", quick.append) as progress:
        progress.start("series", 2)
    assert quick == []


def test_work_that_fails_ends_its_signs() -> None:
    said: list[str] = []
    with (
        pytest.raises(ValueError, match="broken"),
        Progress("Forecasts", said.append, every=0.01),
    ):
        raise ValueError("broken")
    count = len(said)
    time.sleep(0.05)
    assert len(said) == count


def test_forecasts_say_at_the_end_which_series_were_shared_out() -> None:
    said: list[str] = []
    total = series_of(np.ones(60), level="total", series_id="total")
    seldom = series_of(np.eye(1, 60, 5)[0], series_id="seldom")
    frame = pd.concat([total, seldom, series_of(np.ones(60))])
    settings = ForecastSettings(models={"total": ["mean"], "product": ["mean"]})
    with Progress("Forecasts", said.append) as progress:
        forecast_series(frame, settings=settings, progress=progress)
    assert said == [
        "Forecasts of shop: 1 of 2 series of the level product sold on fewer than 28"
        " of the last 365 days, or are the smallest 2 % of sales. They get a share of"
        " their category's forecast."
    ]


def test_a_thing_of_the_work_is_told_by_its_shares_and_done_at_its_end() -> None:
    progress = Progress("Segments", None)
    progress.start("customers", 400)
    with progress.thing("shop", 200) as on_share:
        assert progress.line() == "Segments: 0 of 400 customers (shop)"
        on_share(0.25)
        assert progress.line().startswith("Segments: 50 of 400 customers (shop), about")
        # More than all of it cannot be done.
        on_share(0.9)
        assert progress.line().startswith("Segments: 200 of 400 customers (shop)")
    with progress.thing("bakery", 200):
        pass
    assert progress.line() == "Segments: 400 of 400 customers (bakery)"


def test_what_was_left_out_is_said_at_the_end_by_reason() -> None:
    said: list[str] = []
    with Progress("Spend models", said.append) as progress:
        for name in "abcde":
            progress.leave_out(name, "too few customers")
        progress.leave_out("a", "too few customers")
        progress.leave_out("b", "no spend is known")
        assert said == []
    assert said == [
        "Spend models of a, b, c and 2 more: too few customers",
        "Spend models of b: no spend is known",
    ]
    many: list[str] = []
    with Progress("Spend models", many.append) as progress:
        for number in range(12):
            progress.leave_out("a", f"reason {number}")
    assert many[9:] == [
        "Spend models of a: reason 9",
        "Spend models: 2 more notes are in the marts",
    ]


def test_work_that_fails_does_not_say_what_it_left_out() -> None:
    said: list[str] = []

    def fail() -> None:
        with Progress("Segments", said.append) as progress:
            progress.leave_out("shop", "no orders")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert said == []


def told(work: Callable[[OnShare], object]) -> list[float]:
    shares: list[float] = []
    work(shares.append)
    assert all(0 < share < 1 for share in shares)
    return shares


def test_the_choice_of_segments_tells_all_of_its_work_in_shares() -> None:
    points = np.random.default_rng(0).normal(size=(60, 2))
    shares = told(lambda on_share: choose_k(points, k_max=4, on_share=on_share))
    assert sum(shares) == pytest.approx(1)
    assert len(shares) > 5


def test_spend_models_tell_each_fit_as_a_share() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.uniform(20, 60, 40)})
    target = frame["age"].to_numpy() * 10.0
    shape = feature_shape(frame, ["age"])
    settings = SpendSettings(features=("age",))
    shares = told(
        lambda on_share: compare_models(
            shaped_features(frame, shape),
            target,
            shape=shape,
            models=["mean", "linear_regression"],
            settings=settings,
            on_share=on_share,
        )
    )
    assert sum(shares) == pytest.approx(1)
    assert len(shares) >= 2 * settings.folds


def _rows(schema: Schema, **values: object) -> pd.DataFrame:
    """Rows of a schema; columns without a value are null, or 0 if they cannot be."""
    empty = {name: 0 if kind in ("int32", "int64") else None
             for name, kind in schema.items()}  # fmt: skip
    return stacked([pd.DataFrame({**empty, **values})], schema)


@pytest.mark.parametrize(
    ("work", "line"),
    [
        (
            lambda progress: product_correlations(
                pd.DataFrame(
                    {
                        "business_id": ["a", "a", "b"],
                        "product_id": ["x", "y", "x"],
                        "sales_date": pd.to_datetime(["2024-01-01"] * 3),
                        "quantity": 1.0,
                    }
                ),
                progress=progress,
            ),
            "2 of 2 businesses (b)",
        ),
        (
            lambda progress: basket_rules(
                stacked([], BASKETS),
                items=stacked([], ITEMS),
                thresholds=_rows(
                    THRESHOLDS,
                    group_code=[0, 1],
                    business_id="a",
                    basket_level=["product", "category"],
                    minimum_basket_count=2,
                ),
                progress=progress,
            ),
            "2 of 2 levels of businesses (a)",
        ),
        (
            lambda progress: customer_lifetime_values(
                _rows(
                    HISTORIES,
                    business_id=["a", "a", "b"],
                    customer_id=["1", "2", "1"],
                    purchase_day_count=0.0,
                    calibration_purchase_day_count=0.0,
                    holdout_purchase_day_count=0.0,
                ),
                progress=progress,
            ),
            "3 of 3 customers (b)",
        ),
    ],
    ids=["product correlations", "basket rules", "lifetime values"],
)
def test_work_on_businesses_tells_each_that_is_done(
    work: Callable[[Progress], object], line: str
) -> None:
    progress = Progress("Work")
    work(progress)
    assert progress.line() == f"Work: {line}"


def test_a_whole_counts_the_things_of_all_its_parts() -> None:
    progress = Progress("Recommendations")
    progress.start_whole("businesses", 3)
    for name in ("a", "b"):
        progress.start("businesses", 1)
        with progress.thing(name):
            pass
    assert progress.line().startswith("Recommendations: 2 of 3 businesses (b)")
    elsewhere = Progress("Recommendations")
    elsewhere.start_whole("businesses", 40, done=lambda: 30.0)
    assert elsewhere.line().startswith("Recommendations: 30 of 40 businesses")
