"""SQL that every way to land a file shares: names, literals, columns and types."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb

from retail_marts.errors import InputError
from retail_marts.landing import FoundFile
from retail_marts.settings.columns import CANONICAL_COLUMNS
from retail_marts.settings.mapped_files import MappedFile

Cursor = duckdb.DuckDBPyConnection


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def canonical_select(
    file: MappedFile,
    expressions: Mapping[str, str],
    landed: Mapping[str, str],
    *,
    source_file: str = "_source_file",
) -> str:
    """SQL that selects each of our columns, null where there is no expression."""
    items = [
        f"{expressions.get(name, 'cast(null as varchar)')} as {name}"
        # Free attributes and filters have no canonical column.
        for name in dict.fromkeys((*CANONICAL_COLUMNS[file.kind], *file.columns))
    ]
    items.append(f"{source_file} as _source_file")
    items += [f"{expression} as {name}" for name, expression in landed.items()]
    return "select " + ", ".join(items)


def table_select(
    file: MappedFile, types: Mapping[str, str], *, source_file: str, row_number: str
) -> str:
    """SQL that selects the rows of a table or model as they are."""
    return canonical_select(
        file,
        {
            name: identifier(header)
            for name, header in file.columns.items()
            if header in types
        },
        {
            "_source_row_number": row_number,
            "_line_count": "1",
            "_parse_fault": "cast(null as varchar)",
            "_raw_text": "cast(null as varchar)",
        },
        source_file=literal(source_file),
    )


def column_types(
    cursor: Cursor, source: str, file: MappedFile, *, where: str, remedy: str
) -> dict[str, str]:
    """The types of all columns, after a check that no required one is missing."""
    try:
        types = {
            name: kind
            for name, kind, *_ in cursor.execute(f"describe from {source}").fetchall()
        }
    except duckdb.Error as error:
        raise InputError(
            f"{file.setting}: {where} cannot be read ({str(error).splitlines()[0]}).",
            remedy=remedy,
        ) from None
    partitions = FoundFile(Path(where), "").partitions if file.path else {}
    missing = [
        header
        for name, header in file.columns.items()
        if header not in types
        and header not in partitions
        and (name not in file.optional)
    ]
    if missing or not {*file.columns.values()} & {*types}:
        lacking = missing or list(file.columns.values())
        raise InputError(
            f"{file.setting}.columns: {where} has no column "
            f"{', '.join(repr(header) for header in lacking)}.",
            remedy=f"It has: {', '.join([*types, *partitions])}.",
        )
    return types


def missing_columns(
    file: MappedFile, types: Mapping[str, str], partitions: Collection[str] = ()
) -> tuple[str, ...]:
    """Our names of the columns that are neither in a file nor in its folders."""
    return tuple(
        name
        for name, header in file.columns.items()
        if header not in types and header not in partitions
    )


def error_kind(error: Exception) -> str:
    """The kind of an error that was met between rows: its text may quote a value."""
    return str(error).partition(":")[0].partition("\n")[0][:60]
