"""Which marts are published, and when they are not: decided from dbt's notes alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retail_marts.errors import InputError
from retail_marts.publish.marts import marts_of
from retail_marts.publish.proof import Outcome, Runs, doubts
from retail_marts.publish.publisher import _refuse_lost_businesses


def node(kind: str, *parents: str, **more: Any) -> dict[str, Any]:
    return {
        "resource_type": kind,
        "name": kind,
        "package_name": "retail_marts",
        "access": "protected",
        "config": {"enabled": True, "materialized": more.pop("materialized", "table")},
        "depends_on": {"nodes": list(parents)},
        **more,
    }


def at(invocation: int, status: str = "success", **more: Any) -> Outcome:
    return Outcome(status, None, invocation, **more)


def found(
    nodes: dict[str, dict[str, Any]],
    outcomes: dict[str, Outcome],
    unfinished: int | None = None,
    published: tuple[str, ...] = ("m",),
) -> list[str]:
    named = {key: value | {"name": key} for key, value in nodes.items()}
    runs = Runs(outcomes, unfinished)
    return list(doubts({"nodes": named}, runs, published=published))


MODEL_AND_TEST = {"m": node("model"), "t": node("test", "m")}


@pytest.mark.parametrize(
    ("outcomes", "unfinished", "expected"),
    [
        ({"m": at(1), "t": at(1, "pass")}, None, []),
        ({"m": at(1), "t": at(2, "warn")}, None, []),
        ({"m": at(1)}, None, ["test t has no result in this warehouse yet"]),
        ({"m": at(1), "t": at(1, "fail")}, None, ["test t ended with fail"]),
        ({"m": at(1), "t": at(1, "skipped")}, None, ["test t ended with skipped"]),
        (
            {"m": at(2), "t": at(1, "pass")},
            None,
            ["test t ran before m was built again"],
        ),
        (
            {"m": at(1), "t": at(3, "pass")},
            2,
            [
                "model m is not proven: the last dbt run ended before it was complete",
            ],
        ),
        (
            {"m": at(3)},
            4,
            [
                "model m is not proven: the last dbt run ended before it was complete",
                "test t is not proven: the last dbt run ended before it was complete",
            ],
        ),
        ({"m": at(3), "t": at(3, "pass")}, 2, []),
        (
            {"m": at(1, limited_by="--empty"), "t": at(2, "pass")},
            None,
            ["model m was built with --empty, which reads a part of the rows only"],
        ),
    ],
)
def test_doubts_name_what_is_not_proven(
    outcomes: dict[str, Outcome], unfinished: int | None, expected: list[str]
) -> None:
    assert found(MODEL_AND_TEST, outcomes, unfinished) == expected


def test_a_model_that_is_older_than_a_parent_is_doubted() -> None:
    nodes = {"p": node("model"), "m": node("model", "p")}
    assert found(nodes, {"p": at(1), "m": at(1)}) == []
    assert found(nodes, {"p": at(1), "m": at(2)}) == []
    assert found(nodes, {"p": at(2), "m": at(1)}) == [
        "model m was built before p was built again"
    ]


def test_a_view_shows_what_is_below_it_now() -> None:
    nodes = {
        "p": node("model"),
        "v": node("model", "p", materialized="view"),
        "m": node("model", "v"),
    }
    assert found(nodes, {"p": at(2), "v": at(1), "m": at(2)}) == []
    assert found(nodes, {"p": at(2), "v": at(1), "m": at(1)}) == [
        "model m was built before v was built again"
    ]


def test_an_ephemeral_model_has_no_result_of_its_own() -> None:
    nodes = {
        "p": node("model"),
        "e": node("model", "p", materialized="ephemeral"),
        "m": node("model", "e"),
    }
    assert found(nodes, {"p": at(1), "m": at(1)}) == []
    assert found(nodes, {"p": at(2), "m": at(1)}) == [
        "model m was built before e was built again"
    ]


def test_files_that_were_read_again_for_one_model_make_others_on_them_stale() -> None:
    source = "source.retail_marts.umkm.orders"
    nodes = {
        "a": node("model", source, materialized="view"),
        "b": node("model", source, materialized="view"),
        "m": node("model", "b"),
    }
    assert found(nodes, {"a": at(1), "b": at(1), "m": at(1)}) == []
    assert found(nodes, {"a": at(2), "b": at(1), "m": at(1)}) == [
        "model m was built before b was built again"
    ]
    # A skipped model read no file.
    assert found(nodes, {"a": at(2, "skipped"), "b": at(1), "m": at(1)}) == []


def test_other_nodes_of_a_project_and_unit_tests_are_not_asked_for() -> None:
    nodes = {
        "parent": node("seed"),
        "m": node("model", "parent"),
        "on_parent": node("test", "parent", attached_node="parent"),
        "other": node("model", "m"),
        "on_other": node("test", "other", "m", attached_node="other"),
        "on_both": node("test", "m", "other"),
        "on_nothing": node("test"),
        "unit": node("unit_test", "m"),
    }
    good = {"parent": at(1), "m": at(1), "on_parent": at(1, "pass")}
    bad = {name: at(1, "error") for name in ("other", "on_other", "on_both", "unit")}
    assert found(nodes, {**good, **bad}) == []
    assert found(nodes, {**good, "on_parent": at(1, "fail"), **bad}) == [
        "test on_parent ended with fail"
    ]
    assert found(nodes, {**good, **bad}, published=("m", "other")) == [
        "test on_both ended with error",
        "test on_other ended with error",
        "model other ended with error",
    ]


def test_what_failed_is_named_before_what_was_skipped_for_it() -> None:
    nodes = {name: node("model") for name in ("a", "b", "c")}
    outcomes = {"a": at(1, "skipped"), "b": at(1, "error"), "c": at(1, "skipped")}
    assert found(nodes, outcomes, published=("a", "b", "c")) == [
        "model b ended with error",
        "model a ended with skipped",
        "model c ended with skipped",
    ]


# --- Which models are published


def model(name: str, **more: Any) -> dict[str, Any]:
    columns = more.pop("columns", {})
    return {
        **node("model", **more),
        "name": name,
        "alias": more.get("alias", name),
        "schema": "core",
        "fqn": [more.get("package_name", "retail_marts"), "marts", "core", name],
        "unique_id": f"model.{name}",
        "description": "",
        "columns": {
            column: {"name": column, "description": "", "config": {"meta": meta}}
            for column, meta in columns.items()
        },
    }


def manifest_of(*models: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": {one["unique_id"]: one for one in models}}


def test_public_models_of_this_package_and_named_ones_are_published() -> None:
    manifest = manifest_of(
        model("fct_orders", access="public"),
        model("int_orders"),
        model("their_public", access="public", package_name="shop"),
        model("their_mart", package_name="shop", alias="mart_2"),
    )
    assert [mart.name for mart in marts_of(manifest)] == ["fct_orders"]
    named = marts_of(manifest, ["their_mart"])
    assert [mart.full_name for mart in named] == ["core.fct_orders", "core.mart_2"]


def test_a_name_in_published_models_must_be_a_stored_model() -> None:
    manifest = manifest_of(model("fct_orders"), model("a_view", materialized="view"))
    with pytest.raises(InputError, match="Write fct_orders instead") as error:
        marts_of(manifest, ["fct_order"])
    assert "published_models names 'fct_order'" in str(error.value)
    with pytest.raises(InputError, match=r"no such model\.\n  Remedy: Write the name"):
        marts_of(manifest, ["xyz"])
    with pytest.raises(InputError, match="Remedy: Materialize it as a table"):
        marts_of(manifest, ["a_view"])


def test_a_model_of_ones_own_keeps_personal_columns_by_their_names() -> None:
    """Nobody has to describe such a model: what is personal elsewhere is personal."""
    manifest = manifest_of(
        model("dim_customers", columns={"email": {"personal": True}}),
        model("mine", columns={"note": {"personal": True}}),
        model("hers", columns={"email": {"personal": False}}),
    )
    mine, hers = (marts_of(manifest, [name])[0] for name in ("mine", "hers"))
    stored = {
        "id": "BIGINT",
        "Email": "VARCHAR",
        "note": "VARCHAR",
        "n": "SMALLINT",
        "x": "DECIMAL(18,2)",
    }
    columns = mine.with_stored_columns(stored).published(with_personal_columns=False)
    assert [(c.name, c.data_type) for c in columns.columns] == [
        ("id", "bigint"),
        ("n", "integer"),
        ("x", "decimal(18,2)"),
    ]
    kept = hers.with_stored_columns(stored).published(with_personal_columns=False)
    assert [c.name for c in kept.columns] == ["id", "Email", "n", "x"]


# --- A business that lost all rows


def business(name: str, *, lines: int = 0, customers: int = 0) -> dict[str, Any]:
    return {
        "business_id": name,
        "sales_line_count": lines,
        "customer_count": customers,
        "source_tables": [f"{name}.orders"] if lines else [],
    }


@pytest.mark.parametrize(
    ("now", "read", "lost"),
    [
        ([business("a", lines=1), business("b", customers=1)], ["a.orders"], None),
        # Still in the settings, without rows.
        ([business("a"), business("b", customers=1)], ["a.orders"], "a"),
        ([business("a", lines=1), business("b")], ["a.orders"], "b"),
        # Named by a column of a file that is still read.
        ([business("b", customers=1)], ["a.orders"], "a"),
        # Switched off.
        ([business("b", customers=1)], ["other.orders"], None),
        ([business("a", customers=1), business("b", lines=2)], ["a.orders"], None),
    ],
)
def test_a_business_that_lost_all_rows_is_named(
    tmp_path: Path, now: list[dict[str, Any]], read: list[str], lost: str | None
) -> None:

    before = {"businesses": [business("a", lines=3), business("b", customers=2)]}
    (tmp_path / "manifest.json").write_text(json.dumps(before), encoding="utf-8")
    facts = {
        "businesses": now,
        "source_files": [{"source_table": table} for table in read],
    }
    if lost is None:
        _refuse_lost_businesses(facts, tmp_path)
        return
    with pytest.raises(InputError, match=f"any more of {lost}, of which"):
        _refuse_lost_businesses(facts, tmp_path)


def test_a_published_set_that_cannot_be_read_is_not_compared(tmp_path: Path) -> None:
    facts = {"businesses": [business("a")], "source_files": []}
    _refuse_lost_businesses(facts, None)
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    _refuse_lost_businesses(facts, tmp_path)
    # Written by a version that did not count.
    (tmp_path / "manifest.json").write_text(
        '{"businesses": [{"business_id": "a"}]}', encoding="utf-8"
    )
    _refuse_lost_businesses(facts, tmp_path)
