"""Land the files of mapped sources and populations, or check that it can be done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from retail_marts.errors import InputError
from retail_marts.landing import FoundFile, find_files, kind_of
from retail_marts.landing.workbooks import DATE_CELL_FORMAT
from retail_marts.raw_tables.databases import copy_table, opened_table
from retail_marts.raw_tables.models import copy_model, require_model_file
from retail_marts.raw_tables.parquet import parquet_types, view_parquet
from retail_marts.raw_tables.rows import checked_header, copy_rows
from retail_marts.raw_tables.schema import Landed, relation_type
from retail_marts.raw_tables.sql import Cursor, literal, missing_columns
from retail_marts.raw_tables.versions import file_versions
from retail_marts.settings.mapped import MappedSource
from retail_marts.settings.mapped_files import MappedFile
from retail_marts.settings.values import NAMED_FORMATS

#: One row per mapped file of a kind, with the settings that SQL needs.
MAPPED_LISTING = pa.schema(
    [
        ("mapped_source", pa.string()),
        ("relation", pa.string()),
        ("mapped_columns", pa.string()),
        ("has_business_column", pa.bool_()),
        # JSON; the macro mapped_entries reads it.
        ("values", pa.string()),
        # The format of cells that are dates, where a file has such cells.
        ("date_cell_format", pa.string()),
        ("separator", pa.string()),
        ("file_count", pa.int64()),
        ("business_name", pa.string()),
        ("currency", pa.string()),
        ("country_code", pa.string()),
        ("time_zone", pa.string()),
        ("return_order_prefix", pa.string()),
        ("negative_quantity_is_return", pa.bool_()),
        ("duplicates", pa.string()),
        ("order_key", pa.string()),
        ("product_key", pa.string()),
        ("fill_down", pa.string()),
        ("order_amounts", pa.string()),
        # As JSON.
        ("filters", pa.string()),
        ("customer_id_is_personal", pa.bool_()),
        # JSON, because ids may contain any separator.
        ("anonymous_customer_ids", pa.string()),
    ]
)


class CheckedFile(NamedTuple):
    """A file that a build would read, its size, and the optional columns it lacks."""

    place: str
    size: int | None
    missing: tuple[str, ...]


def land_mapped(
    cursor: Cursor,
    source: MappedSource,
    kind: str,
    landed: Landed,
) -> dict[str, Any]:
    """Create the raw table or view of a mapped file, with our column names.

    Parameters
    ----------
    landed
        From :func:`landed_files`, before this run. A file of the same version is not
        read again.

    Returns
    -------
    dict
        The row of the file for :data:`MAPPED_LISTING`.
    """
    file = source.files[kind]
    _require_date_format(cursor, file)
    relation = f"mapped__{source.name}__{kind}"
    source_table = f"{kind} of {source.name}"
    existing = relation_type(cursor, relation)
    cursor.execute("begin")
    # Where files decide together which rows are kept, a change of one lands all of
    # them again.
    are_one = kind != "sales_lines" or source.rules["duplicates"] == "reject"
    found = _found_files(file)
    is_parquet = _are_parquet(file, found)
    files = file_versions(cursor, file, found, are_one=are_one)
    known = {
        one.name: noted
        for one in files
        if (noted := landed.get((source_table, one.name)))
        and noted.version == one.version
        and existing == ("view" if is_parquet else "table")
    }
    if existing and (is_parquet or not known):
        cursor.execute(f"drop {existing} raw.{relation}")
    if is_parquet:
        land = view_parquet
    elif file.path:
        land = copy_rows
    else:
        land = copy_model if file.model else copy_table
    has_date_cells = land(cursor, file, relation, source_table, files, known=known)
    cursor.execute("commit")
    return {
        "mapped_source": source.name,
        "relation": relation,
        "mapped_columns": ",".join(sorted(file.columns)),
        "has_business_column": "business_id" in file.columns,
        "values": json.dumps(file.values),
        "date_cell_format": DATE_CELL_FORMAT if has_date_cells else None,
        "separator": file.shown_separator,
        "file_count": len(files),
        **{
            rule: ",".join(value) if isinstance(value, tuple) else value
            for rule, value in source.rules.items()
        },
        # Ids may contain any separator.
        "anonymous_customer_ids": json.dumps(source.rules["anonymous_customer_ids"]),
    }


def check_mapped(file: MappedFile) -> list[CheckedFile]:
    """Check that mapped files have every column, without reading their rows.

    Of a model only its file is looked for: a build knows what it holds.

    Raises
    ------
    InputError
        When a file does not exist or lacks a column.
    """
    with duckdb.connect() as cursor:
        _require_date_format(cursor, file)
        if file.model:
            require_model_file(file, file.model)
            return [CheckedFile(f"model {file.model}", None, ())]
        if file.table is not None:
            with opened_table(cursor, file) as (_, _, types):
                path = Path(str(file.database))
                return [
                    CheckedFile(
                        str(path), path.stat().st_size, missing_columns(file, types)
                    )
                ]
        found = _found_files(file)
        if _are_parquet(file, found):
            missing = [
                missing_columns(
                    file, parquet_types(cursor, file, one.path), one.partitions
                )
                for one in found
            ]
        else:
            missing = [
                checked_header(file, one.path, one.partitions)[1] for one in found
            ]
        return [
            CheckedFile(str(one.path), one.path.stat().st_size, lacking)
            for one, lacking in zip(found, missing, strict=True)
        ]


def _found_files(file: MappedFile) -> list[FoundFile]:
    if file.model:
        return [FoundFile(Path(file.model), file.model)]
    if file.table is not None:
        path = Path(str(file.database))
        return [FoundFile(path, f"{path.name}/{file.table}")]
    return find_files(file.path, setting=file.setting)


def _are_parquet(file: MappedFile, found: Sequence[FoundFile]) -> bool:
    """Whether the files are read by DuckDB itself, not by our readers."""
    if not file.path:
        return False
    kinds = {kind_of(one.path) == "parquet": one.path for one in found}
    if len(kinds) == 1:
        if True in kinds and (file.sheet is not None or file.footer_lines):
            raise InputError(
                f"{file.setting}: {kinds[True]} is a Parquet file, which has neither "
                "sheets nor a footer.",
                remedy="Leave out `sheet` and `footer_lines`.",
            )
        return True in kinds
    raise InputError(
        f"{file.setting}.path means Parquet files ({kinds[True]}) and others "
        f"({kinds[False]}).",
        remedy="Make one entry for each kind of file.",
    )


def _require_date_format(cursor: Cursor, file: MappedFile) -> None:
    """Raise InputError when DuckDB cannot read dates in one of the formats."""
    for date_format in file.values["date_formats"]:
        if date_format in NAMED_FORMATS:
            continue
        try:
            cursor.execute(f"select try_strptime('', {literal(date_format)})")
        except duckdb.Error as error:
            raise InputError(
                f"{file.setting}.date_format is {date_format!r}, which is not a date "
                f"format ({str(error).splitlines()[0]}).",
                remedy="Write it with %Y, %m and %d in the order of the file, for "
                'example "%d/%m/%Y" or "%Y-%m-%d %H:%M:%S".',
            ) from None
