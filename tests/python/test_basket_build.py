"""Basket rules through the real dbt: planted bundles, odd names, wrong settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLE, Build, Dbt, make_dbt
from test_mapped_sources import CORNER_SHOP

MARTS = ("+fct_basket_rules", "+fct_basket_itemsets", "+rpt_basket_runs")
COLUMNS = {
    "business_id": "shop",
    "order_id": "bon",
    "order_date": "day",
    "product_id": "sku",
    "product_name": "name",
    "category": "kind",
    "quantity": "n",
    "sales_amount": "total",
}


def bundles(source: str) -> list[set[str]]:
    truth = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    return [set(pair) for pair in truth["sources"][source]["bundles"]]


def significant(build: Build, business: str, level: str) -> list[tuple[Any, ...]]:
    return build.rows(
        "select antecedent_items, consequent_items from basket.fct_basket_rules"
        f" where business_id = '{business}' and basket_level = '{level}'"
        " and is_significant order by rule_rank"
    )


def test_the_samples_bundles_are_its_only_significant_rules(
    sample_build: Build,
) -> None:
    found = significant(sample_build, "superstore", "sub_category")
    assert len(found) == 6
    assert {frozenset((*first, *second)) for first, second in found} == {
        frozenset(pair) for pair in bundles("superstore")
    }
    # Among thousands of products, pairs that sell together are also from bundles.
    products = sample_build.rows(
        "select first.sub_category, second.sub_category"
        " from basket.fct_basket_rules as rules"
        " inner join core.dim_products as first"
        " on rules.business_id = first.business_id"
        " and rules.antecedent_item_ids[1] = first.product_id"
        " inner join core.dim_products as second"
        " on rules.business_id = second.business_id"
        " and rules.consequent_item_ids[1] = second.product_id"
        " where is_significant and basket_level = 'product'"
        " and rules.business_id = 'superstore'"
    )
    assert products
    assert all(set(pair) in bundles("superstore") for pair in products)


def test_every_business_of_the_sample_has_its_runs(sample_build: Build) -> None:
    assert sample_build.rows(
        "select business_id, count(*), count(*) filter (note is null)"
        " from basket.rpt_basket_runs group by 1 order by 1"
    ) == [
        ("car_dealer", 3, 0),
        ("kalbe", 3, 0),
        ("superstore", 3, 2),
        ("umkm", 3, 0),
    ]


@pytest.fixture(scope="module")
def odd_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The corner shop, and one business for each kind of odd basket."""
    folder = tmp_path_factory.mktemp("odd")
    lines = ["shop,bon,day,sku,name,kind,n,total"]

    def sell(shop: str, order: object, *products: tuple[str, str, str]) -> None:
        lines.extend(
            f"{shop},{order},2024-05-01,{sku},{name},{kind},1,2.50"
            for sku, name, kind in products
        )

    plus = ("S1", "Salt + Pepper", "Food + Drink")
    quoted = ("S2", '"The ""best"" tea, loose"', "'Tea'")
    nameless = ("S3", "", "")
    blank = ("S4", "   ", "  ")
    twin, other_twin = ("S5", "Cup", "Cups"), ("S6", "Cup", "Cups")
    for order in range(20):
        sell("odd names", order, plus, quoted, nameless, blank, twin, other_twin)
        sell("odd names", f"x{order}", ("S7", "Rest", "Rest"))
        sell("all alike", order, plus, quoted)
        sell("single items", order, plus)
    sell("one basket", 1, plus, quoted)
    path: Path = folder / "odd.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    build = make_dbt(folder / "dbt")(
        "build",
        "-s",
        *MARTS,
        "--indirect-selection",
        "cautious",
        settings={
            "sources": [],
            "mapped_sources": {
                "corner_shop": CORNER_SHOP,
                "odd": {"path": str(path), "columns": COLUMNS},
            },
            "basket_settings": {"minimum_count": 1, "maximum_length": 3},
        },
    )
    assert build.returncode == 0, build.output
    return build


def test_the_corner_shops_bundles_lead_its_rules(odd_build: Build) -> None:
    found = significant(odd_build, "corner_shop", "product")
    assert len(found) == 4
    assert {frozenset((*first, *second)) for first, second in found} == {
        frozenset(pair) for pair in bundles("corner_shop")
    }


def test_odd_names_stay_apart(odd_build: Build) -> None:
    names = odd_build.rows(
        "select distinct antecedent_items[1], antecedent_item_ids[1]"
        " from basket.fct_basket_rules where business_id = 'odd names'"
        " and basket_level = 'product' and antecedent_item_count = 1 order by 2"
    )
    assert names == [
        ("Salt + Pepper", "S1"),
        ('The "best" tea, loose', "S2"),
        ("S3", "S3"),
        ("S4", "S4"),
        ("Cup (S5)", "S5"),
        ("Cup (S6)", "S6"),
    ]
    assert odd_build.rows(
        "select antecedent_items, consequent_items, basket_count"
        " from basket.fct_basket_rules where business_id = 'odd names'"
        " and basket_level = 'category' and antecedents = 'Cups + Food + Drink'"
    ) == [(["Cups", "Food + Drink"], ["'Tea'"], 20)]
    # A product without a category is not an item there, but its basket still counts.
    assert odd_build.rows(
        "select item_total, basket_total from basket.rpt_basket_runs"
        " where business_id = 'odd names' and basket_level = 'category'"
    ) == [(4, 40)]


def test_odd_baskets_have_a_note(odd_build: Build) -> None:
    chance = "no rule is significant: chance alone would give rules like these"
    found = odd_build.rows(
        "select business_id, rule_count, note from basket.rpt_basket_runs"
        " where basket_level = 'product'"
        " and business_id not in ('corner_shop', 'odd names') order by 1"
    )
    assert found == [
        ("all alike", 2, chance),
        ("one basket", 2, chance),
        ("single items", 0, "no basket holds two different products"),
    ]


def test_wrong_settings_stop_with_one_message(dbt: Dbt) -> None:
    few = {"sources": ["umkm"]}
    assert dbt("run", "-s", *MARTS, settings=few).returncode == 0
    stated = {"businesses": {"umkn": {"minimum_count": 9}}}
    build = dbt(
        "run",
        "-s",
        "py_basket_thresholds+",
        settings={**few, "basket_settings": stated},
    )
    assert build.returncode != 0
    assert "basket_settings.businesses names 'umkn', which is not a" in build.output
    assert "Remedy" in build.output
    assert "Traceback" not in build.output
    build = dbt(
        "run",
        "-s",
        "int_basket_items_unioned",
        settings={**few, "basket_levels": ["shelf"]},
    )
    assert build.returncode != 0
    assert "basket_levels names shelf" in build.output
