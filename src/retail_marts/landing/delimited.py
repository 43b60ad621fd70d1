"""Rows of a delimited file (CSV and the like), with every line accounted for.

The text is read in blocks of complete lines. A block in which every line is one valid
row goes to Arrow's CSV parser unchanged. In any other block the plain lines (no quote,
the right number of fields) still go to Arrow together, and only the other lines are
parsed here, one by one. Both ways give the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import csv

from retail_marts.errors import InputError
from retail_marts.landing.headers import (
    LOOKED_AT_LINES,
    Header,
    best_line,
    check_fields,
    clean_name,
    counted,
    listed,
)
from retail_marts.landing.text import (
    check_encoding,
    check_file,
    lines_of,
    whole_lines,
)

#: What every row carries behind the required columns.
LANDED_FIELDS: tuple[pa.Field, ...] = (
    pa.field("_source_row_number", pa.int64()),
    pa.field("_line_count", pa.int32()),
    pa.field("_parse_fault", pa.string()),
    pa.field("_raw_text", pa.string()),
)

# A line of these alone is blank.
_WHITE = " \t\r\v\f"
_BLANK_LINE = re.compile(r"\n[ \t\r\v\f]*(?:\n|\Z)")
# How far a quoted field may reach over line ends; beyond, its quote is unterminated.
_SPAN_LINES = 1_000
_SPAN_CHARS = 1_000_000
_PIECE_CHARS = 1 << 16
_USUAL_SEPARATORS = (",", ";", "\t", "|")
_UNTERMINATED = "unterminated quote"
#: The separator of fields that stand apart by any number of blanks and tabs.
WHITESPACE = "whitespace"
_EDGES = re.compile(r"^[ \t]+|[ \t]+(?=\r?$)", re.MULTILINE)
_RUN = re.compile(r"[ \t]+")
_TOKEN_OR_RUN = re.compile(r'((?:^|(?<=[ \t]))"(?:[^"]|"")*(?:"|$))|[ \t]+')
# The line with which Excel is told the separator of the lines after it.
_SEPARATOR_LINE = re.compile(r'"?sep=.?"?[,;\t|]*\s*', re.IGNORECASE)


class _Layout(NamedTuple):
    """How the lines of one file are split, and which fields are read."""

    separator: str
    quote: str  # a line feed when there is no quote: no line contains it
    width: int
    wanted: tuple[int, ...]


class _Row(NamedTuple):
    """One row that was parsed here; `values` is None when it has a fault."""

    first: int
    end: int
    line_count: int
    values: list[str] | None
    fault: str | None


def open_delimited(
    path: Path | str,
    *,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    separator: str = ",",
    encoding: str = "utf-8",
    quote: str = '"',
    header_line: int | None = None,
    footer_lines: int = 0,
    batch_rows: int = 50_000,
    setting: str = "raw_data_dir",
) -> pa.RecordBatchReader:
    """Open a delimited file with one header line as a stream of text rows.

    Parameters
    ----------
    path
        The file, plain or packed.
    columns
        Names in the header of the columns to read. Order and further columns in the
        file do not matter. White space around a name does not count, and a line break
        within is like a blank.
    optional
        Those of the columns that are null if the header lacks them.
    separator
        The one character between fields, or ``whitespace`` for runs of blanks and tabs.
    encoding
        Any Python text encoding. A byte order mark is skipped.
    quote
        The one ASCII character around quoted fields, or ``""`` without quoting.
    header_line
        The line of the header; by default the first that is not blank, and not the
        line ``sep=;`` that tells Excel the separator.
    footer_lines
        How many of the last lines that are not blank are not rows.
    batch_rows
        The most rows in a batch. Batches are smaller where a million characters hold
        fewer rows.
    setting
        The setting that names the place of the files, for the message when the file is
        missing.

    Returns
    -------
    pyarrow.RecordBatchReader
        ``columns`` in the given order as strings, untouched, null where the field is
        empty (quoted or not); then

        ``_source_row_number`` (int64)
            the physical line on which the row starts; the file's first line is 1
        ``_line_count`` (int32)
            the non-blank physical lines that the row spans
        ``_parse_fault`` (string)
            why the row does not parse; null if it does
        ``_raw_text`` (string)
            the line's own text, without its line end, if the row does not parse; all of
            ``columns`` are null then

    Raises
    ------
    InputError
        Before any row is given: the file is missing, a folder, unreadable, empty, not
        in this encoding, holds NUL bytes or a line of more than 16 million characters;
        the header lacks a required column, has it twice or is itself malformed; a
        parameter is unusable.

    Notes
    -----
    Definitions. A physical line ends with a line feed, before which one carriage return
    belongs to the line end; any other carriage return is text. A line of nothing but
    ASCII white space is blank and skipped, except inside a quoted field. So for every
    file that opens, with the end of its header from :func:`check_header`,

    ``non_blank_line_count(path, skip=end) - footer_lines == sum(_line_count)``.

    Quoting is that of RFC 4180: a quoted field starts with the quote, right behind a
    separator or line start, and ends with a quote right before a separator or line end;
    a doubled quote inside stands for one. Elsewhere a quote is text, and a backslash
    always is.

    A row with a fault is one physical line; reading goes on with the next. A quoted
    field may span lines only if the record then parses and has as many fields as the
    header, no line strictly inside the span is by itself such a record (if there are
    two or more columns), and the span is at most 1,000 lines and a million characters.
    Otherwise its first line is a row with the fault "unterminated quote".

    Why not DuckDB's read_csv: its strict mode (2.0.0) takes ``1,2,`` for a row of two
    fields and drops blanks between a quote and a separator, so its values differ from
    those of a careful parser although its row count agrees. It also fails as a whole
    on one broken line, and on a mixture of line ends.

    Examples
    --------
    >>> reader = open_delimited("sales.csv", columns=["order", "qty"])  # doctest: +SKIP
    >>> reader.read_next_batch().to_pylist()[0]  # doctest: +SKIP
    {'order': 'A-1', 'qty': '2', '_source_row_number': 2, '_line_count': 1,
     '_parse_fault': None, '_raw_text': None}
    """
    path = Path(path)
    header, layout, end = _read_header(
        path,
        columns=columns,
        optional=optional,
        separator=separator,
        encoding=encoding,
        quote=quote,
        header_line=header_line,
        footer_lines=footer_lines,
        batch_rows=batch_rows,
        setting=setting,
        is_whole=True,
    )
    schema = landed_schema(columns)
    found = [name for name in columns if clean_name(name) not in header.missing]
    blocks = _blocks(path, encoding=encoding, separator=separator)
    batches = _batches(
        blocks if end is None else _lines_before(end, blocks),
        header_number=header.end,
        layout=layout,
        schema=landed_schema(found),
    )
    if header.missing:
        batches = (with_missing(batch, schema) for batch in batches)
    return pa.RecordBatchReader.from_batches(
        schema, sliced(batches, batch_rows=batch_rows)
    )


def check_header(
    path: Path,
    *,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    separator: str,
    encoding: str,
    header_line: int | None = None,
    setting: str = "raw_data_dir",
) -> Header:
    """Raise what :func:`open_delimited` would, as far as the header tells."""
    header, _, _ = _read_header(
        path,
        columns=columns,
        optional=optional,
        separator=separator,
        encoding=encoding,
        quote='"',
        header_line=header_line,
        footer_lines=0,
        batch_rows=1,
        setting=setting,
        is_whole=False,
    )
    return header


def landed_schema(columns: Sequence[str]) -> pa.Schema:
    """Give the schema of the batches that :func:`open_delimited` yields."""
    return pa.schema(
        [*(pa.field(name, pa.string()) for name in columns), *LANDED_FIELDS]
    )


# ---------------------------------------------------------------- before the first row


def with_missing(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Add the columns that a batch lacks, all null."""
    return pa.RecordBatch.from_arrays(
        [
            batch[field.name]
            if field.name in batch.schema.names
            else pa.nulls(batch.num_rows, field.type)
            for field in schema
        ],
        schema=schema,
    )


