"""Tables of files whose values have types: JSON lines, Excel, Parquet, DuckDB."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from retail_marts import optional_packages
from retail_marts.database_files import open_database
from retail_marts.errors import InputError
from retail_marts.mapper.layout import Row, footer_of, header_of
from retail_marts.mapper.tables import Column, Keeper, Table
from retail_marts.mapper.words import forms, names_of

# Rows that are read of a file with more: the first ones, and a sample.
_FIRST_ROWS = 50_000
_OTHER_ROWS = 50_000


def json_table(path: Path, text: str) -> Table:
    keeper = Keeper()
    names: dict[str, int] = {}
    kinds: list[set[str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise InputError(
                f"{path}: line {number} is not JSON ({error}).",
                remedy="Write one JSON object on each line.",
            ) from None
        if not isinstance(found, dict):
            raise InputError(
                f"{path}: line {number} is not a JSON object.",
                remedy='Write each row as {"name": value, ...} on a line of its own.',
            )
        fields = dict(_fields(found))
        for name, value in fields.items():
            if name not in names:
                _refuse_lines_within(path, name, value)
                names[name] = len(names)
                kinds.append(set())
        row = [""] * len(names)
        for name, value in fields.items():
            row[names[name]], kind = _as_text(value)
            kinds[names[name]].add(kind)
        keeper.add(row)
    typed = ["number" if found - {""} == {"number"} else "text" for found in kinds]
    return keeper.table((path,), list(names), typed, settings={}, evidence={})


def _refuse_lines_within(path: Path, name: str, value: Any) -> None:
    """Refuse orders that have their lines in a list: a row must be one line."""
    items = value if isinstance(value, list) else []
    keys = {key for item in items if isinstance(item, dict) for key in item}
    columns = names_of("sales_lines", "quantity")
    if any(form in columns for key in keys for form in forms(key)):
        raise InputError(
            f"{path}: each row is an order, with its lines in the list {name}.",
            remedy="Write one row per line: jq -c '. as $all | ."
            f"{name}[] + {{order: ($all | del(.{name}))}}' {path.name} > lines.jsonl. "
            "Keys of the order are then named order.id and so on.",
        )


def _fields(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values, ``customer.id`` for the key ``id`` within ``customer``."""
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", one) for inner, one in _fields(value))
        else:
            yield key, value


