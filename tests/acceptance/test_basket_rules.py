"""Basket rules of superstore's real orders, compared with mlxtend."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest
from mlxtend.frequent_patterns import association_rules, fpgrowth
from test_figures import Query, query

__all__ = ["query"]

RULES = "from basket.fct_basket_rules where business_id = 'superstore'"


def test_the_three_strongest_rules(query: Query) -> None:
    assert query(
        f"select antecedents, consequents, is_significant {RULES}"
        " and basket_level = 'sub_category' and rule_rank <= 3 order by rule_rank"
    ) == [
        ("Art + Furnishings", "Binders", True),
        ("Phones + Storage", "Binders", True),
        ("Binders + Phones", "Storage", True),
    ]


def test_itemsets_and_rules_are_those_of_mlxtend(query: Query) -> None:
    baskets = pd.DataFrame(
        query(
            "select basket_code, item_id from intermediate.int_basket_items_unioned"
            " where business_id = 'superstore' and basket_level = 'sub_category'"
        ),
        columns=["basket", "item"],
    )
    table = pd.crosstab(baskets["basket"], baskets["item"]).astype(bool)
    assert table.shape == (25728, 17)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        itemsets = fpgrowth(table, 0.005, use_colnames=True, max_len=4)
        rules = association_rules(itemsets, metric="confidence", min_threshold=0.1)
    assert query(
        "select count(*) from basket.fct_basket_itemsets"
        " where business_id = 'superstore' and basket_level = 'sub_category'"
    ) == [(len(itemsets),)]
    expected = {
        (
            " + ".join(sorted(row["antecedents"])),
            " + ".join(sorted(row["consequents"])),
        ): (row["confidence"], row["lift"])
        for row in rules[rules["lift"] >= 1].to_dict("records")
    }
    found = {
        row[:2]: row[2:]
        for row in query(
            f"select antecedents, consequents, confidence, lift {RULES}"
            " and basket_level = 'sub_category'"
        )
    }
    assert found.keys() == expected.keys()
    for rule, measures in found.items():
        assert measures == pytest.approx(expected[rule], rel=1e-12)


def test_levels_without_rules_say_why(query: Query) -> None:
    notes = query(
        "select business_id, basket_level, note from basket.rpt_basket_runs"
        " where rule_count = 0 order by 1, 2"
    )
    assert [row for row in notes if row[0] in ("kalbe", "superstore")] == [
        ("kalbe", "category", "no product has a category"),
        ("kalbe", "product", "no basket holds two different products"),
        ("kalbe", "sub_category", "no product has a sub-category"),
        (
            "superstore",
            "product",
            "no two products are together in 26 baskets, the minimum",
        ),
    ]
    assert all(note for _, _, note in notes)
