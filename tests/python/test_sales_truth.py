"""The marts to decide with find what is planted in the sample."""

from __future__ import annotations

import json

from conftest import SAMPLE, Build

TRUTH = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
PLANTED = TRUTH["sources"]["superstore"]


def test_the_planted_discounts_are_the_bands_with_a_loss(sample_build: Build) -> None:
    losing = sample_build.rows(
        "select cast(upper as double) from sales.rpt_discount_effects"
        " where business_id = 'superstore' and profit_amount < 0 order by 1"
    )
    assert [rate for (rate,) in losing] == PLANTED["losing_discounts"]


def test_the_planted_sub_category_is_returned_most(sample_build: Build) -> None:
    ((most, highest), (_, second), *_) = sample_build.rows(
        "select member_name, order_return_rate from sales.rpt_return_rates"
        " where business_id = 'superstore' and dimension = 'sub_category'"
        " order by order_return_rate desc"
    )
    assert most == PLANTED["most_returned"]
    assert highest > 1.5 * second


def test_the_planted_customers_are_to_be_won_back_first(sample_build: Build) -> None:
    found = sample_build.rows(
        "select customer_id, urgency, contact_rank from customers.rpt_contact_list"
        " where business_id = 'superstore' and action = 'win_back' order by 1"
    )
    assert [customer for customer, _, _ in found] == PLANTED["overdue_customers"]
    assert {urgency for _, urgency, _ in found} == {"high"}
    assert max(rank for _, _, rank in found) == len(found)


def test_the_planted_driver_made_sales_grow(sample_build: Build) -> None:
    added = dict(
        sample_build.rows(
            "select driver, sum(year_ago_change_amount) from sales.rpt_sales_drivers"
            " where business_id = 'superstore' and decomposition = 'factors'"
            " group by driver"
        )
    )
    assert max(added, key=lambda driver: added[driver]) == PLANTED["growing_driver"]
    assert added[PLANTED["growing_driver"]] > sum(added.values()) / 2
