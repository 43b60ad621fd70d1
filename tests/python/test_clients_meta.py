"""What clients get to know about marts, from yml `meta` and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from retail_marts.clients.meta import (
    Aggregation,
    Format,
    Geography,
    Meaning,
    Relation,
    Role,
    keys_and_relations,
    meaning_of,
    states_role,
)
from retail_marts.errors import InputError
from retail_marts.publish.marts import Column, Mart


def _column(**meta: object) -> dict[str, Any]:
    return {"name": "a", "config": {"meta": meta}}


def _test(number: int, name: str, model: str, *reads: str, **kwargs: object) -> Any:
    return {
        f"test.{number}": {
            "attached_node": model,
            "test_metadata": {"name": name, "kwargs": {"model": "...", **kwargs}},
            "depends_on": {"nodes": [*reads, model]},
        }
    }


@pytest.mark.parametrize(
    ("column", "meaning", "role"),
    [
        (_column(sum="money"), Meaning(Aggregation.SUM, Format.MONEY), Role.MEASURE),
        (
            _column(average="number", geography="latitude"),
            Meaning(Aggregation.AVERAGE, Format.NUMBER, Geography.LATITUDE),
            Role.MEASURE,
        ),
        (_column(role="dimension", personal=True), Meaning(), Role.DIMENSION),
        (_column(time=True), Meaning(is_time=True), Role.DIMENSION),
        (_column(hidden=True), Meaning(is_hidden=True), Role.HIDDEN),
        ({"name": "a"}, Meaning(), Role.DIMENSION),
    ],
)
def test_meaning_of_a_column(
    column: Mapping[str, Any], meaning: Meaning, role: Role
) -> None:
    assert meaning_of(column, place="m.a") == meaning
    assert meaning.role is role


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"sum": "mony"}, "the meta of m.a says sum: 'mony'.*mean money"),
        ({"average": True}, "the meta of m.a says average: True.*Use one of: money"),
        ({"geography": "town"}, "geography: 'town'.*latitude"),
        ({"sum": "money", "average": "money"}, "the meta of m.a says both"),
    ],
)
def test_meaning_of_refuses_unknown_words(
    meta: Mapping[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=f"(?s){message}"):
        meaning_of(_column(**meta), place="m.a")


def test_a_text_states_no_role() -> None:
    assert not states_role(_column(geography="city", personal=True))
    assert states_role(_column(role="dimension"))


def test_keys_and_relations_come_from_tests() -> None:
    nodes = {
        **_test(1, "unique_key", "sales", columns=["b", "line"]),
        **_test(2, "unique", "products", column_name="id"),
        **_test(3, "refers_to", "sales", "products", columns=["b", "product"]),
        **_test(4, "refers_to", "sales", "days", columns=["day"], to_columns=["date"]),
        **_test(5, "relationships", "sales", "shops", column_name="s", field="shop"),
        # Not published, so no client can follow it.
        **_test(6, "refers_to", "sales", "private", columns=["p"]),
        **_test(7, "within", "sales", columns=["amount"]),
        "model": {"unique_id": "sales"},
    }
    names = {name: f"core.{name}" for name in ("sales", "products", "days", "shops")}
    found = keys_and_relations({"nodes": nodes}, names)
    assert found["sales"] == (
        (("b", "line"),),
        (
            Relation(("day",), "core.days", ("date",)),
            Relation(("b", "product"), "core.products", ("b", "product")),
            Relation(("s",), "core.shops", ("shop",)),
        ),
    )
    assert found["products"] == ((("id",),), ())


def _mart(*columns: Column, key: tuple[str, ...] = ()) -> Mart:
    return Mart("sales", "rpt_a", "One row per day.", columns, keys=(key,))


def _date(name: str, *, is_time: bool = False) -> Column:
    meaning = Meaning(is_time=is_time)
    return Column(name, "date", "", is_personal=False, meaning=meaning)


def test_the_time_column_is_marked_or_the_only_date_of_the_key() -> None:
    first, day, also = _date("first"), _date("day"), _date("also")
    assert _mart(first, day, key=("business_id", "day")).time_column == "day"
    assert _mart(first, day, also, key=("day", "also")).time_column is None
    marked = _date("first", is_time=True)
    assert _mart(marked, day, key=("day",)).time_column == "first"


def test_key_columns_are_those_of_keys_and_relations() -> None:
    mart = Mart(
        "sales",
        "rpt_a",
        "One row per day.",
        (),
        keys=(("business_id", "day"),),
        relations=(Relation(("business_id", "product"), "core.dim_products", ()),),
    )
    assert mart.key_columns == {"business_id", "day", "product"}
