"""Frames have declared types, and functions run on groups of rows on DuckDB."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import pytest
from conftest import PROJECT
from pandas.testing import assert_frame_equal

from retail_marts.errors import InputError
from retail_marts.frames import Schema, run_by_group, stacked, to_frame
from retail_marts.frames import duckdb as engine
from retail_marts.progress import Progress

SCHEMA: Schema = {"name": "string", "count": "Int64"}


def test_stacked_frames_have_the_columns_and_types_of_the_schema() -> None:
    found = stacked(
        [
            pd.DataFrame({"count": [1.0, None], "name": ["a", "b"], "more": [0, 0]}),
            pd.DataFrame(),
            pd.DataFrame({"name": [None], "count": [None]}, index=[7]),
        ],
        SCHEMA,
    )
    expected = pd.DataFrame({"name": ["a", "b", None], "count": [1, None, None]})
    assert_frame_equal(found, expected.astype(dict(SCHEMA)))


@pytest.mark.parametrize("frames", [[], [pd.DataFrame(), pd.DataFrame({"name": []})]])
def test_stacked_without_rows_is_an_empty_typed_frame(
    frames: list[pd.DataFrame],
) -> None:
    found = stacked(frames, SCHEMA)
    assert len(found) == 0
    assert {name: str(kind) for name, kind in found.dtypes.items()} == SCHEMA


def test_a_frame_that_lacks_a_column_is_one_clear_error() -> None:
    with pytest.raises(InputError, match="lacks the columns count"):
        stacked([pd.DataFrame({"name": ["a"]})], SCHEMA)


def test_a_relation_arrives_in_the_types_of_pandas() -> None:
    with duckdb.connect() as session:
        frame = to_frame(
            session.sql(
                """
                select
                    1.10::decimal(18, 2) as amount,
                    sum(3) as pieces,
                    date '9999-12-31' as day,
                    null::varchar as note,
                    null::integer as age,
                    true as "is ""new"
                union all
                select 2.30, 4, date '2024-02-29', null, 40, null
                order by amount
                """
            )
        )
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "amount": "float64",
        "pieces": "float64",
        "day": "datetime64[us]",
        "note": "str",
        "age": "Int32",
        'is "new': "boolean",
    }
    assert frame["amount"].tolist() == [1.10, 2.30]
    assert frame["pieces"].tolist() == [3, 4]
    assert frame["day"].astype("str").tolist() == ["9999-12-31", "2024-02-29"]
    assert frame["age"].tolist() == [pd.NA, 40]


SALES: Schema = {"business_id": "string", "amount": "float64", "when": "datetime64[us]"}
LEAP_DAY = pd.Timestamp(2024, 2, 29)
COUNTS: Schema = {"business_id": "string", "count": "int64", "amount": "Int64"}


@dataclass
class Totals:
    sales: pd.DataFrame
    counts: pd.DataFrame


def totals(
    lines: pd.DataFrame,
    businesses: pd.DataFrame,
    *,
    factor: float,
    progress: Progress | None = None,
    calls: list[list[str]] | None = None,
) -> Totals:
    """Sums of lines times a factor, and the number of lines of every business."""
    names = sorted(businesses["business_id"])
    if calls is not None:
        calls.append(names)
    if progress is not None:
        progress.start("businesses", len(names))
        for name in set(names) - set(lines["business_id"]):
            progress.leave_out(name, "has no lines")
    if (lines["amount"] < 0).any():
        raise InputError("an amount is below zero.", remedy="Correct it.")
    sums = lines.groupby("business_id")["amount"].sum() * factor
    counts = lines["business_id"].value_counts().reindex(names, fill_value=0)
    return Totals(
        sales=sums.rename("amount").reset_index().assign(when=LEAP_DAY),
        counts=counts.rename("count").rename_axis("business_id").reset_index()
        .assign(amount=None),
    )  # fmt: skip


TOTALS = {"sales": SALES, "counts": COUNTS}
LINES = pd.DataFrame(
    {"business_id": ["o'neill", "shop", "shop"], "amount": [1.5, 2.0, 3.0]}
)
BUSINESSES = pd.DataFrame({"business_id": ["empty", "o'neill", "shop"]})


@pytest.fixture
def session() -> Iterator[Any]:
    with duckdb.connect() as connection:
        yield connection


def totals_of(session: Any, **changes: Any) -> list[tuple[Any, ...]]:
    given = {"lines": LINES, "businesses": BUSINESSES} | changes.pop("frames", {})
    relation = run_by_group(
        session,
        totals,
        {name: session.from_df(frame) for name, frame in given.items()},
        **{"by": "business_id", "schemas": TOTALS, "factor": 2.0} | changes,
    )
    found: list[tuple[Any, ...]] = relation.order("all").fetchall()
    return found


EXPECTED = [
    ("counts", "empty", None, None, 0),
    ("counts", "o'neill", None, None, 1),
    ("counts", "shop", None, None, 2),
    ("sales", "o'neill", 3.0, LEAP_DAY, None),
    ("sales", "shop", 10.0, LEAP_DAY, None),
]


def test_run_by_group_gives_the_frames_of_all_kinds_in_one_table(session: Any) -> None:
    assert totals_of(session) == EXPECTED


@pytest.mark.parametrize(
    ("rows", "batches"),
    [
        (1, [["empty"], ["o'neill"], ["shop"]]),
        (3, [["empty", "o'neill"], ["shop"]]),
        (99, [["empty", "o'neill", "shop"]]),
    ],
)
def test_run_by_group_reads_as_many_groups_as_a_batch_holds(
    session: Any, monkeypatch: pytest.MonkeyPatch, rows: int, batches: list[list[str]]
) -> None:
    monkeypatch.setattr(engine, "BATCH_ROWS", rows)
    said: list[str] = []
    monkeypatch.setattr(engine, "dbt_say", said.append)
    calls: list[list[str]] = []
    found = totals_of(session, in_batches=True, title="Totals", calls=calls)
    assert found == EXPECTED
    assert calls == batches
    assert said == ["Totals of empty: has no lines"]


@pytest.mark.parametrize("in_batches", [False, True])
def test_run_by_group_without_rows_gives_a_typed_empty_table(
    session: Any, in_batches: bool
) -> None:
    relation = run_by_group(
        session,
        totals,
        {
            "lines": session.from_df(LINES.iloc[:0].astype({"business_id": "string"})),
            "businesses": session.from_df(BUSINESSES.iloc[:0].astype("string")),
        },
        by="business_id",
        schemas=TOTALS,
        in_batches=in_batches,
        factor=2.0,
    )
    assert relation.fetchall() == []
    assert dict(zip(relation.columns, map(str, relation.types), strict=True)) == {
        "result_kind": "VARCHAR",
        "business_id": "VARCHAR",
        "amount": "DOUBLE",
        "when": "TIMESTAMP",
        "count": "BIGINT",
    }


#: Tables that all groups need, which a model may read as a whole, with the reason why
#: they stay small.
SMALL_TABLES = {
    "dim_businesses": "one row per business",
    "int_population_implicates_unioned": "a survey",
    "population_cluster_names": "a seed",
    "population_columns": "a seed",
    "segment_names": "a seed",
}


def test_a_python_model_reads_only_small_tables_as_a_whole() -> None:
    """On Spark, the driver would collect all rows of any other table."""
    read = set()
    models = sorted(PROJECT.glob("python_models/*/py_*.py"))
    for path in models:
        calls = [
            node
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        assert sum(call.func.id == "run_by_group" for call in calls) == 1, path.name
        for call in calls:
            if call.func.id == "to_frame":
                # The package of a model stands before its name.
                *_, table = (
                    one.value
                    for one in ast.walk(call)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )
                read.add(table)
    assert models
    assert read == set(SMALL_TABLES)
