"""Separator, header line and footer of a text file."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from retail_marts.errors import InputError
from retail_marts.mapper.findings import counted
from retail_marts.mapper.words import content, folded, forms, meaning, names_of

WHITESPACE = "whitespace"
_USUAL = (",", ";", "\t", "|")
_RARE = ("\x1f", "\x01", "^", "~", "¦", "§", ":", "#")
# So many rows show the shape of a file; the header is within its first rows.
_LOOKED_AT = 300
_HEADER_WITHIN = 40
_FOOTER_WITHIN = 12

_DATA = re.compile(
    r"[-+(]?[^\w\s]?[\d.,' \u00a0\u202f]*\d[\d.,]*[)%-]?"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.*"
)


class Row(NamedTuple):
    """The fields of a row and the number of the line on which it starts (from 1)."""

    line: int
    fields: list[str]


class Layout(NamedTuple):
    """How the lines of a file are to be read, and why."""

    separator: str
    header: Row
    header_is_first: bool
    evidence: dict[str, str]


def layout_of(lines: Sequence[str]) -> Layout:
    """Find the separator and the header of a text file from its first lines.

    Raises
    ------
    InputError
        When the lines are not a table, or have no header.
    """
    head = list(lines[: _LOOKED_AT + _HEADER_WITHIN])
    evidence = {}
    told = re.fullmatch(r"\s*\"?sep=(.)\"?\s*", head[0]) if head else None
    if told:
        separator = told[1]
        evidence["separator"] = "the first line says sep="
    else:
        separator, why = _separator(head)
        evidence["separator"] = why
    rows = [
        row
        for row in rows_of(head, separator)
        if any(field.strip() for field in row.fields)
    ]
    header = header_of(rows[1:] if told else rows)
    if header.line > 1 and header != rows[0]:
        skipped = sum(1 for row in rows if row.line < header.line)
        evidence["header_line"] = (
            f"{counted(skipped, 'line')} of other text before the header"
        )
    return Layout(separator, header, header == rows[0], evidence)


def rows_of(lines: Sequence[str], separator: str) -> Iterator[Row]:
    """The rows of lines. Separator and quotes are those of the landing."""
    if separator == WHITESPACE:
        for number, line in enumerate(lines, start=1):
            yield Row(number, line.split())
        return
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator)
    first = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                f"Line {first} cannot be read ({error}).",
                remedy="Check that this is a text file with one row per line.",
            ) from None
        yield Row(first, fields)
        first = reader.line_num + 1


def footer_of(rows: Sequence[Row], *, width: int) -> list[Row]:
    """The last rows that are no data: lines of totals, notes, incomplete rows.

    Parameters
    ----------
    rows
        Rows that are not blank, without the header.
    width
        Number of columns.
    """
    body = rows[: -_FOOTER_WITHIN or None] or rows[: len(rows) // 2]
    shapes = Counter(_filled(row.fields) for row in body)
    first = len(rows)
    for number in range(len(rows) - 1, max(len(rows) - _FOOTER_WITHIN, 0), -1):
        row = rows[number]
        filled = _filled(row.fields)
        texts = [field.strip() for field in row.fields if field.strip()]
        is_total = bool(texts) and _is_total(texts[0])
        is_odd = filled not in shapes and (
            len(row.fields) != width or len(texts) * 3 <= max(width, 3)
        )
        if (is_total and len(texts) < width) or is_odd:
            first = number
        elif texts:
            break
    return list(rows[first:])


def _is_total(text: str) -> bool:
    words = re.split(r"[:=]", text)[0]
    return folded(words) in meaning("total") or folded(words) in {
        "rowcount", "rows", "count", "endofreport", "end", "recordcount", "records"
    }  # fmt: skip


def _filled(fields: Sequence[str]) -> tuple[bool, ...]:
    return tuple(bool(field.strip()) for field in fields)


def _separator(lines: Sequence[str]) -> tuple[str, str]:
    found: list[tuple[float, int, str]] = []
    for candidate in (*_USUAL, *_RARE):
        if not any(candidate in line for line in lines):
            continue
        score, width = _fit(list(rows_of(lines, candidate)))
        is_rare = candidate in _RARE
        if width > 1:
            found.append((score - (0.3 if is_rare else 0), width, candidate))
    found.sort(key=lambda one: (round(one[0], 1), one[1]), reverse=True)
    if not found or found[0][0] < 0.5:
        score, width = _fit(list(rows_of(lines, WHITESPACE)))
        if width > 1 and score > 0.7:
            return WHITESPACE, f"{width} words on each line, and no other separator"
    if not found:
        raise InputError(
            "The file has no separator that gives two columns or more.",
            remedy="Check that it is a table with a header line. If it has one column "
            "only, it cannot describe sales.",
        )
    score, width, separator = found[0]
    shown = {"\t": "a tab"}.get(separator, repr(separator))
    return separator, f"{shown} gives {width} columns on {_percent(score)} of lines"


def _percent(share: float) -> str:
    return f"{min(max(share, 0), 1):.0%}"


def _fit(rows: Sequence[Row]) -> tuple[float, int]:
    """The share of rows with the most frequent number of fields, and that number."""
    widths = Counter(
        len(row.fields) for row in rows if any(field.strip() for field in row.fields)
    )
    if not widths:
        return 0.0, 0
    # A preamble is short, so its lines do not outvote the table; with few rows, the
    # widest of the frequent widths is the table.
    top = max(widths.values())
    width = max(width for width, count in widths.items() if count * 2 > top)
    return widths[width] / sum(widths.values()), width


def header_of(rows: Sequence[Row]) -> Row:
    """The row with the names of the columns, which titles may stand before."""
    _, width = _fit(rows)
    scored = [
        (score, -number, row)
        for number, row in enumerate(rows[:_HEADER_WITHIN])
        if abs(len(row.fields) - width) <= (1 if number else 0)
        or len(row.fields) == width
        for score in [_header_score(row.fields)]
    ]
    if not scored:
        raise InputError(
            "No line of the file looks like a header.",
            remedy="Add a line with the names of the columns, or check the separator.",
        )
    score, _, header = max(scored)
    if score <= 0:
        raise InputError(
            f"Line {header.line} looks like data, and no line before it has the names "
            "of the columns.",
            remedy="Add a header line to the file, such as order_id,order_date,...",
        )
    return header


def _header_score(fields: Sequence[str]) -> float:
    names = [field.strip() for field in fields]
    filled = [name for name in names if name]
    data = sum(1 for name in filled if _DATA.fullmatch(name))
    repeated = len(filled) - len(set(filled))
    known = sum(1 for name in filled if _is_known(name))
    empty = len(names) - len(filled)
    return 2 * known + len(filled) - 4 * data - 2 * repeated - 1.5 * empty


def _is_known(name: str) -> bool:
    every = forms(name)
    return any(
        form in names_of("sales_lines", column)
        for column in content()["columns"]
        for form in every
    )
