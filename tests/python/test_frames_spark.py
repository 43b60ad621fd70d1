"""Spark gives the same as DuckDB, from functions that run on its executors."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import PROJECT
from pandas.testing import assert_frame_equal
from test_frames import BUSINESSES, LEAP_DAY, LINES, TOTALS, totals

from retail_marts.basket import (
    BASKET_KINDS,
    THRESHOLDS,
    basket_rules,
    basket_thresholds,
)
from retail_marts.customers.schemas import SEGMENT_KINDS
from retail_marts.customers.segments import segment_subjects
from retail_marts.errors import InputError
from retail_marts.forecasting import FORECAST_KINDS, forecast_series
from retail_marts.frames import run_by_group, to_frame
from retail_marts.frames import spark as engine
from retail_marts.progress import Progress
from retail_marts.prospecting import SPEND_KINDS, model_spend
from retail_marts.settings.customers import FEATURES
from retail_marts.settings.forecasting import ForecastSettings
from retail_marts.settings.prospecting import FEATURES as SPEND_FEATURES
from retail_marts.settings.prospecting import SpendSettings

pytest.importorskip("pyspark", reason="pyspark is not installed")


def on_both(
    spark: Any, function: Any, frames: dict[str, pd.DataFrame], **call: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table that a function gives on DuckDB and on Spark, rows in one order."""
    call = {"by": "business_id"} | call
    with duckdb.connect() as session:
        relations = {name: session.from_df(frame) for name, frame in frames.items()}
        found = run_by_group(session, function, relations, **call)
        here = found if isinstance(found, pd.DataFrame) else to_frame(found)
    there = to_frame(
        run_by_group(
            spark,
            function,
            {name: spark.createDataFrame(frame) for name, frame in frames.items()},
            **call,
        )
    )
    assert set(here.columns) == set(there.columns)
    there = there[list(here.columns)]
    keys = [name for name in here.columns if here[name].map(type).ne(np.ndarray).all()]
    keys = [name for name in keys if name != "fit_seconds"]
    return (
        here.sort_values(keys, ignore_index=True),
        there.sort_values(keys, ignore_index=True),
    )


