"""Stars: which marts make a data source, and how they are related."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retail_marts.clients.meta import Aggregation, Format, Meaning, Relation
from retail_marts.clients.stars import stars_of
from retail_marts.errors import InputError
from retail_marts.publish.marts import Column, Mart

_SUM = Meaning(Aggregation.SUM, Format.MONEY)


def _mart(
    name: str,
    *columns: str,
    key: tuple[str, ...],
    relations: tuple[Relation, ...] = (),
    data_source: str | None = None,
) -> Mart:
    return Mart(
        "core",
        name,
        "One row per thing.",
        tuple(
            Column(
                column,
                "string",
                "",
                is_personal=False,
                meaning=_SUM if column.endswith("_amount") else Meaning(),
            )
            for column in dict.fromkeys([*key, *columns])
        ),
        keys=(key,),
        relations=relations,
        data_source=data_source,
    )


def _to(mart: str, *columns: str, key: tuple[str, ...] = ()) -> Relation:
    return Relation(columns, f"core.{mart}", key or columns)


_SHOPS = _mart("shops", "country", key=("shop",))
_PRODUCTS = _mart(
    "products", "category", key=("shop", "product"), relations=(_to("shops", "shop"),)
)
_ORDERS = _mart(
    "orders", "sales_amount", key=("shop", "order"), relations=(_to("shops", "shop"),)
)
_LINES = _mart(
    "lines",
    "shop",
    "product",
    "order",
    "sales_amount",
    key=("line",),
    relations=(_to("orders", "shop", "order"), _to("products", "shop", "product")),
    data_source="sales",
)


def test_a_star_reaches_each_table_by_one_way() -> None:
    (star,) = stars_of([_SHOPS, _PRODUCTS, _ORDERS, _LINES])
    assert star.name == "sales"
    assert star.root.mart is _LINES
    assert [(m.name, m.columns, m.to_columns) for m in star.members] == [
        ("orders", ("shop", "order"), ("shop", "order")),
        ("products", ("shop", "product"), ("shop", "product")),
        # By way of orders and of products, and by the same column of the root.
        ("shops", ("shop",), ("shop",)),
    ]


def test_a_table_in_two_roles_is_there_twice() -> None:
    pairs = _mart(
        "pairs",
        "other",
        key=("shop", "product", "other"),
        relations=(
            _to("products", "shop", "product"),
            _to("products", "shop", "other", key=("shop", "product")),
        ),
        data_source="pairs",
    )
    (star,) = stars_of([_SHOPS, _PRODUCTS, pairs])
    assert [(m.name, m.columns) for m in star.members] == [
        ("products", ("shop", "product")),
        ("products__other", ("shop", "other")),
        ("shops", ("shop",)),
    ]
    # An extract holds it once.
    assert star.marts == (_PRODUCTS, _SHOPS, pairs)


def test_marts_of_one_data_source_share_the_rows_of_the_one_they_refer_to() -> None:
    people = _mart("people", "age", key=("person",), data_source="people")
    scores = _mart(
        "scores",
        "score_amount",
        key=("person",),
        relations=(_to("people", "person"),),
        data_source="people",
    )
    (star,) = stars_of([scores, people])
    assert star.root.mart is people
    (member,) = star.members
    assert (member.columns, member.to_columns) == (("person",), ("person",))
    assert not member.repeats
    table, column = star.find("score_amount")
    assert table is member
    assert not table.hides(column)


def test_keys_are_shown_once_and_sums_only_where_they_do_not_repeat() -> None:
    (star,) = stars_of([_SHOPS, _PRODUCTS, _ORDERS, _LINES])
    shown = [
        f"{table.name}.{column.name}"
        for table in star.tables
        for column in table.mart.columns
        if not table.hides(column)
    ]
    assert shown == [
        "lines.line",
        "lines.shop",
        "lines.product",
        "lines.order",
        "lines.sales_amount",
        "products.category",
        "shops.country",
    ]
    assert star.find("category")[0].name == "products"
    with pytest.raises(KeyError, match="the star sales shows no column age"):
        star.find("age")


def test_hidden_columns_and_unpublished_tables_are_left_out() -> None:
    hidden = replace(
        _SHOPS,
        columns=tuple(
            replace(column, meaning=Meaning(is_hidden=True))
            for column in _SHOPS.columns
        ),
    )
    (star,) = stars_of([hidden, replace(_ORDERS, data_source="orders")])
    with pytest.raises(KeyError, match="country"):
        star.find("country")
    (star,) = stars_of([_LINES])
    assert star.members == ()


def test_a_relation_to_something_else_than_a_key_is_not_followed() -> None:
    by_category = _mart(
        "targets",
        key=("category",),
        relations=(_to("products", "category"),),
        data_source="targets",
    )
    (star,) = stars_of([_PRODUCTS, by_category])
    assert star.members == ()


def test_two_facts_of_one_data_source_are_refused() -> None:
    second = replace(_ORDERS, data_source="sales")
    with pytest.raises(InputError, match=r"core.lines, core.orders share"):
        stars_of([_SHOPS, _PRODUCTS, _LINES, second])
