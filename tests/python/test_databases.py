"""Tables of DuckDB files: read by an engine that can reach nothing but the file."""

from __future__ import annotations

import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from settings_parts import mapped_sources

from retail_marts import raw_tables
from retail_marts.database_files import open_database
from retail_marts.errors import InputError

SECRET = "0123456789abcdef" * 4


@pytest.fixture
def warehouse(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(tmp_path / "warehouse.duckdb"))
    raw_tables.prepare(connection)
    connection.execute(f"set variable personal_key = '{SECRET}'")
    return connection


def land(
    warehouse: duckdb.DuckDBPyConnection,
    database: Path,
    *,
    table: str = "sold",
    customer: str = "customer",
) -> None:
    """Land the table as a build does: what is unchanged stays."""
    columns = {"order_date": "day", "sales_amount": "total", "customer_id": customer}
    place = {"database": str(database), "table": table}
    (source,) = mapped_sources({"shop": {**place, "columns": columns}})
    # As in a build, whose models read on other cursors.
    cursor = warehouse.cursor()
    landed = raw_tables.landed_files(cursor)
    raw_tables.forget_files(cursor, "sales_lines of shop")
    raw_tables.land_mapped(cursor, source, "sales_lines", landed)


def stored(path: Path) -> Path:
    with duckdb.connect(str(path)) as made:
        made.execute(
            "create table sold as"
            " select date '2024-01-01' as day, 2.50 as total, 'A' as customer"
        )
    return path


def rows(warehouse: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return warehouse.execute(
        "select order_date, sales_amount, customer_id, _source_file,"
        " _source_row_number from raw.mapped__shop__sales_lines order by all"
    ).fetchall()


def test_a_table_is_copied_in_its_types_and_order(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "till's.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute(
            "create table sold as select timestamptz '2024-01-01 23:30:00+02' as day,"
            " (i * 10)::hugeint as total, 'c' || i as customer"
            " from range(250000) as t(i)"
        )
    land(warehouse, path)
    types = warehouse.execute("describe raw.mapped__shop__sales_lines").fetchall()
    assert {name: kind for name, kind, *_ in types}["sales_amount"] == "HUGEINT"
    assert {name: kind for name, kind, *_ in types}["order_date"] == (
        "TIMESTAMP WITH TIME ZONE"
    )
    assert warehouse.execute(
        "select count(*), bool_and(sales_amount = 10 * (_source_row_number - 1)),"
        " max(_source_row_number), any_value(_source_file)"
        " from raw.mapped__shop__sales_lines"
    ).fetchall() == [(250_000, True, 250_000, "till's.duckdb/sold")]
    noted = warehouse.execute("select * from raw.landed_files").fetchall()
    assert [row[:3] for row in noted] == [
        ("sales_lines of shop", "till's.duckdb/sold", path.stat().st_size)
    ]
    assert noted[0][4] == 250_000
    # Nothing of the file's engine stays.
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_dir()) == []


