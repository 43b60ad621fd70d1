"""Rows of Excel workbooks (.xlsx, .xls, .xlsb, .ods)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from retail_marts import optional_packages
from retail_marts.errors import InputError
from retail_marts.landing.delimited import landed_schema
from retail_marts.landing.headers import (
    LOOKED_AT_LINES,
    Header,
    best_line,
    check_fields,
    clean_name,
    listed,
)
from retail_marts.landing.text import check_file

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

#: How a cell with a date becomes text; no other text of a file looks like this.
DATE_CELL_FORMAT = "%Y-%m-%dT%H:%M:%S"
Row = Sequence[Any]


def open_workbook(
    path: Path,
    *,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    sheet: str | int | None = None,
    header_line: int | None = None,
    footer_lines: int = 0,
    decimal_mark: str = ".",
    batch_rows: int = 20_000,
    setting: str = "raw_data_dir",
) -> pa.RecordBatchReader:
    """Open a sheet as a stream of text rows, as :func:`open_delimited` gives them.

    Parameters
    ----------
    sheet
        The name of the sheet, or its number among the visible ones (1 is the first).
    header_line
        The row of the header; by default the first with any text.
    footer_lines
        How many of the last rows with any text are not rows of data.
    decimal_mark
        The mark of numbers as text. Texts stay as they are.

    Notes
    -----
    Numbers have up to 15 digits, as Excel computes. Dates become text in
    :data:`DATE_CELL_FORMAT`. ``_source_row_number`` is the row of the sheet. Empty rows
    are skipped.
    """
    found = _opened(path, sheet=sheet, setting=setting)
    header, wanted = _header(
        path, found, columns=columns, optional=optional, header_line=header_line
    )
    schema = landed_schema(columns)
    end = header.end + 1 + _row_count(found, header.end) - footer_lines
    batches = _batches(
        _filled_rows(found, behind=header.end),
        wanted=wanted,
        count=max(end - header.end - 1, 0),
        decimal_mark=decimal_mark,
        batch_rows=batch_rows,
        schema=schema,
    )
    return pa.RecordBatchReader.from_batches(schema, batches)


def check_sheet(
    path: Path,
    *,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    sheet: str | int | None = None,
    header_line: int | None = None,
    setting: str = "raw_data_dir",
) -> Header:
    """Raise what :func:`open_workbook` would."""
    header, _ = _header(
        path,
        _opened(path, sheet=sheet, setting=setting),
        columns=columns,
        optional=optional,
        header_line=header_line,
    )
    return header


def sheet_row_count(
    path: Path, *, sheet: str | int | None, skip: int, setting: str
) -> int:
    """Count the rows with any text behind the first ``skip`` rows of a sheet."""
    return _row_count(_opened(path, sheet=sheet, setting=setting), skip)


def _row_count(sheet: CalamineSheet, skip: int) -> int:
    return sum(
        any(str(cell).strip() for cell in row)
        for row in islice(sheet.iter_rows(), skip, None)
    )


def _opened(path: Path, *, sheet: str | int | None, setting: str) -> CalamineSheet:
    check_file(
        path,
        remedy=f"Put the file there, or correct its path or the folder in `{setting}`.",
    )
    calamine = optional_packages.imported("python_calamine", purpose=f"{path}")
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        metadata = [
            one
            for one in book.sheets_metadata
            if one.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        names = [one.name for one in metadata]
        visible = [
            one.name
            for one in metadata
            if one.visible == calamine.SheetVisibleEnum.Visible
        ] or names
        if isinstance(sheet, str):
            close = [
                name
                for name in names
                if name == sheet or name.strip().lower() == sheet.strip().lower()
            ]
            chosen = sheet if sheet in names else close[0] if close else None
        else:
            number = sheet or 1
            chosen = visible[number - 1] if number <= len(visible) else None
        if chosen is None:
            raise InputError(
                f"{path} has no sheet {1 if sheet is None else sheet!r}.",
                remedy=f"Set `sheet` to one of its sheets: {listed(names)}."
                if names
                else "It has no sheet with cells: save the table in a workbook.",
            )
        found: CalamineSheet = book.get_sheet_by_name(chosen)
        return found
    except calamine.PasswordError:
        raise InputError(
            f"{path} is protected by a password.",
            remedy="Save a copy of the workbook without a password.",
        ) from None
    except (calamine.CalamineError, OSError) as error:
        raise InputError(
            f"{path} cannot be read as an Excel workbook ({str(error)[:100]}).",
            remedy="Open it in Excel and save it again as .xlsx without a password, or "
            "as CSV UTF-8.",
        ) from None


def _header(
    path: Path,
    sheet: CalamineSheet,
    *,
    columns: Sequence[str],
    optional: Sequence[str],
    header_line: int | None,
) -> tuple[Header, list[int | None]]:
    names = [clean_name(name) for name in columns]
    least = header_line or 1
    first, fields = next(
        (
            (number, [clean_name(str(cell)) for cell in row])
            for number, row in enumerate(sheet.iter_rows(), 1)
            if number >= least and any(str(cell).strip() for cell in row)
        ),
        (0, []),
    )
    where = f"{path}, sheet {sheet.name!r},"
    if not first:
        raise InputError(
            f"{where} is empty"
            + (f" from row {header_line} on." if header_line else "."),
            remedy="Name another sheet with `sheet`, or correct `header_line`.",
        )
    allowed = [clean_name(name) for name in optional]
    elsewhere = None
    if not {name for name in names if name not in allowed} <= set(fields):
        rows = {
            number: [str(cell) for cell in row]
            for number, row in enumerate(islice(sheet.iter_rows(), LOOKED_AT_LINES), 1)
        }
        found = best_line(rows.items(), names)
        if found is not None and found != first:
            elsewhere = (
                f"The header seems to be in row {found} of the sheet: set "
                f"`header_line: {found}`."
            )
    missing = check_fields(
        fields,
        where=where,
        columns=names,
        optional=allowed if set(names) & set(fields) else (),
        line=first,
        elsewhere=elsewhere,
    )
    wanted = [None if name in missing else fields.index(name) for name in names]
    return Header(first, missing), wanted


def _filled_rows(sheet: CalamineSheet, *, behind: int) -> Iterator[tuple[int, Row]]:
    """The rows that are not empty, with their numbers in the sheet."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > behind and any(
            cell != "" and not (isinstance(cell, str) and cell.isspace())
            for cell in row
        ):
            yield number, row


