"""Populations and prospects of the real files."""

from __future__ import annotations

from decimal import Decimal

import pytest
from test_figures import Query, query

__all__ = ["query"]


def test_customers_are_a_narrow_slice_of_the_population(query: Query) -> None:
    """On the scale of the population, nearly all customers are in one cluster."""
    shares = query(
        "select customer_share, representation_ratio, representation_ratio_lower"
        " from prospecting.rpt_population_representation"
        " where business_id = 'car_dealer' order by customer_share desc"
    )
    assert shares[0][0] > 0.9
    assert shares[0][2] > 4
    assert sum(share for share, _, _ in shares) == pytest.approx(1)


def test_the_overlap_is_small_and_has_a_warning(query: Query) -> None:
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
