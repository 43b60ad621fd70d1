"""Populations and prospects of the real files: the original's figures, and ours."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from conftest import PROJECT
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler
from test_figures import Query, query

from benchmarks.published_prospects import (
    CLUSTERED,
    CUSTOMER_SHARES,
    INERTIAS,
    POPULATION_SHARES,
    ROWS_KEPT,
    SILHOUETTES,
    original_cuts,
    original_fit,
    original_shares,
    read_customers,
    read_survey,
    vehicle_filters,
)

__all__ = ["query"]

DATA = Path(os.environ.get("RAW_DATA_DIR", PROJECT / ".." / "shared" / "data"))


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return read_survey(DATA)


@pytest.fixture(scope="module")
def kept(survey: pd.DataFrame) -> pd.DataFrame:
    return original_cuts(survey)[1]


def test_the_originals_cuts(survey: pd.DataFrame) -> None:
    assert tuple(original_cuts(survey)[0]) == ROWS_KEPT


@pytest.mark.parametrize("k", sorted(INERTIAS))
def test_the_originals_clusters(kept: pd.DataFrame, k: int) -> None:
    fit = original_fit(kept, k)
    points = StandardScaler().fit_transform(kept[CLUSTERED].to_numpy())
    assert fit.inertia_ == pytest.approx(INERTIAS[k], abs=0.1)
    assert silhouette_score(points, fit.labels_) == pytest.approx(
        SILHOUETTES[k], abs=5e-4
    )


def test_the_originals_shares_need_two_scalers(kept: pd.DataFrame) -> None:
    ours, theirs, largest = original_shares(kept, read_customers(DATA))
    assert ours == pytest.approx(CUSTOMER_SHARES, abs=5e-4)
    assert theirs == pytest.approx(POPULATION_SHARES, abs=6e-4)
    assert largest == pytest.approx(0.92, abs=5e-4)


def test_owners_are_no_number_of_vehicles(survey: pd.DataFrame) -> None:
    found = vehicle_filters(survey)
    assert found["rows_by_flag"] == 28885
    assert found["rows_by_number"] == 12207
    assert found["weight_by_number"] == pytest.approx(0.483, abs=5e-4)


def test_every_family_stands_once_with_its_weight(query: Query) -> None:
    families, weight, few = query(
        "select count(*), round(sum(weight)),"
        " round(100 * sum(weight) filter (has_at_most_one_vehicle) / sum(weight), 1)"
        " from prospecting.fct_prospects where business_id = 'car_dealer'"
    )[0]
    assert (families, weight, few) == (5777, 128642431, 48.3)


def test_customers_are_a_narrow_slice_of_the_population(query: Query) -> None:
    """On one scale nearly all customers stand in one cluster, six times as often."""
    shares = query(
        "select customer_share, representation_ratio, representation_ratio_lower"
        " from prospecting.rpt_population_representation"
        " where business_id = 'car_dealer' order by customer_share desc"
    )
    assert shares[0][0] > 0.9
    assert shares[0][2] > 4
    assert sum(share for share, _, _ in shares) == pytest.approx(1)


def test_the_overlap_is_small_and_said_to_be(query: Query) -> None:
    auc, inside, warned, warning = query(
        "select auc, within_range_share, has_little_overlap, warning"
        " from prospecting.rpt_population_overlap where business_id = 'car_dealer'"
    )[0]
    assert auc > 0.98
    assert inside == pytest.approx(0.144, abs=0.001)
    assert warned
    assert "unlike nearly everyone" in warning


def test_businesses_without_a_like_population_say_why(query: Query) -> None:
    found = dict(
        query(
            "select business_id, reason from prospecting.rpt_population_overlap"
            " where not is_compared"
        )
    )
    assert sorted(found) == ["kalbe", "superstore", "umkm"]
    assert found["kalbe"].startswith("the currency of the business is IDR")
    assert "stated by no customer" in found["superstore"]


def test_scores_are_calibrated_and_beat_the_baselines(query: Query) -> None:
    used = query(
        "select calibration_error, top_decile_lift, log_loss, beats_baseline"
        " from prospecting.fct_prospect_model_scores"
        " where business_id = 'car_dealer' and is_used"
    )
    assert len(used) == 1
    error, lift, loss, beats = used[0]
    assert error < 0.01
    assert lift > 9
    assert loss < 0.12
    assert beats


def test_expected_spend_of_the_best_prospects_is_that_of_customers(
    query: Query,
) -> None:
    lowest, highest = query(
        "select min(actual_amount), max(actual_amount)"
        " from prospecting.fct_spend_predictions where business_id = 'car_dealer'"
    )[0]
    count, least, most, apart = query(
        "select count(*), min(expected_spend_amount), max(expected_spend_amount),"
        " max(abs(expected_spend_amount - extrapolated_spend_amount))"
        " from prospecting.fct_prospects where business_id = 'car_dealer'"
        " and band = 'narrow' and not is_outside_customer_range"
    )[0]
    assert count > 30
    assert lowest < least < most < highest
    assert apart <= Decimal("0.01")
