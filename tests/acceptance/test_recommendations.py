"""The recommendations of the real files: complete, allowed, and evaluated."""

from __future__ import annotations

import pytest
from test_figures import Query, query

__all__ = ["query"]

BUSINESSES = ["kalbe", "superstore", "umkm"]


def test_every_product_and_customer_has_a_list(query: Query) -> None:
    lists = query(
        "select business_id, count(distinct product_id), max(recommendation_rank)"
        " from basket.fct_product_recommendations group by 1 order by 1"
    )
    # Nine other products, ten, and seven: `unnamed` cannot be recommended.
    assert lists == [("kalbe", 10, 9), ("superstore", 3788, 10), ("umkm", 8, 7)]
    assert query(
        "select business_id, count(distinct customer_id)"
        " from basket.fct_customer_recommendations group by 1 order by 1"
    ) == [("kalbe", 447), ("superstore", 17415), ("umkm", 17)]
    assert query(
        "select min(list_length) from (select max(recommendation_rank) as list_length"
        " from basket.fct_customer_recommendations"
        " where business_id = 'superstore' group by customer_id)"
    ) == [(10,)]


def test_products_that_are_not_due_are_not_recommended(query: Query) -> None:
    early = query(
        "select count(*) from basket.fct_customer_recommendations as lists"
        " inner join core.dim_businesses using (business_id)"
        " where exists (select 1 from core.fct_sales_lines as lines"
        "   inner join core.fct_orders as orders using (business_id, order_id)"
        "   where lines.business_id = lists.business_id"
        "   and orders.customer_id = lists.customer_id and lines.line_type = 'sale'"
        "   and lines.product_id = lists.recommended_product_id)"
        " and (reason not in ('buy_again', 'due_next')"
        "   or reason = 'buy_again' and due_date > as_of_date + 1)"
    )
    assert early == [(0,)]
    # Of superstore's customers who came back less than 1 in 100 bought a product again.
    assert query(
        "select count(*) from basket.fct_customer_recommendations"
        " where business_id = 'superstore' and reason = 'buy_again'"
    ) == [(0,)]


def test_umkm_dishes_that_sell_together_are_found(query: Query) -> None:
    assert query(
        "select recommended_product_name, evidence_count, round(lift, 2)"
        " from basket.fct_product_recommendations where business_id = 'umkm'"
        " and product_name = 'Kare' and reason = 'bought_together'"
        " order by recommendation_rank"
    ) == [("Opor Ayam", 187, 1.40), ("Ayam Cabai Hijau", 105, 1.24)]


@pytest.mark.parametrize("business", BUSINESSES)
def test_the_evaluation_has_figures(query: Query, business: str) -> None:
    rows = query(
        "select evaluation, model_name, customer_count, hit_rate, recall_at_10,"
        " ndcg_at_10, note from basket.rpt_recommendation_scores"
        f" where business_id = '{business}'"
    )
    assert len(rows) == 10
    customers = {"kalbe": 447, "superstore": 5272, "umkm": 8}[business]
    for evaluation, _, count, hit, recall, ndcg, _ in rows:
        assert 0 <= recall <= hit <= 1
        assert 0 <= ndcg <= 1
        assert count == customers or evaluation == "new_products"
    ours = next(r for r in rows if r[:2] == ("all_products", "recommendations"))
    best = next(r for r in rows if r[:2] == ("all_products", "popularity"))
    random = next(r for r in rows if r[:2] == ("all_products", "random_in_category"))
    # In these files, no model is significantly better than the best sellers, and the
    # table shows it.
    assert ours[5] > random[5]
    assert ours[5] == pytest.approx(best[5], rel=0.06)
    assert ours[6] is not None


def test_segments_of_superstore_have_bundles_of_their_own(query: Query) -> None:
    rows = query(
        "select segment_name, item_name, other_item_name, basket_count, support_ratio"
        " from basket.rpt_segment_bundles where business_id = 'superstore'"
        " and basket_level = 'sub_category' and is_significant and bundle_rank = 1"
    )
    found = {row[0]: row[1:] for row in rows}
    assert found["At risk"][:3] == ("Bookcases", "Copiers", 56)
    assert found["At risk"][3] == pytest.approx(2.18, abs=0.01)
    # No two of 3,788 products go together in five baskets of a segment.
    assert query(
        "select count(*) from basket.rpt_segment_bundles"
        " where business_id = 'superstore' and basket_level = 'product'"
    ) == [(0,)]
