"""Random settings and random files give either rows or one clear message.

`make fuzz` runs the same properties on thousands of other examples.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from settings_parts import mapped_populations, mapped_sources

from retail_marts import raw_tables
from retail_marts.cli import main
from retail_marts.errors import InputError

#: In every run the same few hundred examples, so that a run can be repeated; as many
#: others as RETAIL_MARTS_FUZZ_EXAMPLES says where somebody looks for faults.
EXAMPLES = int(os.environ.get("RETAIL_MARTS_FUZZ_EXAMPLES", "0"))
MANY = settings(
    max_examples=EXAMPLES or 300,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

COLUMNS = {"order_date": "day", "quantity": "n", "sales_amount": "total"}
WHOLE_ENTRY: dict[str, Any] = {
    "path": "sales.csv",
    "separator": ",",
    "encoding": "utf-8",
    "date_format": "%Y-%m-%d",
    "decimal_mark": ".",
    "thousands_mark": "",
    "business_name": "Shop",
    "currency": "EUR",
    "country_code": "DE",
    "return_order_prefix": "C",
    "negative_quantity_is_return": True,
    "duplicates": "keep",
    "order_key": ["order_id"],
    "customer_id_is_personal": False,
    "columns": {**COLUMNS, "customer_id": "who"},
    "customers": {"path": "sales.csv", "columns": {"customer_id": "who"}},
    "products": {"path": "sales.csv", "columns": {"product_id": "n"}},
    "stores": {"path": "sales.csv", "columns": {"store_id": "n"}},
}
WHOLE_POPULATION: dict[str, Any] = {
    "path": "sales.csv",
    "population_name": "Families",
    "currency": "USD",
    "country_code": "US",
    "separator": ",",
    "columns": {"family_id": "day", "implicate_id": "n", "weight": "total"},
}
SOUND_CSV = b"day,n,total,who\n2024-01-31,1,9.99,ann\n2024-02-01,2,1,\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The current folder of every example, with a valid file of each kind."""
    path = tmp_path_factory.mktemp("random")
    (path / "sales.csv").write_bytes(SOUND_CSV)
    (path / "sound.parquet").write_bytes(sound_parquet())
    with contextlib.chdir(path):
        with duckdb.connect("till.duckdb") as connection:
            connection.execute("create table lines as from 'sound.parquet'")
        yield path


@pytest.fixture(scope="module")
def cursor() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    raw_tables.prepare(connection)
    return connection


def sound_parquet() -> bytes:
    target = io.BytesIO()
    table = {
        "day": [date(2024, 1, day) for day in range(1, 31)],
        "n": list(range(30)),
        "total": [n / 4 for n in range(30)],
        "who": [f"customer {n % 7}" for n in range(30)],
    }
    parquet.write_table(pa.table(table), target, row_group_size=10)
    return target.getvalue()


def land(
    cursor: duckdb.DuckDBPyConnection, entry: Any, *, name: str = "a"
) -> list[int]:
    """Land every file of an entry; give the rows of each, having accounted for all."""
    counts = []
    try:
        for source in mapped_sources({name: entry}):
            for kind in source.files:
                raw_tables.forget_files(cursor, f"{kind} of ", is_prefix=True)
                listed = raw_tables.land_mapped(cursor, source, kind, {})
                pa.Table.from_pylist([listed], schema=raw_tables.MAPPED_LISTING)
                counts.append(accounted_rows(cursor, listed["relation"], kind))
    finally:
        # A failed example must not affect the next one.
        with contextlib.suppress(duckdb.Error):
            cursor.execute("rollback")
    return counts


def accounted_rows(cursor: duckdb.DuckDBPyConnection, relation: str, kind: str) -> int:
    """Every line of the file belongs to a row, and every faulty row keeps its text."""
    ((rows, lines, untold),) = cursor.execute(
        "select count(*), coalesce(sum(_line_count), 0), count(*) filter ("
        " (_parse_fault is null) <> (_raw_text is null) or _source_row_number is null)"
        f" from raw.{relation}"
    ).fetchall()
    ((noted,),) = cursor.execute(
        "select sum(raw_line_count) from raw.landed_files"
        f" where starts_with(source_table, '{kind} of ')"
    ).fetchall()
    assert lines == noted
    assert untold == 0
    # Every value can be read, whatever its type.
    cursor.execute(f"select hash(t) from raw.{relation} as t").fetchall()
    return int(rows)


