"""Copy the rows of delimited text, Excel sheets and JSON lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from retail_marts.landing import (
    FileFormat,
    Header,
    check_rows,
    clean_name,
    kind_of,
    landed_schema,
    open_rows,
    partition_value,
    raw_line_count,
)
from retail_marts.raw_tables.schema import Known, note_file
from retail_marts.raw_tables.sql import Cursor, canonical_select, literal
from retail_marts.raw_tables.stored import Stored, read_as_stored, with_source_file
from retail_marts.settings.mapped_files import MappedFile


def copy_rows(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    files: Sequence[Stored],
    *,
    known: Mapping[str, Known],
) -> bool:
    """Write the rows of all files except the known ones.

    Returns
    -------
    bool
        Whether cells may be dates: those of workbooks are.
    """
    headers = _headers_of(file)
    if known:
        cursor.execute(
            f"delete from raw.{relation} where _source_file not in (select unnest(?))",
            [list(known)],
        )
    into = f"insert into raw.{relation}" if known else f"create table raw.{relation} as"
    for stored in files:
        if stored.name in known:
            noted = known[stored.name]
            lines, missing = noted.raw_line_count, noted.missing
        else:
            with read_as_stored(stored):
                lines, missing = _copy_file(
                    cursor, file, stored, headers=headers, into=into
                )
            into = f"insert into raw.{relation}"
        note_file(cursor, source_table, stored, lines, missing)
    return any(kind_of(stored.path) == "workbook" for stored in files)


def _copy_file(
    cursor: Cursor,
    file: MappedFile,
    stored: Stored,
    *,
    headers: Sequence[str],
    into: str,
) -> tuple[int, tuple[str, ...]]:
    """Write the rows of a file; give its line count and the columns it lacks."""
    header, missing = checked_header(file, stored.path, stored.partitions)
    # "Date" and "date" are the same name in DuckDB, but two headers in a file. So the
    # fields have numbered names until they get our names.
    aliases = {name: f"field_{number}" for number, name in enumerate(headers)}
    select = canonical_select(
        file,
        {
            name: _partition_literal(stored.partitions[wanted])
            if wanted in header.missing and wanted in stored.partitions
            else aliases[wanted]
            for name, raw in file.columns.items()
            for wanted in [clean_name(raw)]
        },
        {name: f'"{name}"' for name in landed_schema([]).names},
    )
    setting = f"{file.setting}.path"
    reader = open_rows(
        stored.path,
        columns=headers,
        optional=header.missing,
        form=_format(file),
        setting=setting,
    )
    cursor.register(
        "landing", with_source_file(reader, stored, names=list(aliases.values()))
    )
    cursor.execute(f"{into} {select} from landing")
    cursor.unregister("landing")
    # A row over several lines counts as several lines, here and in its _line_count. So
    # this count needs no rules for quotes.
    lines = raw_line_count(
        stored.path, header=header, form=_format(file), setting=setting
    )
    return lines, missing


def checked_header(
    file: MappedFile, path: Path, partitions: Mapping[str, str]
) -> tuple[Header, tuple[str, ...]]:
    """The header of a file of text, and our names of the columns it lacks."""
    optional = [clean_name(file.columns[name]) for name in file.optional]
    header = check_rows(
        path,
        columns=_headers_of(file),
        optional=[*optional, *partitions],
        form=_format(file),
        setting=f"{file.setting}.path",
    )
    return header, tuple(
        name
        for name, wanted in file.columns.items()
        if clean_name(wanted) in header.missing and clean_name(wanted) not in partitions
    )


def _format(file: MappedFile) -> FileFormat:
    return FileFormat(
        separator=file.separator,
        encoding=file.encoding,
        header_line=file.header_line,
        footer_lines=file.footer_lines,
        sheet=file.sheet,
        decimal_mark=file.values["decimal_mark"],
    )


def _headers_of(file: MappedFile) -> list[str]:
    return list(dict.fromkeys(clean_name(header) for header in file.columns.values()))


def _partition_literal(folder: str) -> str:
    value = partition_value(folder)
    return "cast(null as varchar)" if value is None else literal(value)