def assert_same(frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    here, there = (
        frame.drop(columns="fit_seconds", errors="ignore") for frame in frames
    )
    assert len(here)
    assert_frame_equal(here, there, check_dtype=False, rtol=1e-9, atol=1e-9)


# ---------------------------------------------------------------------------- the seam


def test_kinds_empty_groups_and_quotes_are_the_same(spark: Any) -> None:
    here, there = on_both(
        spark,
        totals,
        {"lines": LINES, "businesses": BUSINESSES},
        schemas=TOTALS,
        factor=2.0,
    )
    assert_same((here, there))
    assert sorted(there["when"].dropna().unique()) == [LEAP_DAY]
    assert len(there) == 5


def test_what_is_left_out_is_said_once(
    spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(engine, "dbt_say", said.append)
    relation = run_by_group(
        spark,
        totals,
        {
            "lines": spark.createDataFrame(LINES),
            "businesses": spark.createDataFrame(BUSINESSES),
        },
        by="business_id",
        schemas=TOTALS,
        title="Totals",
        factor=1.0,
    )
    assert said == ["Totals of empty: has no lines"]
    # Reading the table twice neither runs nor says anything again.
    assert relation.count() == relation.count() == 5
    assert len(said) == 1


def slow_counts(lines: pd.DataFrame, progress: Progress) -> pd.DataFrame:
    """A second of work for each group."""
    del progress
    time.sleep(1.0)
    return lines[["business_id"]].assign(count=1)


def test_groups_that_are_done_are_told_while_others_run(
    spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(engine, "dbt_say", said.append)
    monkeypatch.setattr(engine, "Progress", partial(Progress, every=0.2))
    groups = [f"shop {number}" for number in range(4)]
    run_by_group(
        spark,
        slow_counts,
        {"lines": spark.createDataFrame(pd.DataFrame({"business_id": groups}))},
        by="business_id",
        schemas={"business_id": "string", "count": "int64"},
        title="Counts",
    )
    done = {int(line.split()[1]) for line in said}
    assert said[0] == "Counts: 0 of 4 businesses"
    assert done & {1, 2, 3}, said


def test_a_fault_in_the_input_of_one_group_is_one_plain_error(spark: Any) -> None:
    with pytest.raises(InputError, match="an amount is below zero") as caught:
        run_by_group(
            spark,
            totals,
            {
                "lines": spark.createDataFrame(LINES.assign(amount=-1.0)),
                "businesses": spark.createDataFrame(BUSINESSES),
            },
            by="business_id",
            schemas=TOTALS,
            factor=1.0,
        )
    assert caught.value.remedy == "Correct it."


def without_memory(lines: pd.DataFrame) -> pd.DataFrame:
    """As the system ends a process that needs more memory than there is."""
    del lines
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def test_a_process_that_dies_is_an_error_with_a_remedy(spark: Any) -> None:
    with pytest.raises(InputError, match=r"Python model: executors .* died") as caught:
        run_by_group(
            spark,
            without_memory,
            {"lines": spark.createDataFrame(LINES)},
            by="business_id",
            schemas={"business_id": "string"},
        )
    assert "spark.executor.memory" in caught.value.remedy


@pytest.mark.parametrize(
    "said",
    [
        "Lost task 0.0 in stage 8.0: ExecutorLostFailure (executor 1 exited caused by",
        "ResultStage 8 has failed the maximum allowable number of times: 4. Most "
        "recent failure reason: org.apache.spark.shuffle.MetadataFetchFailedException",
    ],
)
def test_executors_that_die_again_and_again_are_an_error_with_a_remedy(
    said: str,
) -> None:
    error = engine._explained(RuntimeError(said), "Counts")
    assert str(error).startswith("Counts: executors of Spark, or their Python")
    other = ValueError("a fault of the function")
    assert engine._explained(other, "Counts") is other


def test_the_driver_collects_no_large_table(
    spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = spark.range(10).selectExpr("id", "cast(id as decimal(18, 2)) as amount")
    monkeypatch.setattr(engine, "MOST_VALUES", 20)
    assert to_frame(table)["amount"].sum() == 45.0
    monkeypatch.setattr(engine, "MOST_VALUES", 19)
    with pytest.raises(InputError, match=r"id, amount has 20 values .* at most 19"):
        to_frame(table)


def test_rows_of_groups_do_not_pass_through_the_driver(
    spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_VALUES", 0)
    relation = run_by_group(
        spark,
        totals,
        {
            "lines": spark.createDataFrame(LINES),
            "businesses": spark.createDataFrame(BUSINESSES),
        },
        by="business_id",
        schemas=TOTALS,
        factor=1.0,
    )
    assert relation.count() == 5


# ----------------------------------------------------------------------------- models


def test_forecasts_are_the_same(spark: Any) -> None:
    days = pd.date_range("2024-01-01", periods=120)
    random = np.random.default_rng(5)
    parts = [
        pd.DataFrame(
            {
                "business_id": business,
                "measure": "quantity",
                "series_level": level,
                "series_id": series,
                "sales_date": days,
                "value": random.poisson(9, len(days)).astype(float),
            }
        )
        for business in ("one", "two")
        for level, series in (("total", "total"), ("product", "a"), ("product", "b"))
    ]
    models = ["mean", "weekday_mean", "arima_search"]
    hierarchy = pd.DataFrame(
        {
            "business_id": ["one", "one", "two", "two"],
            "product_id": ["a", "b", "a", "b"],
            "category": "all",
            "sub_category": "all",
        }
    )
    assert_same(
        on_both(
            spark,
            forecast_series,
            {"series": pd.concat(parts), "hierarchy": hierarchy},
            schemas=FORECAST_KINDS,
            title="Forecasts",
            settings=ForecastSettings(
                models={"total": models, "product": ["mean", "weekday_mean"]}, workers=2
            ),
        )
    )


def test_segments_are_the_same(spark: Any) -> None:
    random = np.random.default_rng(2)
    size = 90
    frame = pd.DataFrame(
        {
            "business_id": np.repeat(["one", "two"], size // 2),
            "subject": "customer",
            "subject_id": [f"c{n:03d}" for n in range(size)],
            **dict.fromkeys(FEATURES, np.nan),
        }
    )
    level = np.where(np.arange(size) % 3 == 0, 40.0, 4.0)
    for name in ("recency_days", "order_count", "monetary_amount"):
        frame[name] = np.round(level * random.uniform(0.8, 1.2, size), 2)
    names = pd.read_csv(PROJECT / "seeds" / "segment_names.csv", dtype="string")
    assert_same(
        on_both(
            spark,
            segment_subjects,
            {"features": frame},
            schemas=SEGMENT_KINDS,
            title="Segments",
            names=names,
        )
    )


def test_basket_rules_are_the_same(spark: Any) -> None:
    random = np.random.default_rng(8)
    levels, items, baskets = [], [], []
    for code, business in enumerate(("one", "two")):
        held = random.random((80, 5)) < 0.4
        held[:40, 1] = held[:40, 0]
        basket, item = np.nonzero(held)
        baskets.append(
            pd.DataFrame(
                {
                    "group_code": np.int32(code),
                    "basket_code": basket.astype("int32"),
                    "item_code": item.astype("int32"),
                }
            )
        )
        names = list("abcde")
        items.append(
            pd.DataFrame(
                {
                    "group_code": np.int32(code),
                    "item_code": np.arange(5, dtype="int32"),
                    "item_id": names,
                    "item_name": names,
                    "basket_count": held.sum(axis=0),
                }
            )
        )
        levels.append(
            {
                "business_id": business,
                "basket_level": "product",
                "order_count": 80,
                "basket_total": 80,
                "multi_item_basket_count": int((held.sum(axis=1) > 1).sum()),
                "item_total": 5,
            }
        )
    thresholds = on_both(
        spark,
        basket_thresholds,
        {"levels": pd.DataFrame(levels)},
        by=None,
        schemas=THRESHOLDS,
    )
    assert_same(thresholds)
    assert_same(
        on_both(
            spark,
            basket_rules,
            {
                "baskets": pd.concat(baskets),
                "items": pd.concat(items),
                "thresholds": thresholds[0],
            },
            by="group_code",
            schemas=BASKET_KINDS,
            title="Basket rules",
        )
    )


def test_spend_models_are_the_same(spark: Any) -> None:
    random = np.random.default_rng(4)
    size = 60
    frame = pd.DataFrame(
        {
            "business_id": np.repeat(["one", "two"], size // 2),
            "customer_id": [f"c{n:03d}" for n in range(size)],
            "spend_measure": "spend",
            **dict.fromkeys(SPEND_FEATURES),
        }
    )
    frame["age"] = random.integers(20, 70, size).astype(float)
    frame["income_amount"] = random.normal(50_000, 9_000, size).round(2)
    frame["actual_amount"] = (frame["age"] * 10 + random.normal(0, 20, size)).round(2)
    texts = [name for name in SPEND_FEATURES if frame[name].isna().all()]
    frame[texts] = frame[texts].astype("float64")
    assert_same(
        on_both(
            spark,
            model_spend,
            {
                "customers": frame,
                "businesses": pd.DataFrame({"business_id": ["one", "two", "bare"]}),
            },
            schemas=SPEND_KINDS,
            title="Spend models",
            settings=SpendSettings(
                models=("mean", "linear_regression"), min_customers=20
            ),
        )
    )
