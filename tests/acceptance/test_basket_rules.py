"""Basket rules of superstore's real orders: the published ones, put right."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest
from mlxtend.frequent_patterns import association_rules, fpgrowth
from test_figures import Query, query

__all__ = ["query"]

RULES = "from basket.fct_basket_rules where business_id = 'superstore'"

#: Antecedents, consequents, support, confidence, lift. The originals print the lifts
#: without their decimal point (1463) and leave out the last.
PUBLISHED = [
    ("Art + Furnishings", "Binders", 0.005247, 0.308924, 1.463183),
    ("Phones + Storage", "Binders", 0.006141, 0.308594, 1.461616),
    ("Accessories + Binders", "Storage", 0.005597, 0.255773, 1.441516),
    ("Binders + Phones", "Storage", 0.006141, 0.259016, 1.459797),
]


@pytest.mark.parametrize("rule", PUBLISHED, ids=lambda rule: f"{rule[0]} to {rule[1]}")
def test_published_rules_and_the_one_they_missed(
    query: Query, rule: tuple[str, str, float, float, float]
) -> None:
    antecedents, consequents, support, confidence, lift = rule
    found = query(
        f"select support, confidence, lift, is_significant {RULES}"
        " and basket_level = 'sub_category'"
        f" and antecedents = '{antecedents}' and consequents = '{consequents}'"
    )
    assert [tuple(round(x, 6) for x in row[:3]) for row in found] == [
        (support, confidence, lift)
    ]
    assert found[0][3]


def test_the_three_strongest_rules(query: Query) -> None:
    assert query(
        f"select antecedents, consequents {RULES} and basket_level = 'sub_category'"
        " and rule_rank <= 3 order by rule_rank"
    ) == [
        ("Art + Furnishings", "Binders"),
        ("Phones + Storage", "Binders"),
        ("Binders + Phones", "Storage"),
    ]
    # None of them survives twice the support.
    assert (
        query(
            f"select max(support) {RULES} and basket_level = 'sub_category'"
            " and rule_rank <= 3"
        )[0][0]
        < 0.01
    )


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
            "no two products stand together in 26 baskets, the minimum",
        ),
    ]
    assert all(note for _, _, note in notes)
