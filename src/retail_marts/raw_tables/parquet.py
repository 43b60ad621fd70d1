"""Views of Parquet files under our column names."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from retail_marts.errors import InputError
from retail_marts.landing.workbooks import DATE_CELL_FORMAT
from retail_marts.raw_tables.schema import Known, note_file
from retail_marts.raw_tables.sql import (
    Cursor,
    canonical_select,
    column_types,
    error_kind,
    identifier,
    literal,
    missing_columns,
)
from retail_marts.raw_tables.stored import Stored, refuse_changed
from retail_marts.settings.mapped_files import MappedFile


def view_parquet(
    cursor: Cursor,
    file: MappedFile,
    relation: str,
    source_table: str,
    files: Sequence[Stored],
    *,
    known: Mapping[str, Known],
) -> bool:
    """Create a view of all files. An earlier build has checked the known ones.

    Returns
    -------
    bool
        Whether dates became text, because files have one column in several types.
    """
    with duckdb.connect() as engine:
        types = {one.path: parquet_types(engine, file, one.path) for one in files}
    missing = {
        one.name: missing_columns(file, types[one.path], one.partitions)
        for one in files
    }
    _refuse_mixed_times(file, types)
    as_text = _differing(file, types)
    # Files with the same types are read together, and each type becomes text in its own
    # way: with a type that fits all files, the id 17850 of one would become 17850.0.
    groups: dict[tuple[str | None, ...], list[Stored]] = {}
    for one in files:
        key = tuple(types[one.path].get(header) for header in file.columns.values())
        groups.setdefault(key, []).append(one)
    view = " union all ".join(
        _parquet_select(
            file, members, types=types[members[0].path], as_text=as_text, files=files
        )
        for members in groups.values()
    )
    row_counts = {name: noted.raw_line_count for name, noted in known.items()}
    if len(known) < len(files):
        row_counts = _read_through(file, files, view=view)
    cursor.execute(f"create view raw.{relation} as {view}")
    for one in files:
        refuse_changed(one)
        note_file(cursor, source_table, one, row_counts[one.name], missing[one.name])
    return any(
        _is_time(kind)
        for of_file in types.values()
        for header, kind in of_file.items()
        if header in as_text
    )


def parquet_types(engine: Cursor, file: MappedFile, path: Path) -> dict[str, str]:
    """The types of the columns of a Parquet file."""
    source = f"read_parquet({literal(_escaped(path))}, hive_partitioning = false)"
    return column_types(
        engine,
        source,
        file,
        where=str(path),
        remedy="Check that the file is complete and of the type in its name.",
    )


def _parquet_select(
    file: MappedFile,
    members: Sequence[Stored],
    *,
    types: Mapping[str, str],
    as_text: set[str],
    files: Sequence[Stored],
) -> str:
    """SQL that selects the rows of files with the same types."""
    listed = ", ".join(literal(_escaped(_absolute(one.path))) for one in members)
    expressions = {}
    for name, header in file.columns.items():
        kind = types.get(header)
        folder = next(
            (one.partitions[header] for one in members if header in one.partitions),
            None,
        )
        if kind is not None:
            field = identifier(header)
            expressions[name] = (
                _as_text(field, kind, file.values["decimal_mark"])
                if header in as_text
                else field
            )
        elif folder is not None:
            pattern = "/" + re.escape(folder.partition("=")[0]) + "=([^/]*)/"
            value = f"regexp_extract(_source_path, {literal(pattern)}, 1)"
            expressions[name] = (
                f"url_decode(nullif(nullif({value}, ''), '__HIVE_DEFAULT_PARTITION__'))"
            )
    common = str(_absolute(files[0].path)).removesuffix(files[0].name)
    is_flat = all(one.name == one.path.name for one in files)
    select = canonical_select(
        file,
        expressions,
        {
            "_source_row_number": "file_row_number + 1",
            "_line_count": "1",
            "_parse_fault": "cast(null as varchar)",
            "_raw_text": "cast(null as varchar)",
        },
        source_file="parse_filename(_source_path)"
        if is_flat
        else f"substr(_source_path, {len(common) + 1})",
    )
    options = (
        "union_by_name = true, file_row_number = true, filename = '_source_path', "
        "hive_partitioning = false"
    )
    return f"{select} from read_parquet([{listed}], {options})"


def _differing(file: MappedFile, types: Mapping[Path, Mapping[str, str]]) -> set[str]:
    """The headers whose types differ, other than dates with and without a time."""
    differing = set()
    for header in file.columns.values():
        kinds = {of_file[header] for of_file in types.values() if header in of_file}
        if len(kinds) > 1 and not all(map(_is_time, kinds)):
            differing.add(header)
    return differing


def _is_time(kind: str) -> bool:
    return kind.startswith(("DATE", "TIMESTAMP"))


def _as_text(field: str, kind: str, decimal_mark: str) -> str:
    """SQL for a value as the text that a delimited file would have."""
    if _is_time(kind):
        return f"strftime({field}, {literal(DATE_CELL_FORMAT)})"
    text = f"cast({field} as varchar)"
    if kind.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
        whole = f"try_cast({field} as hugeint)"
        is_finite = "true" if kind.startswith("DECIMAL") else f"isfinite({field})"
        # As decimals, because no setting reads the exponent of tiny numbers.
        tiny = f"cast(cast({field} as decimal(38, 15)) as varchar)"
        return (
            f"case when {field} = {whole} then cast({whole} as varchar)"
            f" when {is_finite} then replace("
            f"case when abs({field}) < 0.0001 then {tiny} else {text} end,"
            f" '.', {literal(decimal_mark)}) end"
        )
    return text


def _read_through(
    file: MappedFile, files: Sequence[Stored], *, view: str
) -> dict[str, int]:
    """Read all rows of Parquet files once, and return the row counts in their footers.

    A damaged file must stop the build here, with its name, not in a later model. It may
    crash DuckDB, so it is read by an instance that does not have the warehouse open.
    """
    row_counts = {}
    with duckdb.connect() as engine:
        try:
            for one in files:
                # From the footer, so that the count does not depend on our view.
                ((rows,),) = engine.execute(
                    "select num_rows from parquet_file_metadata("
                    f"{literal(_escaped(one.path))})"
                ).fetchall()
                row_counts[one.name] = int(rows)
            # DuckDB would answer a plain count from the footer, without reading rows.
            engine.execute(
                f"select count(hash({', '.join(sorted(file.columns))})) from ({view})"
            )
        except (duckdb.Error, ValueError) as error:
            for one in files:
                refuse_changed(one)
            raise InputError(
                f"{file.setting}: {', '.join(file.path)} cannot be read "
                f"({error_kind(error)}).",
                remedy="Check that every file is complete, and that no column is named "
                "file_row_number.",
            ) from None
    return row_counts


def _refuse_mixed_times(
    file: MappedFile, types: Mapping[Path, Mapping[str, str]]
) -> None:
    """Refuse order dates that are instants in some files and something else in others.

    DuckDB would read all of them as instants, and a local time as one in UTC.
    """
    header = file.columns.get("order_date", "")
    found: dict[bool, Path] = {}
    for path, of_file in types.items():
        kind = of_file.get(header)
        if kind is not None:
            found.setdefault("TIME ZONE" in kind or "TZ" in kind, path)
    if len(found) > 1:
        raise InputError(
            f"{file.setting}: {header!r} has a time zone in {found[True]}, but not in "
            f"{found[False]}.",
            remedy="Write the column in the same type in all files, or make one entry "
            "for each type.",
        )


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _escaped(path: Path) -> str:
    """A path that read_parquet does not read as a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
