"""Read the table of any file that a build reads."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from retail_marts.errors import InputError
from retail_marts.mapper.tables import Table
from retail_marts.mapper.text_tables import bytes_of, text_table
from retail_marts.mapper.typed_tables import (
    database_table,
    excel_table,
    parquet_table,
    sheets_of,
)

_SUFFIXES = (
    *(".csv", ".tsv", ".txt", ".tab", ".psv", ".jsonl", ".ndjson", ".parquet"),
    *(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".gz", ".bz2", ".zip"),
)
_REFUSED = (
    (b"%PDF", "a PDF", "Export the table as CSV or Excel instead."),
    (
        b"SQLite format 3",
        "a SQLite file",
        "Export the table as CSV (sqlite3 -header -csv) and map that file.",
    ),
    (b"\xfd7zXZ", "compressed with xz", "Unpack it, or compress it with gzip."),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it, or use gzip."),
)


def files_in(path: Path) -> list[Path]:
    """The files of a folder that may hold tables, or the file itself."""
    if not path.is_dir():
        return [path]
    found = sorted(
        file
        for file in path.rglob("*")
        if file.is_file()
        and file.name.lower().endswith(_SUFFIXES)
        and not any(
            part.startswith(("_", ".")) for part in file.relative_to(path).parts
        )
    )
    if not found:
        raise InputError(
            f"The folder {path} has no file with a table.",
            remedy=f"Name files that end in {', '.join(_SUFFIXES)}.",
        )
    return found


def read_table(
    path: Path, *, sheet: str | None = None, most: int | None = None
) -> Table:
    """Look at a file and read its table.

    Parameters
    ----------
    path
        A text file (also compressed), an Excel workbook, JSON lines or a Parquet file;
        a table of a DuckDB file as ``file.duckdb:table``.
    sheet
        The sheet of a workbook, by name or number (1 is the first).
    most
        Bytes of a text file that are read.

    Raises
    ------
    InputError
        When it is not a table in a format that a build reads.
    """
    file, _, table = str(path).rpartition(":")
    if file and not path.exists() and Path(file).is_file():
        return database_table(Path(file), table)
    try:
        with path.open("rb") as stored:
            head = stored.read(16)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.",
            remedy="Name files that exist and that you may read.",
        ) from None
    for start, kind, remedy in _REFUSED:
        if head.startswith(start):
            raise InputError(f"{path} is {kind}.", remedy=remedy)
    if head[8:12] == b"DUCK":
        raise InputError(
            f"{path} is a DuckDB file.",
            remedy=f"Name one of its tables, such as {path}:sales.",
        )
    if head.startswith(b"PAR1"):
        return parquet_table([path])
    if _is_excel(path, head):
        return excel_table(path, sheet=sheet)
    limit = {} if most is None else {"most": most}
    data, is_whole, packed = bytes_of(path, head, **limit)
    return text_table(path, data, is_whole=is_whole, packed=packed)


def read_tables(path: Path, *, sheet: str | None = None) -> Iterator[Table]:
    """The tables of a file: one, or one per sheet of a workbook without ``sheet``."""
    if sheet is None and path.is_file():
        with path.open("rb") as stored:
            head = stored.read(16)
        names = sheets_of(path) if _is_excel(path, head) else []
        if len(names) > 1:
            for number in range(1, len(names) + 1):
                with suppress(InputError):
                    yield excel_table(path, sheet=str(number))
            return
    yield read_table(path, sheet=sheet)


def _is_excel(path: Path, head: bytes) -> bool:
    if head.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                return "[Content_Types].xml" in names or (
                    "mimetype" in names and "content.xml" in names
                )
        except zipfile.BadZipFile:
            return path.suffix.lower() == ".xlsx"
    return head.startswith(b"\xd0\xcf\x11\xe0")
