"""Land the files of shipped sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from retail_marts.errors import InputError
from retail_marts.landing import (
    Header,
    check_header,
    non_blank_line_count,
    open_delimited,
)
from retail_marts.raw_tables.schema import note_file
from retail_marts.raw_tables.sql import Cursor
from retail_marts.raw_tables.stored import (
    Stored,
    file_sha256,
    size_and_time,
    with_source_file,
)


def land_shipped(
    cursor: Cursor,
    path: Path,
    *,
    source_table: str,
    columns: Sequence[str],
    separator: str,
    encoding: str,
) -> pa.RecordBatchReader:
    """Open a shipped source's file as rows of its raw table, and list the file."""
    source_file = f"{path.parent.name}/{path.name}"
    size, modified_ns = size_and_time(path)
    header = check_shipped(
        path, columns=columns, separator=separator, encoding=encoding
    )
    stored = Stored(path, source_file, size, modified_ns, file_sha256(path), "", {})
    reader = open_delimited(
        path, columns=columns, separator=separator, encoding=encoding
    )
    # A row over several lines counts as several lines, here and in its _line_count. So
    # this count needs no rules for quotes.
    lines = non_blank_line_count(path, encoding=encoding, skip=header.end)
    note_file(cursor, source_table, stored, lines)
    return with_source_file(reader, stored, names=columns)


def check_shipped(
    path: Path, *, columns: Sequence[str], separator: str, encoding: str
) -> Header:
    """Check the header of a shipped source's file.

    Raises
    ------
    InputError
        When the file does not exist or lacks a column.
    """
    try:
        return check_header(
            path, columns=columns, separator=separator, encoding=encoding
        )
    except InputError as error:
        if "lacks the column" not in error.problem:
            raise
        raise InputError(
            error.problem,
            remedy=f"{error.remedy} The source {path.parent.name} reads only the "
            "edition of the file that its description names. For another edition, "
            f"take {path.parent.name} out of `sources`, and map the file under "
            "`mapped_sources` (docs/bring-your-own-data.md).",
        ) from None