def _batches(
    rows: Iterator[tuple[int, Row]],
    *,
    wanted: Sequence[int | None],
    count: int,
    decimal_mark: str,
    batch_rows: int,
    schema: pa.Schema,
) -> Iterator[pa.RecordBatch]:
    rows = islice(rows, count)
    while taken := list(islice(rows, batch_rows)):
        columns: list[list[Any]] = [
            [
                None if index is None else _text(row[index], decimal_mark=decimal_mark)
                for _, row in taken
            ]
            for index in wanted
        ]
        columns += [
            [number for number, _ in taken],
            [1] * len(taken),
            [None] * len(taken),
            [None] * len(taken),
        ]
        yield pa.RecordBatch.from_arrays(
            [
                pa.array(column, field.type)
                for column, field in zip(columns, schema, strict=True)
            ],
            schema=schema,
        )


def _text(cell: Any, *, decimal_mark: str) -> str | None:
    """A cell as the text that a file would have."""
    match cell:
        case str():
            text = cell
        case bool():
            text = "true" if cell else "false"
        case float() if cell.is_integer():
            text = str(int(cell))
        case float():
            # As Excel shows it: a double has more digits than it computes with.
            text = format(Decimal(f"{cell:.15g}"), "f").replace(".", decimal_mark)
        case datetime():
            text = cell.strftime(DATE_CELL_FORMAT)
        case date():
            text = f"{cell.isoformat()}T00:00:00"
        case _:
            text = str(cell)
    return text or None