def test_an_unchanged_database_is_kept_and_a_changed_one_read_again(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = stored(tmp_path / "a.duckdb")
    land(warehouse, path)
    warehouse.execute("update raw.mapped__shop__sales_lines set sales_amount = 7")
    land(warehouse, path)
    assert [row[1] for row in rows(warehouse)] == [7]
    # A change that is only in the write-ahead log is a change too.
    killed = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute(\"insert into sold values ('2024-01-02', 3, 'B')\"); os._exit(0)"
    )
    size = path.stat().st_size
    subprocess.run([sys.executable, "-c", killed, str(path)], check=True)
    assert path.stat().st_size == size
    land(warehouse, path)
    assert [str(row[1]) for row in rows(warehouse)] == ["2.50", "3.00"]


def test_a_view_of_an_earlier_version_becomes_a_table(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    warehouse.execute("create view raw.mapped__shop__sales_lines as select 1 as a")
    land(warehouse, stored(tmp_path / "a.duckdb"))
    assert len(rows(warehouse)) == 1


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "personal_key.txt"
    path.write_text(SECRET)
    return path


def with_view(path: Path, customer: str) -> Path:
    """A file whose table of sales is a view with this customer."""
    with duckdb.connect(str(path)) as made:
        made.execute(
            "create view sold as select date '2024-01-01' as day, 1 as total,"
            f" ({customer}) as customer"
        )
    return path


@pytest.mark.parametrize("reader", ["read_text", "read_blob", "read_csv"])
def test_a_view_reads_no_file(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, secret: Path, reader: str
) -> None:
    read = f"select any_value(t) from {reader}('{secret}') as t"
    path = with_view(tmp_path / "a.duckdb", read)
    with pytest.raises(InputError, match="Permission Error") as caught:
        land(warehouse, path)
    assert "make a table of it" in caught.value.remedy
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "asked",
    [
        "cast(getvariable('personal_key') as varchar)",
        "select any_value(table_name) from duckdb_tables() where schema_name = 'raw'",
    ],
)
def test_a_view_sees_neither_key_nor_warehouse(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, asked: str
) -> None:
    land(warehouse, with_view(tmp_path / "a.duckdb", asked))
    assert [row[2] for row in rows(warehouse)] == [None]


def test_a_view_cannot_change_how_it_is_read(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.duckdb")
    with (
        open_database(
            path, setting="s", memory_limit="1GB", temp_directory=str(tmp_path / "t")
        ) as engine,
        pytest.raises(duckdb.Error, match="locked"),
    ):
        engine.execute("set memory_limit = '2GB'")


@pytest.mark.parametrize("rows_before", [0, 300_000])
def test_a_value_that_cannot_be_read_is_not_shown(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, rows_before: int
) -> None:
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute(
            "create table people as select '7' as name"
            f" from range({rows_before}) union all select 'Ann Example'"
        )
        made.execute(
            "create view sold as select date '2024-01-01' as day,"
            " cast(name as integer) as total, name as customer from people"
        )
    with pytest.raises(InputError, match="Conversion Error") as caught:
        land(warehouse, path)
    assert "Ann" not in str(caught.value)
    assert "a.duckdb, table sold," in caught.value.problem


def test_a_fault_of_the_warehouse_is_not_blamed_on_the_file(
    warehouse: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("retail_marts.raw_tables.mapped.relation_type", lambda *_: None)
    warehouse.execute("create table raw.mapped__shop__sales_lines as select 1 as a")
    with pytest.raises(duckdb.CatalogException, match="already exists"):
        land(warehouse, stored(tmp_path / "a.duckdb"))


def _checksum(block: bytes) -> int:
    """DuckDB's own, of a block."""
    found = 5381
    for (word,) in struct.iter_unpack("<Q", block):
        found ^= word * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    return found


def _forge(path: Path, place: slice, value: bytes) -> None:
    """Change the header of a DuckDB file, and its checksum with it."""
    content = bytearray(path.read_bytes())
    content[place] = value
    content[:8] = struct.pack("<Q", _checksum(bytes(content[8:4096])))
    path.write_bytes(content)


def _sqlite(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as made:
        made.execute("create table sold (day)")
    made.close()


@pytest.mark.parametrize(
    ("change", "problem", "remedy"),
    [
        (Path.unlink, r"a\.duckdb cannot be read \(No such file", "relative to the"),
        (_sqlite, "is a SQLite file", "sqlite3 -header -csv"),
        (lambda path: path.write_text("day,total"), "is not a DuckDB file", "`path`"),
        (lambda path: path.write_bytes(b""), "is not a DuckDB file", "CSV and Parquet"),
        (
            lambda path: _forge(path, slice(12, 20), struct.pack("<Q", 9999)),
            "was written by a newer DuckDB",
            "storage_version",
        ),
        (
            lambda path: _forge(path, slice(12, 20), struct.pack("<Q", 12)),
            "was written by a DuckDB so old",
            "export database",
        ),
        (
            lambda path: _forge(path, slice(20, 21), b"\1"),
            "is encrypted",
            "without encryption",
        ),
        (
            lambda path: path.write_bytes(path.read_bytes()[:5000]),
            "cannot be opened",
            "may be damaged",
        ),
        (
            lambda path: path.write_bytes(
                path.read_bytes()[:4096] + b"\xff" * 100 + path.read_bytes()[4196:]
            ),
            "cannot be opened .*Corrupt",
            "may be damaged",
        ),
    ],
)
def test_what_cannot_be_opened_has_a_remedy(
    warehouse: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    change: Callable[[Path], object],
    problem: str,
    remedy: str,
) -> None:
    path = stored(tmp_path / "a.duckdb")
    change(path)
    with pytest.raises(InputError, match=problem) as caught:
        land(warehouse, path)
    assert caught.value.problem.startswith("mapped_sources.shop.database: ")
    assert remedy in caught.value.remedy


def test_a_table_or_column_that_is_missing_is_named(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = stored(tmp_path / "a.duckdb")
    with pytest.raises(InputError, match=r"table bought, cannot be read") as caught:
        land(warehouse, path, table="bought")
    assert "the table's name in that file" in caught.value.remedy
    with pytest.raises(InputError, match="no column 'buyer'") as caught:
        land(warehouse, path, customer="buyer")
    assert "customer" in caught.value.remedy


def test_a_database_that_another_process_writes_is_named(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = stored(tmp_path / "a.duckdb")
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]);"
            "print('open', flush=True); input()",
            str(path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "open\n"
    with pytest.raises(InputError, match="open in another program") as caught:
        land(warehouse, path)
    writer.communicate("\n")
    assert "Close that program" in caught.value.remedy


def test_the_warehouse_itself_is_not_a_source(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="it is the private warehouse"):
        land(warehouse, tmp_path / "warehouse.duckdb")