def _read_header(
    path: Path,
    *,
    columns: Sequence[str],
    optional: Sequence[str],
    separator: str,
    encoding: str,
    quote: str,
    header_line: int | None,
    footer_lines: int,
    batch_rows: int,
    setting: str,
    is_whole: bool,
) -> tuple[Header, _Layout, int | None]:
    """The header, where its columns stand, and the first line of the footer."""
    names = [clean_name(name) for name in columns]
    mark = "\t" if separator == WHITESPACE else separator
    _check_parameters(names, separator=mark, quote=quote, batch_rows=batch_rows)
    check_encoding(encoding)
    check_file(
        path,
        remedy=f"Put the file there, or correct its path or the folder in `{setting}`.",
    )
    first, lines, end = _scan(
        path,
        encoding=encoding,
        separator=separator,
        header_line=header_line,
        footer_lines=footer_lines,
        is_whole=is_whole,
    )
    header, layout = _layout(
        lines,
        first=first,
        path=path,
        columns=names,
        optional=[clean_name(name) for name in optional],
        separator=mark,
        quote=quote or "\n",
        encoding=encoding,
    )
    return header, layout, end


def _check_parameters(
    columns: Sequence[str], *, separator: str, quote: str, batch_rows: int
) -> None:
    if len(separator) != 1 or separator in "\r\n\0":
        raise InputError(
            f"The separator {separator!r} is not one character.",
            remedy='Set `separator` to "," ";" "|" "\\t" (a tab, in double quotes) or '
            "whitespace.",
        )
    is_mark = len(quote) == 1 and quote.isascii() and not quote.isspace()
    if quote and (not is_mark or quote in ("\0", separator)):
        raise InputError(
            f"The quote {quote!r} cannot quote fields that {separator!r} separates.",
            remedy="Set `quote` to one ASCII character, or to nothing if none is used.",
        )
    if not columns:
        raise InputError(
            "No column is requested.", remedy="Name at least one column of the file."
        )
    seen = [field.name for field in LANDED_FIELDS]
    for name in columns:
        if name in seen:
            raise InputError(
                f"The column {name!r} is requested twice, or added by this reader.",
                remedy="Request each column of the file once.",
            )
        seen.append(name)
    if batch_rows < 1:
        raise InputError(
            f"batch_rows is {batch_rows}.", remedy="Set it to 1 or more rows."
        )


