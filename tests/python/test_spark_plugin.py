"""What the plugin of Spark does without Spark: parts of rows, views of its tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from conftest import Build
from same_marts import differences

from retail_marts.publish import publish
from retail_marts.spark import plugin


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A warehouse folder, with quotes in its name, and the landing's file."""
    folder = tmp_path / "owner's warehouse"
    table = folder / "core.db" / "fct_orders"
    table.mkdir(parents=True)
    with duckdb.connect(str(tmp_path / "landing.duckdb")) as connection:
        path = str(table / "part-0.parquet").replace("'", "''")
        connection.execute(
            "copy (select 'a' as order_id, 1.50::decimal(38, 2) as amount,"
            " timestamptz '2024-03-01 23:30:00+00' as order_at, ['x'] as items)"
            f" to '{path}' (format parquet)"
        )
        (table / "_SUCCESS").touch()
        monkeypatch.setattr(
            plugin._State, "landing", SimpleNamespace(connection=connection)
        )
        connection.execute("set TimeZone = 'Asia/Jakarta'")
        yield folder


def session(warehouse: Path) -> Any:
    return SimpleNamespace(conf={"spark.sql.warehouse.dir": f"file:{warehouse}"})


def test_tables_are_shown_in_the_types_of_duckdb(warehouse: Path) -> None:
    plugin.show_tables(session(warehouse), [("core", "fct_orders")])
    found = plugin._landing().connection.sql("from core.fct_orders")
    assert [str(kind) for kind in found.types] == [
        "VARCHAR",
        "DECIMAL(38,2)",
        "TIMESTAMP",
        "VARCHAR[]",
    ]
    assert [str(value) for value in found.fetchall()[0]] == [
        "a",
        "1.50",
        "2024-03-01 23:30:00",
        "['x']",
    ]


def test_a_table_that_is_gone_or_not_complete_is_not_shown(warehouse: Path) -> None:
    tables = [("core", "fct_orders"), ("sales", "never_built")]
    plugin.show_tables(session(warehouse), tables)
    (warehouse / "core.db" / "fct_orders" / "_SUCCESS").unlink()
    plugin.show_tables(session(warehouse), tables)
    names = plugin._landing().connection.sql("select view_name from duckdb_views()")
    assert ("fct_orders",) not in names.fetchall()


def test_tables_of_mapped_files_are_found_by_the_beginning_of_their_names() -> None:
    landing = object.__new__(plugin._Landing)
    with duckdb.connect() as landing.connection:
        landing.connection.execute(
            "create schema raw; create table raw.mapped__shop__sales_lines as select 1;"
            " create view raw.mapped__till__stock as select 2;"
            " create table raw.mapped_models as select 3"
        )
        found = [
            (name, rows.read_all().num_rows)
            for name, rows in landing.tables("mapped__")
        ]
    assert found == [("mapped__shop__sales_lines", 1), ("mapped__till__stock", 1)]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [([], [0]), ([0], [0]), ([2, 1, 4, 1], [3, 4, 1]), ([3], [3]), ([2, 2], [4])],
)
def test_rows_arrive_in_parts(
    monkeypatch: pytest.MonkeyPatch, sizes: list[int], expected: list[int]
) -> None:
    monkeypatch.setattr(plugin, "_ROWS_AT_ONCE", 3)
    schema = pa.schema({"number": pa.int64()})
    batches = [pa.record_batch([list(range(size))], schema=schema) for size in sizes]
    reader = pa.RecordBatchReader.from_batches(schema, batches)
    assert [part.num_rows for part in plugin._parts(reader)] == expected


def test_what_is_shown_is_published(small_build: Build, tmp_path: Path) -> None:
    """Publishing reads tables of Parquet files as it reads those of DuckDB."""
    landing = tmp_path / "landing.duckdb"
    tables = []
    with duckdb.connect(str(landing)) as connection:
        connection.execute(f"attach '{small_build.warehouse}' as built (read_only)")
        connection.execute("create schema raw")
        for name in ("dbt_invocations", "dbt_outcomes"):
            connection.execute(f"create table raw.{name} as from built.raw.{name}")
        for schema, name in connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'built' and schema_name in ('core', 'sales')"
        ).fetchall():
            folder = tmp_path / "spark" / f"{schema}.db" / name
            folder.mkdir(parents=True)
            connection.execute(
                f"copy built.{schema}.{name} to '{folder}/part-0.parquet'"
            )
            (folder / "_SUCCESS").touch()
            tables.append((schema, name))
        connection.execute("detach built")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                plugin._State, "landing", SimpleNamespace(connection=connection)
            )
            plugin.show_tables(session(tmp_path / "spark"), tables)
    manifest = small_build.warehouse.parents[1] / "target" / "manifest.json"
    version = publish(
        warehouse=landing,
        manifest_path=manifest,
        folder=tmp_path / "published",
        with_personal_columns=True,
    )
    assert differences(small_build.warehouse, version / "retail_marts.duckdb") == []
    counts = json.loads((version / "manifest.json").read_text())["row_counts"]
    assert counts["core.fct_sales_lines"] > 0
