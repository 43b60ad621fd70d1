"""The spend models of the real files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import PROJECT
from test_figures import Query, query

from benchmarks.published import RIGHT
from benchmarks.published_spend import library_rows

__all__ = ["query"]

DATA = Path(os.environ.get("RAW_DATA_DIR", PROJECT / ".." / "shared" / "data"))


@pytest.fixture(scope="module")
def data() -> Path:
    return DATA if DATA.is_absolute() else PROJECT / DATA


def test_the_library_gives_the_figures_without_the_leak(data: Path) -> None:
    rows = list(library_rows(data))
    assert [row.figure for row in rows if row.verdict != RIGHT] == []
    assert len(rows) == 2


def test_linear_regression_is_the_best_of_car_dealer(query: Query) -> None:
    assert query(
        "select distinct model_name, is_tuned, beats_baseline"
        " from prospecting.fct_spend_model_scores"
        " where business_id = 'car_dealer' and is_best_model"
    ) == [("linear_regression", False, True)]
    errors = dict(
        query(
            "select split, mae from prospecting.fct_spend_model_scores"
            " where business_id = 'car_dealer' and is_best_model"
        )
    )
    # Right: 205 on training customers and 213 on others, so it is not over-fitted.
    assert all(195 < error < 225 for error in errors.values()), errors


def test_a_tuning_that_made_it_worse_is_shown(query: Query) -> None:
    found = query(
        "select model_name, tuned.mse < plain.mse, tuned.tuning_helped"
        " from prospecting.fct_spend_model_scores as tuned"
        " inner join prospecting.fct_spend_model_scores as plain"
        " using (business_id, model_name, split)"
        " where split = 'cross_validation' and business_id = 'car_dealer'"
        " and tuned.is_tuned and not plain.is_tuned"
    )
    assert len(found) == 6
    assert all(helped == is_lower for _, is_lower, helped in found)
    worse = {name for name, _, helped in found if not helped}
    assert {"decision_tree", "random_forest"} <= worse


def test_attributes_do_not_predict_the_spend_of_kalbes_customers(query: Query) -> None:
    assert query(
        "select distinct model_name from prospecting.fct_spend_model_scores"
        " where business_id = 'kalbe' and is_best_model"
    ) == [("mean",)]


def test_every_business_has_its_rows(query: Query) -> None:
    assert query(
        "select business_id, count(*), count(predicted_amount)"
        " from prospecting.fct_spend_predictions"
        " where business_id in ('car_dealer', 'kalbe') group by 1 order by 1"
    ) == [("car_dealer", 500, 500), ("kalbe", 447, 447)]
    assert query(
        "select count(*), count(mae), count(note)"
        " from prospecting.fct_spend_model_scores where business_id = 'umkm'"
    ) == [(8, 0, 8)]


def test_intervals_cover_what_they_claim(query: Query) -> None:
    for _, covered_80, covered_95 in query(
        "select business_id, coverage_80, coverage_95"
        " from prospecting.fct_spend_model_scores"
        " where is_best_model and split = 'cross_validation'"
    ):
        assert 0.75 <= covered_80 <= 0.85
        assert 0.92 <= covered_95 <= 0.98


def test_drivers_of_car_dealer_are_those_of_its_law(query: Query) -> None:
    found = query(
        "select feature, direction from prospecting.fct_spend_drivers"
        " where business_id = 'car_dealer' and importance_rank <= 3"
        " order by importance_rank"
    )
    assert found == [
        ("age", "higher"),
        ("income_amount", "higher"),
        ("net_worth_amount", "higher"),
    ]


def test_ids_hold_no_personal_data(query: Query) -> None:
    assert query(
        "select count(*) from prospecting.fct_spend_predictions as predictions"
        " inner join core.dim_customers using (business_id)"
        " where business_id = 'car_dealer'"
        " and (predictions.customer_id = email"
        " or predictions.customer_id = customer_name)"
    ) == [(0,)]