def _scan(
    path: Path,
    *,
    encoding: str,
    separator: str,
    header_line: int | None,
    footer_lines: int,
    is_whole: bool,
) -> tuple[int, dict[int, str], int | None]:
    """Find the header: its line number, the first lines, and where the footer begins.

    Before a file is landed, the whole text is read, because a structural fault at the
    end of a file must stop the build with its own message, before any statement starts
    to insert rows.
    """
    number, first = 0, None
    lines: dict[int, str] = {}
    last: list[int] = []  # the last lines that are not blank
    is_peeked = False
    for block in _blocks(path, encoding=encoding, separator=separator):
        if footer_lines:
            last = [*last, *_last_lines(block, footer_lines, number)][-footer_lines:]
        if is_peeked and not footer_lines:
            continue
        start = number
        number += block.count("\n") + (not block.endswith("\n"))
        if is_peeked:
            continue
        for here, line in enumerate(lines_of(block), start + 1):
            if (
                first is None
                and here >= (header_line or 1)
                and line.strip(_WHITE)
                and not (here == 1 and not header_line and _names_separator(line))
            ):
                first = here
            if here <= LOOKED_AT_LINES or first is not None:
                lines[here] = line.removesuffix("\r")
            if first is not None and here >= first + LOOKED_AT_LINES:
                is_peeked = True
                break
        if is_peeked and not is_whole:
            break
    if first is None:
        raise _no_header(path, header_line, lines)
    is_all_footer = footer_lines and len(last) < footer_lines
    return first, lines, 1 if is_all_footer else last[0] if last else None