def tells_plainly(error: InputError, *words: str) -> None:
    """One problem with the setting's name in it, and what can be done about it."""
    assert error.problem
    assert error.remedy
    assert any(word in str(error) for word in words), error
    assert len(error.problem) < 8_000
    assert len(error.remedy) < 2_000


# ------------------------------------------------------------------------- settings

WORDS = [
    "",
    "a",
    "day",
    "n",
    "total",
    "who",
    "Day",
    ";",
    ",",
    "NO",
    "utf-16",
    "latin-1",
    "idna",
    "base64",
    "undefined",
    "%Y-%m-%d",
    "%Q%Y",
    "%d/%m/%y %H:%M",
    "sales.csv",
    "sound.parquet",
    "till.duckdb",
    "lines",
    "*",
    "[",
    "..",
    "/",
    "reject",
    "order_id",
    "customer_id",
    "_source_file",
    "_line_count",
    "filename",
    "{{ x }}",
    "'",
]
LONG = ("x" * 300, "x" * 5000)
ODD = (" ", "\t", "\u00a0", "\0", "\ud800")
TEXT = st.sampled_from([*WORDS, *LONG, *ODD]) | st.text(max_size=6)
JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 10**20),
        st.floats(),
        st.dates(),
        TEXT,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(TEXT | st.integers() | st.none(), inner, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def changed(draw: st.DrawFn, whole: dict[str, Any]) -> dict[Any, Any]:
    """An entry with a few settings deleted, added or replaced by any value."""
    entry: dict[Any, Any] = {
        key: dict(value) if isinstance(value, dict) else value
        for key, value in whole.items()
        if draw(st.integers(0, 9)) > 1 or key in ("path", "columns")
    }
    for _ in range(draw(st.integers(1, 3))):
        place: dict[Any, Any] = entry
        inner = draw(
            st.sampled_from([None, None, "columns", "customers", "products", "stores"])
        )
        if inner is not None and isinstance(entry.get(inner), dict):
            place = entry[inner]
        key = draw(st.one_of(st.sampled_from([*whole, "database", "table"]), JUNK_KEYS))
        if place and draw(st.booleans()):
            key = draw(st.sampled_from(list(place)))
        if draw(st.integers(0, 3)):
            place[key] = draw(TEXT if draw(st.booleans()) else JUNK)
        else:
            place.pop(key, None)
    return entry


JUNK_KEYS = TEXT | st.integers() | st.none()


@MANY
@given(entries=JUNK)
def test_any_value_is_settings_or_a_message(entries: Any) -> None:
    for check, name in (
        (mapped_sources, "mapped_sources"),
        (mapped_populations, "mapped_populations"),
    ):
        try:
            check(entries)
        except InputError as error:
            tells_plainly(error, name)


@MANY
@given(entry=changed(WHOLE_ENTRY))
def test_changed_settings_land_or_name_the_setting(
    folder: Path, cursor: duckdb.DuckDBPyConnection, entry: dict[Any, Any]
) -> None:
    try:
        land(cursor, entry)
    except InputError as error:
        tells_plainly(error, "mapped_sources.a", *files_of(entry))


@MANY
@given(entry=changed(WHOLE_POPULATION))
def test_changed_populations_land_or_name_the_setting(
    folder: Path, cursor: duckdb.DuckDBPyConnection, entry: dict[Any, Any]
) -> None:
    try:
        for source in mapped_populations({"a": entry}):
            listed = raw_tables.land_mapped(cursor, source, "populations", {})
            pa.Table.from_pylist([listed], schema=raw_tables.MAPPED_LISTING)
    except InputError as error:
        tells_plainly(error, "mapped_populations.a", *files_of(entry))
    finally:
        with contextlib.suppress(duckdb.Error):
            cursor.execute("rollback")


def files_of(entry: dict[Any, Any]) -> list[str]:
    """Other names that a message may contain: the file, or a setting for reading it."""
    files = [entry, *(entry.get(kind) for kind in ("customers", "products", "stores"))]
    paths = [file.get("path") for file in files if isinstance(file, dict)]
    told = [path for path in paths if isinstance(path, str) and path]
    return [*told, "encoding", "separator", "column"]


# ---------------------------------------------------------------------------- files

TOLD = [
    "day",
    "n",
    "total",
    "2024-01-31",
    "1",
    "9.99",
    "1e400",
    "-0",
    "=1+1",
    "@x",
    "é",
    "'",
    "--",
    ";;",
    "🍜",
]
MARKS = ['"', '"', '""', ",", ",", ",", ";", "\t", "\n", "\n", "\r\n", "\r", " ", "\\"]
CONTROLS = ["\ufeff", "\u2028", "\x85", "\x1c", "\x0c", "\u00a0", "\x7f"]
PIECES = st.sampled_from([*TOLD, *MARKS, *CONTROLS])
HEADERS = [
    "day,n,total",
    "total,day,n",
    '"day","n","total"',
    " day , n , total ",
    "day;n;total",
    "day,n,total,day",
    "day,n",
    "Day,day,n,total",
    "\ufeffday,n,total",
    "day\tn\ttotal",
    "day,n,total,_source_file",
    "",
    "day,n,total,N,DAY",
]
ENCODINGS = st.sampled_from(
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-be",
        "latin-1",
        "cp1252",
        "shift_jis",
        "utf-7",
        "cp037",
        "gb18030",
        "utf-32",
    ]
)
COLUMN_SETS = [
    COLUMNS,
    COLUMNS,
    {**COLUMNS, "quantity": " n "},
    {**COLUMNS, "quantity": "total"},
    {**COLUMNS, "category": "DAY"},
    {**COLUMNS, "category": "_source_file"},
]


