"""Tableau's files: data sources with their extracts in them, and a workbook.

A data source (``.tdsx``) is a zip file of a document and its extract (``.hyper``), and
so is the workbook (``.twbx``), with the extracts of all sources that its sheets use.
"""

from __future__ import annotations

import re
import shutil
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from retail_marts import optional_packages
from retail_marts.clients.sheets import DASHBOARDS, SHEETS
from retail_marts.clients.stars import Star, stars_of
from retail_marts.clients.tableau import TYPES, DataSource, as_bytes
from retail_marts.clients.workbook import FORMS, workbook
from retail_marts.publish.marts import Mart
from retail_marts.publish.warehouse import literal, quoted

#: The package that writes and reads extracts.
PANTAB = "pantab"

#: The Arrow type that the Hyper engine gives back for each of dbt's data types.
_ARROW: Mapping[str, pa.DataType] = {
    "string": pa.large_string(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "timestamp": pa.timestamp("us"),
}
_DECIMAL = re.compile(r"decimal\(\d+,\d+\)")
_ROWS_A_BATCH = 100_000
#: A zip file holds times; this one keeps it the same at each publish.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def in_tableau(mart: Mart) -> Mart:
    """The mart as an extract holds it.

    Columns that say ``in_extracts: false`` lead from a row back to its file: nobody
    groups by them, and no two rows share one, so they would be half of an extract.
    Hyper has no lists, and none of the rarer types of a user's own model. Tableau
    calculates with doubles in any case, and pantab 5.3 fails on a decimal between -1
    and 0, so decimals become doubles here.
    """
    columns = (
        replace(c, data_type="double") if _DECIMAL.fullmatch(c.data_type) else c
        for c in mart.columns
    )
    kept = tuple(c for c in columns if c.is_in_extracts and c.data_type in TYPES)
    return replace(mart, columns=kept)


def write_tableau(
    database: Path, marts: Sequence[Mart], folder: Path, memory_limit: str | None
) -> float:
    """Write the data sources and the workbooks from a published DuckDB file.

    Parameters
    ----------
    database
        The published DuckDB file.
    marts
        The marts in it.
    folder
        The new folder of the files.
    memory_limit
        DuckDB's; its own default when None.

    Returns
    -------
    float
        The seconds that it took.

    Raises
    ------
    OSError
        When Hyper cannot write an extract, a full disk for one.
    """
    started = time.perf_counter()
    folder.mkdir()
    sources = [DataSource(star) for star in stars_of([in_tableau(m) for m in marts])]
    # Beside the files, because the disk of the published set has the room.
    with TemporaryDirectory(dir=folder) as scratch:
        extracts = {}
        with _connected(database, memory_limit) as connection:
            for source in sources:
                path = Path(scratch) / f"{source.star.name}.hyper"
                write_extract(path, source.star, connection)
                check_extract(path, source.star, connection)
                extracts[source.extract] = path
            businesses = connection.execute(
                "select business_id, business_name from core.dim_businesses "
                "order by order_count desc, business_id"
            ).fetchall()
        for source in sources:
            name = source.star.name
            document = as_bytes(source.document())
            _pack(
                folder / f"{name}.tdsx",
                f"{name}.tds",
                document,
                {source.extract: extracts[source.extract]},
            )
        for form in FORMS:
            document = as_bytes(
                workbook(
                    form,
                    sources=sources,
                    sheets=SHEETS,
                    dashboards=DASHBOARDS,
                    businesses=businesses,
                )
            )
            used = {sheet.source for sheet in SHEETS}
            _pack(
                folder / f"{form.file}.twbx",
                f"{form.file}.twb",
                document,
                {
                    s.extract: extracts[s.extract]
                    for s in sources
                    if s.star.name in used
                },
            )
    return time.perf_counter() - started


def _pantab() -> Any:
    return optional_packages.imported(PANTAB, purpose="A Tableau extract")


def write_extract(
    path: Path, star: Star, connection: duckdb.DuckDBPyConnection
) -> None:
    """Write the marts of a star, and their keys, as one extract.

    Tableau Server builds its own model of an extract from the keys in it. They are
    assumed ones: the tests of the marts have checked them.
    """
    pantab = _pantab()
    keys = _keys(star)
    try:
        with _logging_beside(path) as parameters:
            for not_null, marts in _written_together(star, keys):
                pantab.frames_to_hyper(
                    {(m.schema, m.name): _rows(m, connection) for m in marts},
                    path,
                    table_mode="a" if path.exists() else "w",
                    not_null_columns=not_null,
                    process_params=parameters,
                    # What fails leaves no published set at all.
                    atomic=False,
                )
        for statement in _key_statements(star, keys):
            _query(path, statement)
    except RuntimeError as error:
        raise OSError(f"{path.name}: {error}") from error


def _keys(star: Star) -> dict[Mart, tuple[str, ...]]:
    """The keys that the relations of a star lead to."""
    keys = {member.mart: member.to_columns for member in star.members}
    for member in star.members:
        if not member.repeats:
            keys[star.root.mart] = member.columns
    return keys


def _written_together(
    star: Star, keys: Mapping[Mart, Sequence[str]]
) -> list[tuple[set[str], list[Mart]]]:
    """Marts in groups, each with its columns that are never null: those of keys.

    pantab takes one set of names for all tables of a call, and each call starts the
    engine again.
    """
    groups: list[tuple[set[str], list[Mart]]] = []
    for mart in star.marts:
        key = set(keys.get(mart, ()))
        others = {column.name for column in mart.columns} - key
        for not_null, marts in groups:
            taken = {column.name for m in marts for column in m.columns}
            if not (others & not_null or (taken - not_null) & key):
                not_null.update(key)
                marts.append(mart)
                break
        else:
            groups.append((key, [mart]))
    return groups


def _key_statements(star: Star, keys: Mapping[Mart, Sequence[str]]) -> Iterator[str]:
    """Keys first: a reference needs the other table's."""
    for mart, columns in keys.items():
        yield f"alter table {_name(mart)} add assumed primary key ({_list(columns)})"
    references: dict[Mart, list[str]] = {}
    for member in star.members:
        of, columns = star.root.mart, member.columns
        to, to_columns = member.mart, member.to_columns
        if not member.repeats:
            # Not every customer has a segment, but each segment is of a customer.
            of, columns, to, to_columns = to, to_columns, of, columns
        references.setdefault(of, []).append(
            f"add assumed foreign key ({_list(columns)}) "
            f"references {_name(to)} ({_list(to_columns)})"
        )
    for mart, added in references.items():
        yield f"alter table {_name(mart)} {', '.join(added)}"


def check_extract(
    path: Path, star: Star, connection: duckdb.DuckDBPyConnection
) -> None:
    """Compare what the Hyper engine reads back with the published marts.

    Raises
    ------
    RuntimeError
        When an extract has other rows or types.
    """
    # One query for all, because each starts the engine again. No row of a table is
    # read, but its types come with the one row of the counts.
    counts = ", ".join(
        f'(select count(*) from {_name(mart)}) as "{number}"'
        for number, mart in enumerate(star.marts)
    )
    columns = [
        (number, column)
        for number, mart in enumerate(star.marts)
        for column in mart.columns
    ]
    types = "".join(f', m{n}.{quoted(c.name)} as "{n}.{c.name}"' for n, c in columns)
    tables = "".join(
        f" left join (select * from {_name(mart)} limit 0) as m{number} on true"
        for number, mart in enumerate(star.marts)
    )
    found = _query(
        path, f"select counts.*{types} from (select {counts}) as counts{tables}"
    )
    for number, mart in enumerate(star.marts):
        row = connection.execute(f"select count(*) from {_name(mart)}").fetchone()
        assert row is not None
        _same(found.column(str(number))[0].as_py(), row[0], path, mart)
    for number, column in columns:
        kind = found.schema.field(f"{number}.{column.name}").type
        _same(kind, _ARROW[column.data_type], path, star.marts[number])


def _same(found: object, expected: object, path: Path, mart: Mart) -> None:
    if found != expected:
        raise RuntimeError(
            f"{path.name} holds {found} for {mart.full_name}, not {expected}"
        )


def _rows(mart: Mart, connection: duckdb.DuckDBPyConnection) -> Any:
    """A mart's rows as a stream, so that it is never held in memory as a whole."""
    columns = ", ".join(
        f"cast({quoted(column.name)} as {column.data_type}) as {quoted(column.name)}"
        for column in mart.columns
    )
    selected = connection.cursor().sql(f"select {columns} from {_name(mart)}")
    return selected.to_arrow_reader(_ROWS_A_BATCH)


@contextmanager
def _connected(
    database: Path, memory_limit: str | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set preserve_insertion_order = false")
        if memory_limit is not None:
            connection.execute(f"set memory_limit = {literal(memory_limit)}")
        yield connection


def _query(path: Path, sql: str) -> pa.Table:
    with _logging_beside(path) as parameters:
        return _pantab().frame_from_hyper_query(
            path, sql, return_type="pyarrow", process_params=parameters
        )


@contextmanager
def _logging_beside(path: Path) -> Iterator[dict[str, str]]:
    """Hyper would otherwise write a log file into the present folder, and keep it."""
    with TemporaryDirectory(dir=path.parent) as folder:
        yield {"log_dir": folder}


def _pack(path: Path, name: str, document: bytes, extracts: Mapping[str, Path]) -> None:
    """Write a document and its extracts as one file, the same for the same content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            zipfile.ZipInfo(name, _NO_TIME), document, zipfile.ZIP_DEFLATED
        )
        for place, extract in sorted(extracts.items()):
            entry = zipfile.ZipInfo(place, _NO_TIME)
            # Hyper compresses what it writes.
            entry.compress_type = zipfile.ZIP_STORED
            entry.file_size = extract.stat().st_size
            with extract.open("rb") as rows, package.open(entry, "w") as stored:
                shutil.copyfileobj(rows, stored, 1 << 20)


def _list(columns: Sequence[str]) -> str:
    return ", ".join(quoted(column) for column in columns)


def _name(mart: Mart) -> str:
    return f"{quoted(mart.schema)}.{quoted(mart.name)}"