def _names_separator(line: str) -> bool:
    return _SEPARATOR_LINE.fullmatch(line) is not None


def _no_header(
    path: Path, header_line: int | None, lines: dict[int, str]
) -> InputError:
    if header_line and any(line.strip(_WHITE) for line in lines.values()):
        return InputError(
            f"{path} ends before its header: all lines from line {header_line} on are "
            "blank.",
            remedy="Correct `header_line` (or `skip_lines`): the first line is 1.",
        )
    return InputError(
        f"{path} is empty.",
        remedy="Export the file again; its first line must name the columns.",
    )


def _last_lines(block: str, count: int, number: int) -> list[int]:
    """The numbers of the last lines of a block that are not blank."""
    lines = lines_of(block)
    found: list[int] = []
    for index in range(len(lines) - 1, -1, -1):
        if len(found) == count:
            break
        if lines[index].strip(_WHITE):
            found.append(number + index + 1)
    return found[::-1]


def _lines_before(end: int, blocks: Iterator[str]) -> Iterator[str]:
    """The text before this line."""
    number = 1
    for block in blocks:
        count = block.count("\n")
        if number + count >= end:
            before, _ = _first_lines(block, end - number)
            if before:
                yield before
            return
        number += count
        yield block


def _blocks(path: Path, *, encoding: str, separator: str = ",") -> Iterator[str]:
    """Yield the text in blocks of whole lines; only the last may lack its line feed."""
    blocks = whole_lines(path, encoding=encoding)
    return map(_tabbed, blocks) if separator == WHITESPACE else blocks


def _tabbed(text: str) -> str:
    """Put one tab between fields that stand apart by blanks and tabs."""
    text = _EDGES.sub("", text)
    if '"' not in text:
        return _RUN.sub("\t", text)
    return "\n".join(
        _TOKEN_OR_RUN.sub(lambda found: found[1] or "\t", line)
        if '"' in line
        else _RUN.sub("\t", line)
        for line in text.split("\n")
    )


def _layout(
    lines: dict[int, str],
    *,
    first: int,
    path: Path,
    columns: Sequence[str],
    optional: Sequence[str],
    separator: str,
    quote: str,
    encoding: str,
) -> tuple[Header, _Layout]:
    header, end = _header_text(lines, first, separator=separator, quote=quote)
    if "\r" in header:
        raise InputError(
            f"The header of {path} holds a carriage return without a line feed.",
            remedy="Save the file with line ends LF or CRLF.",
        )
    fields, fault = _header_fields(header, separator=separator, quote=quote)
    required = [name for name in columns if name not in optional] or columns
    elsewhere = None
    if fault or not set(required) <= set(fields):
        other = _right_separator(header, columns=required, quote=quote)
        if other:
            raise InputError(
                f"{path} is not separated by {separator!r}.",
                remedy=f"Set `separator` to {other!r}: with it, every column is found.",
            )
        elsewhere = _elsewhere(
            lines, first, columns=columns, separator=separator, quote=quote
        )
    if fault:
        raise InputError(
            f"The header of {path} has a malformed quote ({fault}).",
            remedy=elsewhere
            or "Correct the header: quotes must stand in pairs around whole fields.",
        )
    is_unreadable = "16" in encoding and not any(
        char.isascii() for char in "".join(fields)
    )
    missing = check_fields(
        fields,
        where=str(path),
        columns=columns,
        optional=optional if set(columns) & set(fields) else (),
        line=first,
        elsewhere=elsewhere,
        unreadable=f"The header is not readable in {encoding}: set `encoding` to utf-8."
        if is_unreadable
        else None,
    )
    return Header(end, missing), _Layout(
        separator=separator,
        quote=quote,
        width=len(fields),
        wanted=tuple(fields.index(name) for name in columns if name not in missing),
    )