@st.composite
def delimited_bytes(draw: st.DrawFn) -> bytes:
    body = "".join(draw(st.lists(PIECES, max_size=40)))
    written = (
        draw(st.sampled_from(HEADERS))
        + draw(st.sampled_from(["\n", "\r\n", "\n\n"]))
        + body
    )
    stored = bytearray(written.encode(draw(ENCODINGS), "replace"))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(stored)))
        stored[place:place] = draw(st.binary(min_size=1, max_size=3))
    packed = gzip.compress(bytes(stored), 1) if draw(st.integers(0, 4)) == 0 else stored
    cut = draw(st.integers(0, len(packed))) if draw(st.integers(0, 9)) == 0 else None
    return bytes(packed[:cut])


@MANY
@given(
    contents=st.lists(delimited_bytes(), min_size=1, max_size=2),
    separator=st.sampled_from([",", ",", ",", ";", "\t", " ", "é", "|"]),
    encoding=ENCODINGS,
    headers=st.sampled_from(COLUMN_SETS),
)
@example(
    contents=[b"Date,date,n,total\n2024-01-31,1,2,3\n"],
    separator=",",
    encoding="utf-8",
    headers={"order_date": "Date", "quantity": "n", "sales_amount": "date"},
)
def test_any_bytes_are_rows_or_a_message(
    *,
    folder: Path,
    cursor: duckdb.DuckDBPyConnection,
    contents: list[bytes],
    separator: str,
    encoding: str,
    headers: dict[str, str],
) -> None:
    for number, content in enumerate(contents):
        (folder / f"any-{number}.csv").write_bytes(content)
    one_or_all = "*" if len(contents) > 1 else "0"
    entry = {
        "path": f"any-{one_or_all}.csv",
        "separator": separator,
        "encoding": encoding,
        "columns": headers,
    }
    try:
        land(cursor, entry)
    except InputError as error:
        tells_plainly(error, "any-0.csv", "any-1.csv")


@MANY
@given(
    places=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4),
    cut=st.none() | st.integers(0, 10_000),
    headers=st.sampled_from([COLUMNS, {**COLUMNS, "customer_id": "who"}]),
)
def test_damaged_parquet_is_rows_or_a_message(
    *,
    folder: Path,
    cursor: duckdb.DuckDBPyConnection,
    places: list[tuple[int, int]],
    cut: int | None,
    headers: dict[str, str],
) -> None:
    stored = bytearray(sound_parquet())
    for place, byte in places:
        stored[place % len(stored)] = byte
    (folder / "any.parquet").write_bytes(stored[:cut])
    try:
        land(cursor, {"path": "any.parquet", "columns": headers})
    except InputError as error:
        tells_plainly(error, "any.parquet")


# ---------------------------------------------------- faults that random input found


def test_headers_that_differ_only_in_case_are_two_columns(
    folder: Path, cursor: duckdb.DuckDBPyConnection
) -> None:
    (folder / "case.csv").write_bytes(b"Sum,sum,day\n1,20,2024-01-31\n")
    columns = {"order_date": "day", "quantity": "Sum", "sales_amount": "sum"}
    assert land(cursor, {"path": "case.csv", "columns": columns}) == [1]
    assert cursor.execute(
        "select quantity, sales_amount from raw.mapped__a__sales_lines"
    ).fetchall() == [("1", "20")]