def _as_text(value: Any) -> tuple[str, str]:
    """A value as text, and its kind; a null has none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "", ""
    for types, kind, write in _TYPES:
        if isinstance(value, types):
            return write(value), kind
    if isinstance(value, datetime):
        kind = "timestamp" if value.tzinfo is None else "instant"
        return value.isoformat(sep=" "), kind
    if isinstance(value, date):
        return value.isoformat(), "date"
    return str(value).strip(), "text"


#: Types of values, their kind, and how they are written as text.
_TYPES: tuple[tuple[Any, str, Callable[[Any], str]], ...] = (
    (bool, "text", lambda value: str(value).lower()),
    (float, "number", lambda value: repr(value).removesuffix(".0")),
    (int | Decimal, "number", str),
    (dict | list, "text", lambda value: json.dumps(value, ensure_ascii=False)),
)


def sheets_of(path: Path) -> list[str]:
    """The names of the sheets of a workbook; none if it cannot be read."""
    calamine = optional_packages.imported("python_calamine", purpose=f"{path}")
    try:
        return list(calamine.CalamineWorkbook.from_path(str(path)).sheet_names)
    except (calamine.CalamineError, OSError):
        return []


def excel_table(path: Path, *, sheet: str | None) -> Table:
    calamine = optional_packages.imported("python_calamine", purpose=f"{path}")
    try:
        workbook = calamine.CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        place = _sheet_place(path, names, sheet)
        cells = workbook.get_sheet_by_index(place).to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError) as error:
        raise InputError(
            f"{path} cannot be read as an Excel workbook ({error}).",
            remedy="Open it in Excel and save it again, without a password.",
        ) from None
    if not any(any(cell != "" for cell in row) for row in cells):
        raise InputError(
            f"{path}: the sheet {names[place]!r} is empty.",
            remedy=f"Name a sheet with --sheet. There are: {', '.join(names)}.",
        )
    converted = [[_as_text(cell) for cell in row] for row in cells]
    texts = [Row(n, [c[0] for c in row]) for n, row in enumerate(converted, start=1)]
    lines = [row for row in texts if any(row.fields)]
    header = header_of(lines)
    settings: dict[str, Any] = {}
    evidence: dict[str, str] = {}
    if len(names) > 1:
        settings["sheet"] = names[place]
        others = [name for name in names if name != names[place]]
        evidence["sheet"] = f"other sheets: {', '.join(others[:8])}"
    if header.line != lines[0].line:
        settings["header_line"] = header.line
        evidence["header_line"] = "titles or empty lines stand before it"
    body = [row for row in lines if row.line > header.line]
    footer = footer_of(body[-400:], width=len(header.fields))
    if footer:
        settings["footer_lines"] = len(footer)
        evidence["footer_lines"] = "totals or notes, not data"
        body = [row for row in body if row.line < footer[0].line]
    keeper = Keeper()
    kinds: list[set[str]] = [set() for _ in header.fields]
    for row in body:
        keeper.add(row.fields)
        for place, (_, kind) in enumerate(converted[row.line - 1][: len(kinds)]):
            if kind:
                kinds[place].add(kind)
    typed = [next(iter(found)) if len(found) == 1 else "text" for found in kinds]
    typed = [
        "timestamp" if k == {"date", "timestamp"} else t
        for k, t in zip(kinds, typed, strict=True)
    ]
    table = keeper.table(
        (path,),
        [" ".join(name.split()) for name in header.fields],
        typed,
        settings=settings,
        evidence=evidence,
    )
    return replace(table, header_line=header.line)


def _sheet_place(path: Path, names: Sequence[str], sheet: str | None) -> int:
    if sheet is None:
        return 0
    if sheet in names:
        return names.index(sheet)
    if sheet.isdecimal() and 1 <= int(sheet) <= len(names):
        return int(sheet) - 1
    raise InputError(
        f"{path} has no sheet {sheet!r}.",
        remedy=f"Name one of: {', '.join(names)}; or its number, from 1.",
    )


def parquet_table(paths: Sequence[Path], folder: Path | None = None) -> Table:
    """The table of Parquet files; of a folder, with the columns of its partitions."""
    listed = ", ".join(f"'{_quoted(str(path))}'" for path in paths)
    options = f"union_by_name = true, hive_partitioning = {folder is not None}"
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        try:
            return _relation_table(
                tuple(paths), engine, f"read_parquet([{listed}], {options})"
            )
        except duckdb.Error as error:
            raise InputError(
                f"{paths[0]} cannot be read ({str(error).splitlines()[0]}).",
                remedy="Check that the file is complete.",
            ) from None


def database_table(path: Path, table: str) -> Table:
    """The table or view of a DuckDB file."""
    with open_database(
        path, setting="map", memory_limit="1GB", temp_directory=f"{path}.map.tmp"
    ) as engine:
        name = ".".join(
            '"' + part.replace('"', '""') + '"' for part in table.split(".")
        )
        try:
            found = _relation_table((path,), engine, name)
        except duckdb.Error as error:
            tables = engine.execute(
                "select table_schema || '.' || table_name"
                " from information_schema.tables order by 1"
            ).fetchall()
            raise InputError(
                f"{path}: the table {table} cannot be read "
                f"({str(error).splitlines()[0]}).",
                remedy="It has: "
                + (", ".join(name for (name,) in tables) or "no table")
                + ".",
            ) from None
    return replace(found, settings={"database": str(path), "table": table})


def _relation_table(
    paths: tuple[Path, ...], engine: duckdb.DuckDBPyConnection, relation: str
) -> Table:
    ((count,),) = engine.execute(f"select count(*) from {relation}").fetchall()
    described = engine.execute(f"describe from {relation}").fetchall()
    names = [str(row[0]) for row in described]
    kinds = [_kind_of(str(row[1])) for row in described]
    rows = engine.execute(f"from {relation} limit {_FIRST_ROWS}").fetchall()
    if count > _FIRST_ROWS:
        share = min(100 * _OTHER_ROWS / count, 100)
        rows += engine.execute(
            f"from {relation} using sample {share}% (system, 1) limit {_OTHER_ROWS}"
        ).fetchall()
    columns = [
        Column(name, [_as_text(row[place])[0] for row in rows], kind)
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
    return Table(paths, columns, count, min(count, _FIRST_ROWS))


def _kind_of(data_type: str) -> str:
    if data_type.startswith("TIMESTAMP"):
        is_instant = "TIME ZONE" in data_type or "TZ" in data_type
        return "instant" if is_instant else "timestamp"
    if data_type == "DATE":
        return "date"
    is_number = data_type.startswith(("DECIMAL", "FLOAT", "DOUBLE", "REAL"))
    return (
        "number"
        if is_number or data_type.endswith("INT") or "INTEGER" in data_type
        else "text"
    )


def _quoted(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text).replace("'", "''")