def _header_text(
    lines: dict[int, str], first: int, *, separator: str, quote: str
) -> tuple[str, int]:
    """The header and its last line: a quoted name may hold line breaks."""
    text = lines[first]
    for end in range(first, first + LOOKED_AT_LINES):
        if end > first:
            if end not in lines:
                break
            text += "\n" + lines[end]
        _, open_at, fault = _split(text, separator=separator, quote=quote)
        if open_at is None:
            if fault is None:
                return text, end
            break
    return lines[first], first


def _header_fields(
    header: str, *, separator: str, quote: str
) -> tuple[list[str], str | None]:
    """Give the names in the header, and what is malformed in it, if anything."""
    fields, open_at, fault = _split(header, separator=separator, quote=quote)
    if open_at is not None:
        fault = _UNTERMINATED
    return [clean_name(field) for field in fields], fault


def _right_separator(header: str, *, columns: Sequence[str], quote: str) -> str | None:
    """Find the usual separator with which the header has every column."""
    for separator in _USUAL_SEPARATORS:
        fields, fault = _header_fields(header, separator=separator, quote=quote)
        if fault is None and set(columns) <= set(fields):
            return separator
    fields, fault = _header_fields(_tabbed(header), separator="\t", quote=quote)
    return WHITESPACE if fault is None and set(columns) <= set(fields) else None


def _elsewhere(
    lines: dict[int, str],
    first: int,
    *,
    columns: Sequence[str],
    separator: str,
    quote: str,
) -> str | None:
    """A remedy with the line that seems to be the header, if it is another one."""
    for mark in (separator, *_USUAL_SEPARATORS):
        fields = {
            number: _header_fields(line, separator=mark, quote=quote)[0]
            for number, line in lines.items()
        }
        found = best_line(fields.items(), columns)
        if found is not None and found != first:
            also = "" if mark == separator else f" and `separator` to {mark!r}"
            lacking = [name for name in columns if name not in fields[found]]
            still = f" It lacks {listed(lacking)}." if lacking else ""
            return (
                f"The header seems to be in line {found}: set `header_line: {found}`"
                f"{also}.{still}"
            )
    return None


# ------------------------------------------------------------------------------- rows


