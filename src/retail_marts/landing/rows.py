"""Files of every kind as rows of text, with one count of their lines apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from retail_marts.errors import InputError
from retail_marts.landing.delimited import check_header, open_delimited
from retail_marts.landing.headers import Header
from retail_marts.landing.json_lines import check_keys, open_json_lines
from retail_marts.landing.line_count import non_blank_line_count
from retail_marts.landing.stored import kind_of
from retail_marts.landing.workbooks import check_sheet, open_workbook, sheet_row_count


@dataclass(frozen=True)
class FileFormat:
    """How a file is written; each kind of file uses what concerns it."""

    separator: str = ","
    encoding: str = "utf-8"
    header_line: int | None = None
    footer_lines: int = 0
    sheet: str | int | None = None
    decimal_mark: str = "."


def check_rows(
    path: Path,
    *,
    columns: Sequence[str],
    optional: Sequence[str],
    form: FileFormat,
    setting: str,
) -> Header:
    """Check a file's header without reading its rows.

    Raises
    ------
    InputError
        When the file does not exist, cannot be read or lacks a column.
    """
    kind = kind_of(path)
    if kind != "workbook" and form.sheet is not None:
        raise InputError(
            f"{path} is not an Excel workbook, but `sheet` is {form.sheet!r}.",
            remedy="Leave `sheet` out for other files.",
        )
    if kind == "json":
        if form.header_line or form.footer_lines:
            raise InputError(
                f"{path} holds JSON lines, which have neither a header nor a footer.",
                remedy="Leave out `header_line`, `skip_lines` and `footer_lines`.",
            )
        return check_keys(
            path,
            columns=columns,
            optional=optional,
            encoding=form.encoding,
            setting=setting,
        )
    if kind == "workbook":
        return check_sheet(
            path,
            columns=columns,
            optional=optional,
            sheet=form.sheet,
            header_line=form.header_line,
            setting=setting,
        )
    return check_header(
        path,
        columns=columns,
        optional=optional,
        separator=form.separator,
        encoding=form.encoding,
        header_line=form.header_line,
        setting=setting,
    )


def open_rows(
    path: Path,
    *,
    columns: Sequence[str],
    optional: Sequence[str],
    form: FileFormat,
    setting: str,
) -> pa.RecordBatchReader:
    """Open a file that passed :func:`check_rows` as a stream of text rows.

    See :func:`~retail_marts.landing.open_delimited` for the rows.
    """
    kind = kind_of(path)
    if kind == "json":
        return open_json_lines(
            path,
            columns=columns,
            encoding=form.encoding,
            decimal_mark=form.decimal_mark,
        )
    if kind == "workbook":
        return open_workbook(
            path,
            columns=columns,
            optional=optional,
            sheet=form.sheet,
            header_line=form.header_line,
            footer_lines=form.footer_lines,
            decimal_mark=form.decimal_mark,
            setting=setting,
        )
    return open_delimited(
        path,
        columns=columns,
        optional=optional,
        separator=form.separator,
        encoding=form.encoding,
        header_line=form.header_line,
        footer_lines=form.footer_lines,
        setting=setting,
    )


def raw_line_count(
    path: Path, *, header: Header, form: FileFormat, setting: str
) -> int:
    """Count the lines of all rows, apart from the reader of the rows."""
    if kind_of(path) == "workbook":
        count = sheet_row_count(
            path, sheet=form.sheet, skip=header.end, setting=setting
        )
    else:
        count = non_blank_line_count(path, encoding=form.encoding, skip=header.end)
    return max(count - form.footer_lines, 0)