def test_parquet_files_of_other_types_lose_no_cents(
    folder: Path, cursor: duckdb.DuckDBPyConnection
) -> None:
    """January has whole prices, so integers; February has its columns moved."""
    for name, table in (
        ("whole-1", {"day": [date(2024, 1, 1)], "n": [1], "total": [3]}),
        ("whole-2", {"total": [2.75], "day": [date(2024, 2, 1)], "n": [1]}),
    ):
        parquet.write_table(pa.table(table), folder / f"{name}.parquet")
    assert land(cursor, {"path": "whole-*.parquet", "columns": COLUMNS}) == [2]
    assert cursor.execute(
        "select sum(cast(sales_amount as decimal(9, 2)))"
        " from raw.mapped__a__sales_lines"
    ).fetchall() == [(Decimal("5.75"),)]


def test_parquet_may_have_a_column_called_filename(
    folder: Path, cursor: duckdb.DuckDBPyConnection
) -> None:
    table = {"day": [date(2024, 1, 1)], "n": [1], "total": [3], "filename": ["till"]}
    parquet.write_table(pa.table(table), folder / "named.parquet")
    columns = {**COLUMNS, "store_id": "filename"}
    assert land(cursor, {"path": "named.parquet", "columns": columns}) == [1]
    assert cursor.execute(
        "select store_id, _source_file from raw.mapped__a__sales_lines"
    ).fetchall() == [("till", "named.parquet")]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"path": "x" * 5000}, ["path", "File name too long"]),
        ({"date_format": "%Q%Y%m%d"}, ["date_format", "%Q"]),
        ({"date_format": "%Y-%m-%d%"}, ["date_format", "Trailing"]),
        ({"path": "sound.parquet", "columns": {**COLUMNS, "region": "R"}}, ["'R'"]),
    ],
)
def test_unusable_settings_are_named(
    folder: Path,
    cursor: duckdb.DuckDBPyConnection,
    entry: dict[str, Any],
    words: list[str],
) -> None:
    with pytest.raises(InputError) as caught:
        land(cursor, {"path": "sales.csv", "columns": COLUMNS, **entry})
    for word in ["mapped_sources.a", *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize("place", [4, 5, 40, 400])
def test_a_damaged_parquet_file_is_named_before_the_warehouse_reads_it(
    folder: Path, cursor: duckdb.DuckDBPyConnection, place: int
) -> None:
    """Some damage crashes the engine, which then refuses all other statements."""
    stored = bytearray(sound_parquet())
    stored[place : place + 8] = b"\xff" * 8
    (folder / "bad.parquet").write_bytes(stored)
    with contextlib.suppress(InputError):
        land(cursor, {"path": "bad.parquet", "columns": COLUMNS})
    assert cursor.execute("select 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["publish", "--project", "syntax"],
            ["syntax/dbt_project.yml is not valid YAML"],
        ),
        (["publish", "--project", "list"], ["list/dbt_project.yml", "vars"]),
        (
            ["publish", "--project", "bytes"],
            ["bytes/dbt_project.yml is not valid YAML"],
        ),
        (["publish", "--project", "cut"], ["cut/target/manifest.json is damaged"]),
        (["status", "--project", "cut"], ["cut/published", "manifest.json"]),
        (["report", "--project", "cut", "out"], ["retail_marts.duckdb", "publish"]),
        (["sample", "--out", "sales.csv"], ["sales.csv", "Not a directory"]),
        (["sample", "--seed", "-1"], ["--seed"]),
        (["flat-sample", "--out", "f.parquet", "--rows", "-1"], ["rows is -1"]),
    ],
)
def test_commands_on_damaged_folders_say_what_to_do(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: list[str],
) -> None:
    for name, project in (
        ("syntax", b"vars: [: bad"),
        ("list", b"[1, 2]"),
        ("bytes", b"\xff\xfe\x00"),
        ("cut", b"vars: {}"),
    ):
        (folder / name / "target").mkdir(parents=True, exist_ok=True)
        (folder / name / "dbt_project.yml").write_bytes(project)
    (folder / "cut" / "target" / "manifest.json").write_text("{")
    version = folder / "cut" / "published" / "versions" / "v1"
    version.mkdir(parents=True, exist_ok=True)
    (version / "retail_marts.duckdb").write_text("garbage")
    (folder / "cut" / "warehouse").mkdir(exist_ok=True)
    duckdb.connect(str(folder / "cut" / "warehouse" / "retail_marts.duckdb")).close()
    if not (folder / "cut" / "published" / "current").exists():
        (folder / "cut" / "published" / "current").symlink_to("versions/v1")
    assert main(arguments) == 1
    told = capsys.readouterr().err
    for word in [*words, "Remedy"]:
        assert word in told