def _batches(
    blocks: Iterator[str], *, header_number: int, layout: _Layout, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    number = 1  # of the first line in `text`
    rest = ""
    for block in _with_end(blocks):
        text, rest = rest + (block or ""), ""
        if number <= header_number:
            before, skipped = _first_lines(text, header_number + 1 - number)
            text = text[len(before) :]
            number += skipped
        if not text:
            continue
        batch = _parse_whole(text, number=number, layout=layout, schema=schema)
        if batch is not None:
            number += batch.num_rows
            yield batch
            continue
        # Some line is irregular: in small pieces, few lines need the slow way.
        pieces = _pieces(text)
        for index, piece in enumerate(pieces):
            text = rest + piece
            at_end = block is None and index + 1 == len(pieces)
            batch, rest = _parse_piece(
                text, number=number, layout=layout, schema=schema, at_end=at_end
            )
            number += text.count("\n") - rest.count("\n")
            yield batch


def _parse_piece(
    text: str, *, number: int, layout: _Layout, schema: pa.Schema, at_end: bool
) -> tuple[pa.RecordBatch, str]:
    """Parse any lines; also give the text that needs what follows."""
    batch = _parse_whole(text, number=number, layout=layout, schema=schema)
    if batch is not None:
        return batch, ""
    return _parse_mixed(
        text, number=number, layout=layout, schema=schema, at_end=at_end
    )


def _pieces(text: str) -> list[str]:
    """Cut into pieces of whole lines."""
    pieces = []
    start = 0
    while start < len(text):
        end = text.find("\n", start + _PIECE_CHARS) + 1 or len(text)
        pieces.append(text[start:end])
        start = end
    return pieces


def _with_end(blocks: Iterator[str]) -> Iterator[str | None]:
    """Give the blocks, then None, so that text that waits for more can be finished."""
    yield from blocks
    yield None


def _first_lines(text: str, count: int) -> tuple[str, int]:
    """The first lines of a text, at most so many, and how many they are."""
    position = found = 0
    while found < count and position < len(text):
        position = text.find("\n", position) + 1 or len(text)
        found += 1
    return text[:position], found


def sliced(
    batches: Iterable[pa.RecordBatch], *, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most so many."""
    for batch in batches:
        for start in range(0, batch.num_rows, batch_rows):
            yield batch.slice(start, batch_rows)


def _parse_whole(
    text: str, *, number: int, layout: _Layout, schema: pa.Schema
) -> pa.RecordBatch | None:
    """Parse a block in one call if each line is one valid row, else give None."""
    if not _arrow_can_cut(layout) or _has_lone_cr(text):
        return None
    end = len(text) - text.endswith("\n")
    if layout.separator in _WHITE and _BLANK_LINE.search("\n" + text, 0, end + 1):
        return None  # a line of nothing but separators is blank here, a row for Arrow
    has_quote = layout.quote in text and layout.quote != "\n"
    if has_quote and not _is_well_quoted(text, layout=layout):
        return None
    row_count = text.count("\n", 0, end) + 1
    values = _arrow_columns(text, layout=layout, has_quote=has_quote)
    # Fewer rows than lines: some were blank, or within a quoted field.
    if values is None or len(values[0]) != row_count:
        return None
    return pa.RecordBatch.from_arrays(
        [
            *values,
            _integers(np.arange(number, number + row_count), pa.int64()),
            _integers(np.ones(row_count), pa.int32()),
            pa.nulls(row_count, pa.string()),
            pa.nulls(row_count, pa.string()),
        ],
        schema=schema,
    )


def _integers(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    # pa.array would import pandas first, most of a second that nothing here needs.
    stored = pa.py_buffer(values.astype(kind.to_pandas_dtype()))
    return pa.Array.from_buffers(kind, len(values), [None, stored])


def _has_lone_cr(text: str) -> bool:
    return "\r" in text and text.count("\r") != text.count("\r\n")


def _arrow_can_cut(layout: _Layout) -> bool:
    # Not with a single column: there, a plain line may also be the inside of a quoted
    # field.
    return layout.width > 1 and layout.separator.isascii()


def _is_well_quoted(text: str, *, layout: _Layout) -> bool:
    """Whether quotes are only at the ends of fields, or doubled within.

    Arrow reads ``"a"b`` as ``ab`` without an error, so it must not get such text.
    Quotes open and close in turn; a doubled quote closes and opens again. So the first,
    third, ... must follow a separator, a line start or the quote before it, and the
    second, fourth, ... must be before a separator, a line end or the quote after it.
    """
    codes = np.frombuffer(b"\n" + text.encode() + b"\n", dtype=np.uint8)
    quote, separator = ord(layout.quote), ord(layout.separator)
    quotes = np.flatnonzero(codes == quote)
    if len(quotes) % 2:
        return False
    before, behind = codes[quotes[0::2] - 1], codes[quotes[1::2] + 1]
    return bool(
        np.isin(before, (quote, separator, ord("\n"))).all()
        and np.isin(behind, (quote, separator, ord("\n"), ord("\r"))).all()
    )


def _arrow_columns(
    text: str, *, layout: _Layout, has_quote: bool
) -> list[pa.Array] | None:
    """Let Arrow split the lines; None if one has too few or too many fields."""
    # Arrow drops a byte order mark, so one is added: the text may start with that
    # character for another reason.
    stored = text.encode("utf-8-sig")
    names = [str(index) for index in range(layout.width)]
    wanted = [names[index] for index in layout.wanted]
    try:
        table = csv.read_csv(
            pa.py_buffer(stored),
            # One thread: this runs inside whatever engine pulls the batches, perhaps on
            # a thread of Arrow's own pool, and must not wait for that pool.
            read_options=csv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(stored) + 1
            ),
            parse_options=csv.ParseOptions(
                delimiter=layout.separator,
                quote_char=layout.quote if has_quote else False,
                double_quote=True,
                escape_char=False,
                newlines_in_values=False,
                ignore_empty_lines=True,
            ),
            convert_options=csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [column.combine_chunks() for column in table.columns]


def _parse_mixed(
    text: str, *, number: int, layout: _Layout, schema: pa.Schema, at_end: bool
) -> tuple[pa.RecordBatch, str]:
    """Parse a block with any lines; also give the text that needs the next block.

    A plain line (no quote, the header's number of fields) is a separate row wherever
    it stands, since it may not be inside a quoted field and cannot end one. So the
    plain lines go to Arrow together and only the others are looked at one by one.
    """
    lines = lines_of(text)
    plain = _plain_lines(lines, text=text, layout=layout)
    picked = [line for line, is_plain in zip(lines, plain, strict=True) if is_plain]
    values = None
    if picked:
        values = _arrow_columns("\n".join(picked), layout=layout, has_quote=False)
        if values is None:
            plain = [False] * len(lines)
    rows: list[_Row] = []
    spans = None
    end = 0
    rest = ""
    for first, is_plain in enumerate(plain):
        if is_plain or first < end or not lines[first].strip(_WHITE):
            continue
        spans = spans or _Spans(lines, layout)
        row = _read_row(lines, first, layout=layout, spans=spans, at_end=at_end)
        if row is None:
            rest = "\n".join(lines[first:]) + "\n" * text.endswith("\n")
            break
        rows.append(row)
        end = row.end
    batch = _row_batch(rows, lines=lines, number=number, layout=layout, schema=schema)
    if values is None:
        return batch, rest
    plain_numbers = np.flatnonzero(plain) + number
    count = len(plain_numbers)
    plain_batch = pa.RecordBatch.from_arrays(
        [
            *values,
            _integers(plain_numbers, pa.int64()),
            _integers(np.ones(count), pa.int32()),
            pa.nulls(count, pa.string()),
            pa.nulls(count, pa.string()),
        ],
        schema=schema,
    )
    if not rows:
        return plain_batch, rest
    both = pa.concat_batches([plain_batch, batch])
    return both.take(np.argsort(both["_source_row_number"].to_numpy())), rest


def _plain_lines(lines: list[str], *, text: str, layout: _Layout) -> list[bool]:
    if not _arrow_can_cut(layout):
        return [False] * len(lines)
    separator, quote, count = layout.separator, layout.quote, layout.width - 1
    plain = [line.count(separator) == count and quote not in line for line in lines]
    # Both are rare, so they are not checked for every line of every block.
    if separator in _WHITE:
        plain = [
            is_plain and bool(line.strip(_WHITE))
            for is_plain, line in zip(plain, lines, strict=True)
        ]
    if _has_lone_cr(text):
        plain = [
            is_plain and "\r" not in line[:-1]
            for is_plain, line in zip(plain, lines, strict=True)
        ]
    return plain


class _Spans:
    """Where a quoted field ends that is open at the start of each line.

    Fields that are open there end in the same place wherever they began. So a line is
    looked at once, although a thousand stray quotes may reach over it.

    Attributes
    ----------
    ends
        The first line from this one on that closes the record or shows that the quote
        is stray; the number of lines if there is none.
    are_closed
        Whether this line closes the record.
    fields, lengths
        How many fields end, and how many characters are, in the lines before each.
    """

    def __init__(self, lines: list[str], layout: _Layout) -> None:
        count = len(lines)
        self.ends = [count] * (count + 1)
        self.are_closed = [False] * count
        found = [0] * count
        pair = layout.quote * 2
        for number in range(count - 1, -1, -1):
            line = lines[number]
            is_open = True
            if layout.quote in line.replace(pair, ""):
                text = layout.quote + line.removesuffix("\r")
                fields, open_at, fault = _split_line(text, layout)
                is_open = open_at is not None and fault is None
                self.are_closed[number] = open_at is None and fault is None
                found[number] = len(fields)
            if is_open and layout.width > 1:
                is_open = not _is_record(line, layout)
            self.ends[number] = self.ends[number + 1] if is_open else number
        self.fields = [0, *accumulate(found)]
        self.lengths = [0, *accumulate(len(line) + 1 for line in lines)]


def _read_row(
    lines: list[str], first: int, *, layout: _Layout, spans: _Spans, at_end: bool
) -> _Row | None:
    """Parse the row that starts on this line; None if it may go on after the last."""
    line = lines[first].removesuffix("\r")
    fields, open_at, fault = _split_line(line, layout)
    if open_at is None:
        if fault is None and len(fields) != layout.width:
            fault = _width_fault(len(fields), layout.width)
        return _Row(first, first + 1, 1, None if fault else fields, fault)
    stray = _Row(first, first + 1, 1, None, _UNTERMINATED)
    if len(fields) >= layout.width:
        return stray  # the open field is one too many
    end = spans.ends[first + 1]
    limit = first + _SPAN_LINES
    length = spans.lengths[min(end + 1, len(lines))] - spans.lengths[first] - open_at
    if end >= limit or length > _SPAN_CHARS + 1:
        return stray
    if end == len(lines):
        return stray if at_end else None
    field_count = len(fields) + spans.fields[end + 1] - spans.fields[first + 1]
    if not spans.are_closed[end] or field_count != layout.width:
        return stray
    text = "\n".join(lines[first : end + 1]).removesuffix("\r")
    fields, _, _ = _split_line(text, layout)
    line_count = sum(bool(one.strip(_WHITE)) for one in lines[first : end + 1])
    return _Row(first, end + 1, line_count, fields, None)


def _is_record(line: str, layout: _Layout) -> bool:
    """Whether a line alone is a row with the header's number of fields."""
    fields, open_at, fault = _split_line(line.removesuffix("\r"), layout)
    is_whole = open_at is None and fault is None and len(fields) == layout.width
    return is_whole and bool(line.strip(_WHITE))


def _split_line(text: str, layout: _Layout) -> tuple[list[str], int | None, str | None]:
    return _split(text, separator=layout.separator, quote=layout.quote)


def _split(
    text: str, *, separator: str, quote: str
) -> tuple[list[str], int | None, str | None]:
    """Split a record into fields.

    Returns
    -------
    fields
        The fields that end in this text.
    open_at
        Where the quoted field starts that does not end in this text, if any.
    fault
        What is malformed, if anything; the fields are of no use then.
    """
    if quote not in text:
        return text.split(separator), None, None
    fields: list[str] = []
    start = 0
    while True:
        if text.startswith(quote, start):
            end = start + 1
            while True:
                end = text.find(quote, end)
                if end < 0:
                    return fields, start, None
                if not text.startswith(quote, end + 1):
                    break
                end += 2
            fields.append(text[start + 1 : end].replace(quote * 2, quote))
            if end + 1 == len(text):
                return fields, None, None
            if text[end + 1] != separator:
                return fields, None, "text after a closing quote"
            start = end + 2
        else:
            # Up to the next quoted field, which only a separator can precede.
            end = text.find(separator + quote, start)
            if end < 0:
                fields += text[start:].split(separator)
                return fields, None, None
            fields += text[start:end].split(separator)
            start = end + 1


def _width_fault(found: int, expected: int) -> str:
    return f"{counted(found, 'field')} where the header has {expected}"


def _row_batch(
    rows: list[_Row],
    *,
    lines: list[str],
    number: int,
    layout: _Layout,
    schema: pa.Schema,
) -> pa.RecordBatch:
    columns: list[list[object]] = [
        [row.values[index] or None if row.values else None for row in rows]
        for index in layout.wanted
    ]
    columns.append([number + row.first for row in rows])
    columns.append([row.line_count for row in rows])
    columns.append([row.fault for row in rows])
    columns.append(
        [lines[row.first].removesuffix("\r") if row.fault else None for row in rows]
    )
    return pa.RecordBatch.from_arrays(
        [
            pa.array(column, field.type)
            for column, field in zip(columns, schema, strict=True)
        ],
        schema=schema,
    )
